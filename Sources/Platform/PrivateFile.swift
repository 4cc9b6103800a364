import CPlatform
import Glibc

/// Files with secrets in them.
public enum PrivateFile {
    /// The content of a regular file that only its owner can read; the owner is root or the process's user. Blocks.
    /// - throws: the system's error; EACCES for a file that is open to others, EFBIG for a longer one.
    public static func read(_ path: String, limitBytes: Int) throws(SystemError) -> SecretBytes {
        let attempt = "read \(path)"
        let descriptor = OwnedDescriptor(
            takingOwnershipOf: try SystemError.check(
                sp_open_at(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0), attempt))
        var status = stat()
        try SystemError.check(fstat(descriptor.rawValue, &status), attempt)
        guard status.st_mode & S_IFMT == S_IFREG else { throw SystemError(code: EINVAL, attempt: attempt) }
        guard status.st_mode & 0o077 == 0, status.st_uid == geteuid() || status.st_uid == 0 else {
            throw SystemError(code: EACCES, attempt: attempt)
        }
        do {
            return try SecretBytes(readingFrom: descriptor.rawValue, limitBytes: limitBytes)
        } catch {
            let code =
                switch error {
                case .tooLong: EFBIG
                case .system(let code): code
                }
            throw SystemError(code: code, attempt: attempt)
        }
    }
}
