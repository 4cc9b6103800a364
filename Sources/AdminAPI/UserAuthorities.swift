public struct AddUserAuthorityRequest: Codable, Hashable, Sendable {
    public var name: String
    /// An OpenSSH public key line.
    public var key: String
    /// Whom its certificates may be: `alice`, `robot=deploy` (principal, then user), or `*` for the user of the
    /// principal's name.
    public var principals: [String]

    public init(name: String, key: String, principals: [String]) {
        self.name = name
        self.key = key
        self.principals = principals
    }
}

/// An authority whose certificates let users in.
public struct UserAuthorityInfo: Codable, Hashable, Sendable {
    public var name: String
    public var key: PublicKeyInfo
    public var principals: [String]
    public var added: Timestamp

    public init(name: String, key: PublicKeyInfo, principals: [String], added: Timestamp) {
        self.name = name
        self.key = key
        self.principals = principals
        self.added = added
    }
}
