/// Who asks for something through the administration API.
public struct AdminActor: Hashable, Sendable {
    /// Login name of the peer on this host, or `uid:N` when it has none.
    public var name: String
    /// User id of the peer process.
    public var uid: UInt32

    public init(name: String, uid: UInt32) {
        self.name = name
        self.uid = uid
    }
}

/// A request that was turned away before it reached any handler; for the audit log.
public struct DeniedAdminRequest: Hashable, Sendable {
    public var method: String
    /// Path without the query, as the peer sent it.
    public var path: String
    /// Process id of the peer, 0 when the kernel did not name one.
    public var pid: Int32

    public init(method: String, path: String, pid: Int32) {
        self.method = method
        self.path = path
        self.pid = pid
    }
}
