import AdminAPI
import Glibc
import Synchronization

/// The file of the control socket: who may open it, and that it is never taken from a running gateway.
///
/// The server binds to `bindingPath`, whose name nobody looks for, and `publish()` moves the socket to its place
/// once its mode is right; so the name never leads to a socket that others could open.
final class ControlSocket: Sendable {
    let path: String
    private let isPublished = Atomic(false)
    var bindingPath: String { self.path + ".new" }

    /// Throws `AdminError` when the path cannot be used, or another gateway answers on it.
    init(path: String) throws {
        self.path = path
        guard Self.address(of: self.bindingPath) != nil else {
            throw AdminError(
                .invalidInput, "path of the control socket is too long: \(path)",
                hint: "use a state directory whose path has less than 90 bytes")
        }
        try self.refuseForeignFile()
    }

    private func refuseForeignFile() throws {
        var info = stat()
        guard lstat(self.path, &info) == 0 else {
            guard errno == ENOENT else { throw Self.failure("cannot look at", self.path) }
            return
        }
        guard info.st_mode & S_IFMT == S_IFSOCK else {
            throw AdminError(.conflict, "\(self.path) is in the way and is no socket", hint: "move it away")
        }
        guard !self.answers() else {
            throw AdminError(
                .conflict, "another gateway answers on \(self.path)",
                hint: "stop it first, or use another state directory")
        }
    }

    /// Whether somebody accepts connections at the path.
    private func answers() -> Bool {
        guard var address = Self.address(of: self.path) else { return false }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        // Anything but a plain refusal (a full queue, no permission) may be a living server.
        return result == 0 || errno != ECONNREFUSED
    }

    /// Gives the bound socket mode 0600 and its place. Throws `AdminError`.
    func publish() throws {
        guard chmod(self.bindingPath, 0o600) == 0 else { throw Self.failure("cannot protect", self.bindingPath) }
        guard rename(self.bindingPath, self.path) == 0 else { throw Self.failure("cannot create", self.path) }
        self.isPublished.store(true, ordering: .sequentiallyConsistent)
    }

    /// Takes the socket away, so that clients see at once that nobody listens.
    func removeIfPublished() {
        if self.isPublished.load(ordering: .sequentiallyConsistent) { unlink(self.path) }
    }

    private static func failure(_ what: String, _ path: String) -> AdminError {
        AdminError(.failed, "\(what) control socket \(path): \(String(cString: strerror(errno)))")
    }

    /// Nil when the path is too long.
    private static func address(of path: String) -> sockaddr_un? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }
}
