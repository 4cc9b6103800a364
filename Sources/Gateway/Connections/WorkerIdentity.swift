import Glibc

/// Which program a worker is, and which unprivileged user it becomes.
struct WorkerIdentity: Sendable {
    /// Both 0 when the gateway itself is unprivileged: workers keep its user then.
    let userID: UInt32
    let groupID: UInt32

    /// - throws: ``GatewayError`` when the gateway runs as root and the user is missing, or root itself.
    init(userName: String) throws {
        guard getuid() == 0 else {
            self.userID = 0
            self.groupID = 0
            return
        }
        guard let entry = getpwnam(userName) else {
            throw GatewayError(
                "there is no user \(userName) for workers to become", hint: "make it, or name another as worker_user")
        }
        guard entry.pointee.pw_uid != 0, entry.pointee.pw_gid != 0 else {
            throw GatewayError(
                "workers must not run as \(userName), which is root", hint: "name an unprivileged user as worker_user")
        }
        self.userID = entry.pointee.pw_uid
        self.groupID = entry.pointee.pw_gid
    }

    /// The configured program, or `sallyport-session` beside this one.
    static func workerPath(configured: String?) throws -> String {
        let path = configured ?? self.sibling("sallyport-session")
        guard access(path, X_OK) == 0 else {
            throw GatewayError(
                "the worker \(path) can't be run", hint: "install sallyport-session beside sallyportd, or set worker")
        }
        return path
    }

    private static func sibling(_ name: String) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        let folder = path.lastIndex(of: "/").map { path[..<$0] } ?? "."
        return "\(folder)/\(name)"
    }
}
