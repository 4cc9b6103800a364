import AdminAPI
import CPlatform
import Foundation
import GatewayConfiguration
import Glibc
import Platform
import RecordingFormat
import SessionStore
import Vault

/// Makes a state directory of a backup.
public enum StateRestore {
    public struct Outcome: Sendable {
        /// Of the backup, ISO 8601.
        public let made: String
        /// What is to be done before the gateway starts, a line each.
        public let remarks: [String]
    }

    /// Unpacks `archive` to `path`, which must be missing or empty (but for `recordings`), and checks all of it: hashes,
    /// database, audit log, vault key. Leaves nothing behind when it fails.
    /// - parameter keyFile: a copy of the vault's key file, put in its place when it is the right one.
    /// - throws: `GatewayError`, `VaultError`, `StoreError`: one line each.
    public static func restore(_ archive: String, to path: String, keyFile: String?) throws -> Outcome {
        let claim = try StateDirectory.Claim(path)
        do {
            return try self.fill(path, from: archive, keyFile: keyFile)
        } catch {
            claim.undo()
            throw error
        }
    }

    private static func fill(_ path: String, from archive: String, keyFile: String?) throws -> Outcome {
        guard mkdir("\(path)/keys", 0o700) == 0 else { throw GatewayError("cannot make \(path)/keys") }
        var reader = try BackupReader(archive)
        let manifest = try reader.manifest()
        // The configuration comes last: a directory without it is not ready.
        var configuration: [UInt8]?
        for file in manifest.files {
            if file.name == "sallyport.toml" {
                configuration = try reader.smallFile(file)
            } else {
                try reader.unpack(file, to: "\(path)/\(file.name)")
            }
        }
        try reader.finish()

        let store = try SessionStore(path: "\(path)/sallyport.db")
        try store.checkIntegrity()
        _ = try store.verifyAuditLog()
        guard let stored = try store.vaultKey(), stored.keyIDText == manifest.vaultKey else {
            throw GatewayError("\(archive) holds a database of another vault than it says")
        }
        var remarks: [String] = []
        if let remark = try self.placeKey(stored, keyFile: keyFile, in: path) { remarks.append(remark) }
        _ = try RecordingDirectory(path: "\(path)/recordings")
        // Who signed out since then must not be in again.
        try store.endAllConsoleSessions()
        if try !store.tokens().isEmpty {
            remarks.append(
                "tokens are as they were at \(manifest.made): revoke again what was revoked since, before anybody "
                    + "reaches the API")
        }
        if try !store.retentionRules().isEmpty || !store.deletedRecordings().isEmpty {
            remarks.append(
                "recordings that were deleted after \(manifest.made) are not known to be: if a copy brings them back, "
                    + "rules delete them anew, and what was deleted by hand has to be again")
        }
        try store.audit(.backupRestored(made: manifest.made, key: stored.keyIDText), actor: "gateway")
        try store.flush()
        if let configuration {
            let file = "\(path)/sallyport.toml"
            guard
                FileManager.default.createFile(
                    atPath: file, contents: Data(configuration), attributes: [.posixPermissions: 0o600])
            else { throw GatewayError("cannot write \(file)") }
            let read = try GatewayConfiguration.load(path: file)
            if realpath(read.stateDirectory) != realpath(path) {
                remarks.append("\(file) names another state directory, \(read.stateDirectory): change it")
            }
        } else {
            remarks.append("the backup holds no sallyport.toml: put one into \(path)")
        }
        return Outcome(made: manifest.made, remarks: remarks)
    }

    /// - returns: what is left to do.
    private static func placeKey(_ stored: StoredVaultKey, keyFile: String?, in path: String) throws -> String? {
        let needed = "key \(stored.keyIDText)"
        switch stored.kind {
        case .keyFile:
            let place = VaultOpening.path(stored.place, in: path)
            guard let keyFile else {
                return "put the vault's key file (\(needed)) to \(place), mode 0600, before you start sallyportd"
            }
            let keys = try VaultKeyFile.read(keyFile)
            guard let key = keys.first(where: { $0.id == stored.keyID }) else {
                throw VaultError(
                    .keyFile, "\(keyFile) holds another vault key than the backup needs, \(stored.keyIDText)",
                    hint: "give the key file of the time when the backup was made")
            }
            guard access(place, F_OK) != 0 else { return nil }
            try VaultKeyFile.create(key, at: place)
            return nil
        case .passphrase:
            return "the vault is under the passphrase of \(stored.keyIDText): sallyportd asks for it at its start"
        case .systemdCredential:
            return "pass the systemd credential \(stored.place) (\(needed)) to sallyportd"
        }
    }

