import AdminAPI
import CPlatform
import Foundation
import Glibc
import Platform
import RecordingFormat
import SessionStore

/// A backup while it is made: a tar archive of configuration, public keys, and a copy of the database as it was at one
/// moment. Secrets in it are sealed; the key of the vault is not in it.
///
/// The copy lies in the state directory under a name that is removed at once, so that nothing stays behind.
struct BackupArchive: Sendable {
    enum Part: Sendable {
        case bytes([UInt8])
        case file(SharedDescriptor, bytes: UInt64)
    }

    private(set) var parts: [Part] = []

    private static let temporaryPrefix = "backup-"
    /// Largest of the small files, in bytes.
    static let maximumSmallBytes: UInt64 = 1 << 20

    /// - throws: `StoreError`, `SystemError`, `GatewayError`: one line each.
    init(store: SessionStore, stateDirectory: String, key: StoredVaultKey) throws {
        let copy = "\(stateDirectory)/\(Self.temporaryPrefix)\(UUID().uuidString).tmp"
        try store.snapshot(to: copy)
        defer { unlink(copy) }
        var files: [(name: String, descriptor: SharedDescriptor)] = []
        for name in try Self.smallFiles(of: stateDirectory) + ["sallyport.db"] {
            let path = name == "sallyport.db" ? copy : "\(stateDirectory)/\(name)"
            files.append((name, try Self.open(path)))
        }
        let now = Clock.wallNanoseconds()
        var manifest = BackupManifest(
            version: ProductVersion.current, made: Timestamp(nanosecondsSince1970: now).description,
            vaultKind: key.kind.rawValue, vaultKey: key.keyIDText, files: [])
        for (name, descriptor) in files {
            let (bytes, hash) = try Self.hash(descriptor)
            guard bytes <= Self.maximumSmallBytes || name == "sallyport.db" else {
                throw GatewayError("\(stateDirectory)/\(name) is too large for a backup")
            }
            manifest.files.append(BackupManifest.File(name: name, bytes: bytes, sha256: hash))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = Array(try encoder.encode(manifest)) + [UInt8(ascii: "\n")]
        let seconds = UInt64(max(0, now / 1_000_000_000))
        let head = TarHeader(name: BackupManifest.name, bytes: UInt64(text.count), modified: seconds)
        self.parts = [.bytes(head.encoded + text + Self.zeros(head.padding))]
        for (file, (_, descriptor)) in zip(manifest.files, files) {
            let head = TarHeader(name: file.name, bytes: file.bytes, modified: seconds)
            self.parts += [
                .bytes(head.encoded), .file(descriptor, bytes: file.bytes), .bytes(Self.zeros(head.padding)),
            ]
        }
        // Two blocks of zeros end an archive.
        self.parts.append(.bytes(Self.zeros(2 * TarHeader.blockBytes)))
    }

    /// Removes copies that a crash left in the middle of a backup.
    static func removeRemains(in stateDirectory: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: stateDirectory)) ?? []
        where name.hasPrefix(Self.temporaryPrefix) && name.hasSuffix(".tmp") {
            unlink("\(stateDirectory)/\(name)")
        }
    }

    private static func smallFiles(of stateDirectory: String) throws -> [String] {
        let keys = try FileManager.default.contentsOfDirectory(atPath: stateDirectory + "/keys")
        let hasConfiguration = access("\(stateDirectory)/sallyport.toml", F_OK) == 0
        return (hasConfiguration ? ["sallyport.toml"] : [])
            + keys.map { "keys/" + $0 }.filter(BackupManifest.isPermitted).sorted()
    }

    private static func open(_ path: String) throws(SystemError) -> SharedDescriptor {
        let raw = sp_open_at(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0)
        return SharedDescriptor(
            OwnedDescriptor(takingOwnershipOf: try SystemError.check(raw, "open \(path)")))
    }

    private static func hash(_ descriptor: SharedDescriptor) throws(SystemError) -> (bytes: UInt64, sha256: String) {
        let hash = RunningHash()
        var bytes: UInt64 = 0
        while true {
            let piece = try Self.read(descriptor, from: bytes, limit: UInt64.max)
            if piece.isEmpty { break }
            hash.update(piece)
            bytes += UInt64(piece.count)
        }
        return (bytes, hash.digest.hexDigits)
    }

    static let pieceBytes = 256 * 1024

    /// At most 256 KiB; empty at the end of the file.
    static func read(
        _ descriptor: SharedDescriptor, from offset: UInt64, limit: UInt64
    ) throws(SystemError) -> [UInt8] {
        var piece = [UInt8](repeating: 0, count: Int(min(UInt64(Self.pieceBytes), limit)))
        var count = -1
        repeat {
            count = pread(descriptor.rawValue, &piece, piece.count, off_t(offset))
        } while count < 0 && errno == EINTR
        return Array(piece[..<(try SystemError.check(count, "read a file for the backup"))])
    }

    private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
}

/// An archive that is asked for one piece after the other.
actor BackupPieces {
    private var parts: ArraySlice<BackupArchive.Part>
    private var offset: UInt64 = 0
    private let pool: BlockingPool

    init(_ archive: BackupArchive, pool: BlockingPool) {
        self.parts = archive.parts[...]
        self.pool = pool
    }

    /// Nil at the end.
    func next() async throws -> [UInt8]? {
        while let part = self.parts.first {
            switch part {
            case .bytes(let bytes):
                self.parts.removeFirst()
                if !bytes.isEmpty { return bytes }
            case .file(let descriptor, let bytes):
                guard self.offset < bytes else {
                    self.parts.removeFirst()
                    self.offset = 0
                    continue
                }
                let offset = self.offset
                let piece = try await self.pool.run {
                    try BackupArchive.read(descriptor, from: offset, limit: bytes - offset)
                }
                guard !piece.isEmpty else {
                    throw AdminError(.failed, "a file became shorter while it was backed up", hint: "do it again")
                }
                self.offset += UInt64(piece.count)
                return piece
            }
        }
        return nil
    }
}
