import Glibc
import Platform

/// The file with the key-encryption key: a line `sallyport-vault-key-1` and base64 of 32 bytes.
///
/// While the key is being changed it holds two, so that whichever the database needs after a crash is there.
public enum VaultKeyFile {
    private static let prefix = Array("sallyport-vault-key-1 ".utf8)
    private static let maximumBytes = 1024
    private static let maximumKeys = 2

    /// Makes the file, for its owner alone. Throws `system` when it exists.
    public static func create(_ key: VaultKey, at path: String) throws(VaultError) {
        var text = Self.text(of: [key])
        defer { Wipe.bytes(of: &text) }
        try NewFile.write(text, to: path, mode: 0o600)
        try NewFile.syncFolder(of: path)
    }

    /// Puts `keys` in place of what the file holds, in one step; a crash leaves either.
    public static func replace(_ path: String, with keys: [VaultKey]) throws(VaultError) {
        precondition((1...Self.maximumKeys).contains(keys.count), "a change of key knows two")
        var text = Self.text(of: keys)
        defer { Wipe.bytes(of: &text) }
        let next = path + ".next"
        // Left by a crash; nothing refers to it.
        unlink(next)
        try NewFile.write(text, to: next, mode: 0o600)
        guard rename(next, path) == 0 else {
            let error = VaultError(.system, "\(path): \(SystemText.ofErrno())")
            unlink(next)
            throw error
        }
        try NewFile.syncFolder(of: path)
    }

    /// Throws `keyFile` with a hint when the file is missing, open to others or not a key file.
    public static func read(_ path: String) throws(VaultError) -> [VaultKey] {
        let raw = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY)
        guard raw >= 0 else {
            throw VaultError(
                .keyFile, "vault key file \(path): \(SystemText.ofErrno())",
                hint: errno == ENOENT ? "put the file back, from where the copy of the key is kept" : nil)
        }
        let descriptor = OwnedDescriptor(takingOwnershipOf: raw)
        var status = stat()
        guard fstat(descriptor.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw VaultError(.keyFile, "vault key file \(path) is not a regular file")
        }
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o7777, radix: 8)
            throw VaultError(
                .keyFile, "vault key file \(path) is open to others (mode 0\(mode))", hint: "run chmod 600 \(path)")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw VaultError(
                .keyFile, "vault key file \(path) belongs to another user (uid \(status.st_uid))",
                hint: "make its owner the user that runs sallyportd")
        }
        let text: SecretBytes
        do {
            text = try SecretBytes(readingFrom: descriptor.rawValue, limitBytes: Self.maximumBytes)
        } catch {
            throw VaultError(.keyFile, "vault key file \(path) can't be read or is too long")
        }
        return try Self.keys(in: text, name: "vault key file \(path)")
    }

    /// The keys of a text. `name` is what errors call it.
    static func keys(in text: SecretBytes, name: String) throws(VaultError) -> [VaultKey] {
        let keys = text.withUnsafeBytes { bytes in
            bytes.split(separator: UInt8(ascii: "\n")).map { line -> VaultKey? in
                guard line.starts(with: Self.prefix),
                    var key = Base64.decode(line.dropFirst(Self.prefix.count), skippingBlanks: true)
                else { return nil }
                defer { Wipe.bytes(of: &key) }
                return key.count == 32 ? VaultKey(SecretBytes(copying: key)) : nil
            }
        }
        guard (1...Self.maximumKeys).contains(keys.count), !keys.contains(where: { $0 == nil }) else {
            throw VaultError(.keyFile, "\(name) is not a vault key", hint: "restore it from its copy")
        }
        return keys.compactMap { $0 }
    }

    private static func text(of keys: [VaultKey]) -> [UInt8] {
        var text: [UInt8] = []
        // Once, so that no copy of a shorter buffer stays behind.
        text.reserveCapacity(Self.maximumBytes)
        for key in keys {
            text += Self.prefix
            var line = key.secret.withUnsafeBytes { Base64.encode($0) }
            text += line
            Wipe.bytes(of: &line)
            text.append(UInt8(ascii: "\n"))
        }
        return text
    }
}

/// Writes a file that must not exist yet, to the disk, or leaves none.
enum NewFile {
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(VaultError) {
        let raw = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard raw >= 0 else { throw VaultError(.system, "\(path): \(SystemText.ofErrno())") }
        let descriptor = OwnedDescriptor(takingOwnershipOf: raw)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor.rawValue, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.abandoned(path) }
            written += count
        }
        // The mode of open is narrowed by the umask.
        guard fchmod(descriptor.rawValue, mode) == 0, fsync(descriptor.rawValue) == 0 else {
            throw Self.abandoned(path)
        }
    }

    /// Brings the name of a file to the disk.
    static func syncFolder(of path: String) throws(VaultError) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let raw = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard raw >= 0 else { throw VaultError(.system, "\(folder): \(SystemText.ofErrno())") }
        let descriptor = OwnedDescriptor(takingOwnershipOf: raw)
        guard fsync(descriptor.rawValue) == 0 else {
            throw VaultError(.system, "\(folder): \(SystemText.ofErrno())")
        }
    }

    private static func abandoned(_ path: String) -> VaultError {
        let error = VaultError(.system, "\(path): \(SystemText.ofErrno())")
        unlink(path)
        return error
    }
}

/// The system's words for the error of the last call.
enum SystemText {
    static func ofErrno() -> String { String(cString: strerror(errno)) }
}
