import Foundation
import GatewayConfiguration
import Glibc
import RecordingKeys
import SessionStore
import Vault

/// A new gateway's directory: keys, database, recordings, `sallyport.toml`.
public enum StateDirectory {
    /// Makes everything in `path`, which must have a parent and must be missing or empty; a `recordings` directory, such
    /// as the mount point of a disk of its own, may be there. The configuration comes last: a directory without it is
    /// not ready. Leaves nothing of its own behind when it fails.
    /// - throws: `GatewayError`, `VaultError`, `StoreError`: one line each.
    public static func create(at path: String, listen: NetworkAddress) throws {
        let claim = try Claim(path)
        do {
            try Self.fill(path, listen: listen)
        } catch {
            claim.undo()
            throw error
        }
    }

    /// A directory that may be filled.
    struct Claim {
        private let path: String
        /// The directory was made here.
        private let isNew: Bool
        private let hasRecordings: Bool

        /// - throws: `GatewayError` when `path` can't be made or holds something but `recordings`.
        init(_ path: String) throws {
            self.isNew = try StateDirectory.claim(path)
            self.path = path
            self.hasRecordings = access("\(path)/recordings", F_OK) == 0
        }

        /// Takes away what was put there since.
        func undo() {
            for name in [
                "keys", "sallyport.db", "sallyport.db-wal", "sallyport.db-shm", "sallyport.toml",
            ] {
                try? FileManager.default.removeItem(atPath: "\(self.path)/\(name)")
            }
            if !self.hasRecordings { rmdir("\(self.path)/recordings") }
            if self.isNew { rmdir(self.path) }
        }
    }

    /// Whether the directory was made here.
    private static func claim(_ path: String) throws -> Bool {
        if mkdir(path, 0o700) == 0 { return true }
        guard errno == EEXIST else {
            let reason = Self.reason()
            throw GatewayError("cannot make \(path): \(reason)", hint: "make its parent directory first")
        }
        guard let directory = opendir(path) else { throw GatewayError("cannot use \(path): \(Self.reason())") }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard [".", "..", "recordings"].contains(name) else {
                throw GatewayError(
                    "\(path) is not empty", hint: "init makes a new state directory: name another one, or empty it")
            }
        }
        guard chmod(path, 0o700) == 0 else { throw GatewayError("cannot use \(path): \(Self.reason())") }
        return false
    }

    private static func fill(_ path: String, listen: NetworkAddress) throws {
        let keysPath = "\(path)/keys"
        guard mkdir(keysPath, 0o700) == 0 else { throw GatewayError("cannot make \(keysPath): \(Self.reason())") }
        let key = VaultKey.random()
        try VaultKeyFile.create(key, at: VaultOpening.path(VaultOpening.defaultKeyFile, in: path))
        let vault = Vault(key)
        let made = try GatewayKeys.make(under: vault)
        let keys = try GatewayKeys.open(made.blobs, under: vault)
        for (name, line) in made.publicLines {
            try Self.write("\(line)\n", to: "\(keysPath)/\(name).pub", mode: 0o644)
        }
        let recipient = try RecordingRecipient(rawRepresentation: keys.archivePublicKey)
        try Self.write("\(recipient)\n", to: "\(keysPath)/recording_archive.pub", mode: 0o644)
        _ = try RecordingDirectory(path: "\(path)/recordings")
        try SessionStore(path: "\(path)/sallyport.db").makeVault(
            StoredVaultKey(kind: .keyFile, keyID: key.id, place: VaultOpening.defaultKeyFile),
            gatewayKeys: made.blobs)
        try Self.write(
            GatewayConfiguration.template(listen: listen, workerUser: WorkerIdentity.packagedUser),
            to: "\(path)/sallyport.toml", mode: 0o600)
    }

    private static func write(_ text: String, to path: String, mode: Int) throws {
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
        else { throw GatewayError("cannot write \(path)") }
    }

    private static func reason() -> String { String(cString: strerror(errno)).lowercased() }
}
