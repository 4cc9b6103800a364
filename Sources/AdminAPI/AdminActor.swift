/// Who asks for something through the administration API, and what they may ask for.
public struct AdminActor: Hashable, Sendable {
    /// Where a request came in.
    public enum Origin: Hashable, Sendable {
        /// The control socket: a process on this host, with this user id.
        case peer(uid: UInt32)
        /// HTTPS, with the token of this name. `from` is the client's address, without its port.
        case token(name: String, from: String)
        /// HTTPS, signed in to the web console. `session` tells sign-ins apart and opens nothing, `from` is as above.
        case console(session: String, from: String)
    }

    /// For the audit log: the peer's login name on this host, or `uid:N` when it has none; else the token and its owner.
    public var name: String
    public var origin: Origin
    public var permissions: Set<Permission>
    /// The gateway's user who owns the token, or has signed in.
    public var owner: String?

    public init(name: String, origin: Origin, permissions: Set<Permission>, owner: String? = nil) {
        self.name = name
        self.owner = owner
        self.origin = origin
        self.permissions = permissions
    }

    /// A peer of the control socket, which may do everything.
    public init(name: String, uid: UInt32) {
        self.init(name: name, origin: .peer(uid: uid), permissions: Set(Permission.allCases))
    }

    /// Who it is, where a person counts: the token's owner, else as ``name`` says.
    public var person: String { self.owner ?? self.name }

    /// Where they come from, in words: an address, or `control socket`.
    public var place: String {
        switch self.origin {
        case .peer: "control socket"
        case .token(_, let from), .console(_, let from): from
        }
    }

    /// The person who has signed in, with two factors, and acts now; nil for tokens and the control socket.
    public var signedIn: String? {
        guard case .console = self.origin else { return nil }
        return self.owner
    }

    /// Of a peer of the control socket.
    public var uid: UInt32? {
        guard case .peer(let uid) = self.origin else { return nil }
        return uid
    }
}

/// A request that was turned away before it reached any handler; for the audit log.
public struct DeniedAdminRequest: Hashable, Sendable {
    public var method: String
    /// Path without the query, as the peer sent it.
    public var path: String
    /// Process id of a peer of the control socket, 0 when the kernel did not name one.
    public var pid: Int32
    /// What the actor lacks; nil for one who may do nothing at all.
    public var permission: Permission?

    public init(method: String, path: String, pid: Int32, permission: Permission? = nil) {
        self.method = method
        self.path = path
        self.pid = pid
        self.permission = permission
    }
}
