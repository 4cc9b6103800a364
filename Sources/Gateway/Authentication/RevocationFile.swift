import Glibc
import Identity
import Synchronization

/// The key revocation list that the configuration names, read again whenever the file changes. A list that is missing
/// or damaged revokes everything: nobody could say what it would have revoked.
final class RevocationFile: Sendable {
    private struct Stamp: Equatable {
        var device: UInt
        var inode: UInt
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    private struct Cached {
        var stamp: Stamp
        var list: Result<RevocationList, Problem>
    }

    /// Why the list can't be used, in a few words.
    struct Problem: Error, Hashable, Sendable {
        let reason: String
    }

    /// Largest file that is read, in bytes.
    private static let maximumBytes = 16 * 1024 * 1024

    private let path: String?
    private let cached = Mutex<Cached?>(nil)

    init(path: String?) { self.path = path }

    /// The list as the file holds it now; nil when none is configured. Blocks for the disk.
    func current() throws(Problem) -> RevocationList? {
        guard let path = self.path else { return nil }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Problem(reason: "the revocation list can't be opened") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Problem(reason: "the revocation list is no file")
        }
        let stamp = Stamp(
            device: status.st_dev, inode: status.st_ino, size: status.st_size, seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
        if let known = self.cached.withLock({ $0 }), known.stamp == stamp { return try known.list.get() }
        let list = Self.read(descriptor, size: status.st_size)
        self.cached.withLock { $0 = Cached(stamp: stamp, list: list) }
        return try list.get()
    }

    private static func read(_ descriptor: CInt, size: Int) -> Result<RevocationList, Problem> {
        guard size <= Self.maximumBytes else { return .failure(Problem(reason: "the revocation list is too large")) }
        var bytes = [UInt8](repeating: 0, count: size)
        var filled = 0
        while filled < size {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress.map { $0 + filled }, size - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return .failure(Problem(reason: "the revocation list can't be read")) }
            filled += count
        }
        do {
            return .success(try RevocationList(bytes))
        } catch {
            return .failure(Problem(reason: "the revocation list is \(error.rawValue)"))
        }
    }
}
