import Glibc
import Platform

/// The file with the key-encryption key: one line, `sallyport-vault-key-1` and base64 of 32 bytes.
enum KeyFile {
    private static let prefix = Array("sallyport-vault-key-1 ".utf8)
    private static let maximumBytes = 256

    static func create(_ key: SecretBytes, at path: String) throws(VaultError) {
        var text = key.withUnsafeBytes { Self.prefix + Base64.encode($0) + [UInt8(ascii: "\n")] }
        defer { Wipe.bytes(of: &text) }
        try NewFile.write(text, to: path, mode: 0o600)
    }

    static func read(_ path: String) throws(VaultError) -> SecretBytes {
        let raw = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY)
        guard raw >= 0 else {
            throw VaultError(.keyFile, "vault key file \(path): \(SystemText.ofErrno())")
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
        var key = text.withUnsafeBytes { bytes -> [UInt8]? in
            guard bytes.starts(with: Self.prefix) else { return nil }
            return Base64.decode(bytes.dropFirst(Self.prefix.count), skippingBlanks: true)
        }
        guard key?.count == 32, var bytes = key.take() else {
            throw VaultError(
                .keyFile, "vault key file \(path) is not a vault key", hint: "restore it from the backup")
        }
        return SecretBytes(wiping: &bytes)
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
        // The mode of open is narrowed by the umask; public files should be readable.
        guard fchmod(descriptor.rawValue, mode) == 0, fsync(descriptor.rawValue) == 0 else {
            throw Self.abandoned(path)
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
