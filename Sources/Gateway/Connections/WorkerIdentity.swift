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

    /// The user that the system's package makes for workers alone; nil where it isn't installed.
    static var packagedUser: String? {
        let name = "_sallyport"
        return getpwnam(name) == nil ? nil : name
    }
}
