import Glibc
import Identity
import Synchronization

/// The key revocation list that the configuration names, read again whenever the file changes. A list that is missing
/// or damaged revokes everything: nobody could say what it would have revoked.
final class RevocationFile: Sendable {
    /// Which state of the file it is; the same for as long as nothing about it changes.
    struct Mark: Hashable, Sendable {
        fileprivate var device: UInt = 0
        fileprivate var inode: UInt = 0
        fileprivate var size = 0
        fileprivate var seconds = 0
        fileprivate var nanoseconds = 0
        /// Of a file that could not even be looked at.
        fileprivate var problem: Problem?
    }

    /// What the file holds.
    struct Content: Sendable {
        let mark: Mark
        let list: Result<RevocationList, Problem>
    }

    /// Why the list can't be used, in a few words.
    struct Problem: Error, Hashable, Sendable {
        let reason: String
    }

    /// Largest file that is read, in bytes.
    private static let maximumBytes = 16 * 1024 * 1024

    let path: String?
    private let cached = Mutex<Content?>(nil)

    init(path: String?) { self.path = path }

    /// The list as the file holds it now; nil when none is configured. Blocks for the disk.
    func current() throws(Problem) -> RevocationList? { try self.content()?.list.get() }

    /// As ``current()``, and which state of the file it was.
    func content() -> Content? {
        guard let path = self.path else { return nil }
        func unusable(_ reason: String) -> Content {
            let problem = Problem(reason: reason)
            return Content(mark: Mark(problem: problem), list: .failure(problem))
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return unusable("the revocation list can't be opened") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return unusable("the revocation list is no file")
        }
        // The time of the last change of any kind, which nobody can set back.
        let mark = Mark(
            device: status.st_dev, inode: status.st_ino, size: status.st_size, seconds: status.st_ctim.tv_sec,
            nanoseconds: status.st_ctim.tv_nsec)
        if let known = self.cached.withLock({ $0 }), known.mark == mark { return known }
        let content = Content(mark: mark, list: Self.read(descriptor, size: status.st_size))
        self.cached.withLock { $0 = content }
        return content
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
            return .failure(Problem(reason: "the revocation list is \(error)"))
        }
    }
}