    private static func realpath(_ path: String) -> String? {
        guard let resolved = Glibc.realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

/// Reads a backup from its beginning to its end.
private struct BackupReader {
    private let name: String
    private let file: SharedDescriptor

    init(_ path: String) throws {
        self.name = path
        let raw = sp_open_at(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0)
        self.file = SharedDescriptor(
            OwnedDescriptor(takingOwnershipOf: try SystemError.check(raw, "open \(path)")))
    }

    private var damaged: GatewayError {
        GatewayError("\(self.name) is not a backup of Sallyport, or is damaged", hint: "use another backup")
    }

    mutating func manifest() throws -> BackupManifest {
        let header = try self.header()
        guard header.name == BackupManifest.name, header.bytes <= BackupArchive.maximumSmallBytes else {
            throw self.damaged
        }
        let text = try self.bytes(header)
        guard let manifest = try? JSONDecoder().decode(BackupManifest.self, from: Data(text)) else {
            throw self.damaged
        }
        guard manifest.format == BackupManifest.format else {
            throw GatewayError(
                "\(self.name) is of version \(manifest.version), in a format that this version can't read",
                hint: "restore it with that version")
        }
        guard manifest.files.allSatisfy({ BackupManifest.isPermitted($0.name) }),
            Set(manifest.files.map(\.name)).count == manifest.files.count,
            manifest.files.contains(where: { $0.name == "sallyport.db" })
        else { throw self.damaged }
        return manifest
    }

    mutating func smallFile(_ file: BackupManifest.File) throws -> [UInt8] {
        let header = try self.header()
        guard header.name == file.name, header.bytes == file.bytes, file.bytes <= BackupArchive.maximumSmallBytes
        else { throw self.damaged }
        let bytes = try self.bytes(header)
        let hash = RunningHash()
        hash.update(bytes)
        guard hash.digest.hexDigits == file.sha256 else { throw self.damaged }
        return bytes
    }

    /// Writes the next file to `path`, which must not exist, for its owner alone; public keys for everybody.
    mutating func unpack(_ file: BackupManifest.File, to path: String) throws {
        let header = try self.header()
        guard header.name == file.name, header.bytes == file.bytes else { throw self.damaged }
        let mode: UInt32 = path.hasSuffix(".pub") ? 0o644 : 0o600
        let output = OwnedDescriptor(
            takingOwnershipOf: try SystemError.check(
                sp_open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode),
                "make \(path)"))
        let hash = RunningHash()
        var remaining = header.bytes
        while remaining > 0 {
            let piece = try self.exactly(Int(min(remaining, UInt64(BackupArchive.pieceBytes))))
            hash.update(piece)
            try FileWriting.writeAll(piece, to: output.rawValue, attempt: "write \(path)")
            remaining -= UInt64(piece.count)
        }
        _ = try self.exactly(header.padding)
        guard hash.digest.hexDigits == file.sha256 else { throw self.damaged }
        try SystemError.check(fsync(output.rawValue), "bring \(path) to the disk")
    }

    /// The end of the archive must be there.
    mutating func finish() throws {
        guard try self.exactly(2 * TarHeader.blockBytes).allSatisfy({ $0 == 0 }) else { throw self.damaged }
    }

    private mutating func header() throws -> TarHeader {
        guard let header = TarHeader(try self.exactly(TarHeader.blockBytes)) else { throw self.damaged }
        return header
    }

    private mutating func bytes(_ header: TarHeader) throws -> [UInt8] {
        let bytes = try self.exactly(Int(header.bytes))
        _ = try self.exactly(header.padding)
        return bytes
    }

    private mutating func exactly(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes {
                read(self.file.rawValue, $0.baseAddress.map { $0 + filled }, count - filled)
            }
            if got < 0 && errno == EINTR { continue }
            guard try SystemError.check(got, "read \(self.name)") > 0 else { throw self.damaged }
            filled += got
        }
        return bytes
    }
}
