/// Makes a token for the API.
public struct CreateTokenRequest: Codable, Hashable, Sendable {
    /// Unique among all tokens, revoked ones included.
    public var name: String
    public var role: Role
    /// Whose it is: with the user disabled or removed it is worth nothing. Nil for nobody's.
    public var user: String?
    /// What it is limited to, all of it in its role; nil for all that the role has.
    public var scope: [Permission]?
    public var expires: Timestamp

    /// Longest life of a token, in seconds: a year and a day.
    public static let longestLife: Int64 = 366 * 86_400

    public init(name: String, role: Role, user: String? = nil, scope: [Permission]? = nil, expires: Timestamp) {
        self.name = name
        self.role = role
        self.user = user
        self.scope = scope
        self.expires = expires
    }
}

/// A token just made: the only time that it is shown.
public struct CreatedToken: Codable, Hashable, Sendable {
    /// `spt_…`
    public var token: String
    public var info: TokenInfo

    public init(token: String, info: TokenInfo) {
        self.token = token
        self.info = info
    }
}

/// What may be told of a token.
public struct TokenInfo: Codable, Hashable, Sendable {
    public enum State: String, Codable, CaseIterable, Sendable {
        case active, expired, revoked
        /// Its user is disabled or suspended.
        case disabled
    }

    public var name: String
    public var role: Role
    /// As in ``CreateTokenRequest``.
    public var user: String?
    /// What it permits, in order of name.
    public var permissions: [Permission]
    public var state: State
    /// The first characters of the token, by which it is found again where it leaked.
    public var prefix: String
    public var created: Timestamp
    public var createdBy: String
    public var expires: Timestamp
    /// To the minute; nil for never.
    public var lastUsed: Timestamp?

    public init(
        name: String, role: Role, user: String?, permissions: [Permission], state: State, prefix: String,
        created: Timestamp, createdBy: String, expires: Timestamp, lastUsed: Timestamp?
    ) {
        self.name = name
        self.role = role
        self.user = user
        self.permissions = permissions
        self.state = state
        self.prefix = prefix
        self.created = created
        self.createdBy = createdBy
        self.expires = expires
        self.lastUsed = lastUsed
    }

    private enum CodingKeys: String, CodingKey {
        case name, role, user, permissions, state, prefix, created, expires
        case createdBy = "created_by"
        case lastUsed = "last_used"
    }
}

/// The part of ``AdministrationService`` that is about tokens of the API.
public protocol TokenAdministration: Sendable {
    /// Nobody gives away more than they have: throws `denied`.
    func createToken(_ request: CreateTokenRequest, by actor: AdminActor) async throws -> CreatedToken
    /// In order of name.
    func listTokens(by actor: AdminActor) async throws -> [TokenInfo]
    /// At once, and for good. Throws `notFound`, and `conflict` when it is revoked already.
    func revokeToken(_ name: String, by actor: AdminActor) async throws -> TokenInfo

    /// Whose `token` it is that a client shows. Throws `unauthenticated`, the same for every reason, and `unavailable`
    /// for a source that has shown too many wrong ones.
    /// - parameter from: the client's address, without its port.
    func holder(ofToken token: SecretField, from: String) async throws -> AdminActor
    /// Whether `actor`, who was let in before, would be let in now, for as much. For what goes on for long.
    func isStillGood(_ actor: AdminActor) async -> Bool
}
