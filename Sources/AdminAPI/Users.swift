public struct AddUserRequest: Codable, Hashable, Sendable {
    public var name: String
    /// OpenSSH public key lines.
    public var keys: [String]
    public var password: SecretField?

    public init(name: String, keys: [String], password: SecretField? = nil) {
        self.name = name
        self.keys = keys
        self.password = password
    }
}

/// What is to be different about a user; nil leaves it as it is.
public struct ChangeUserRequest: Codable, Hashable, Sendable {
    /// False ends the user's live sessions too.
    public var enabled: Bool?
    /// Shown and kept with the sessions that end; nil for none.
    public var reason: String?

    public init(enabled: Bool? = nil, reason: String? = nil) {
        self.enabled = enabled
        self.reason = reason
    }
}

public struct SetPasswordRequest: Codable, Hashable, Sendable {
    public var password: SecretField

    public init(password: SecretField) {
        self.password = password
    }
}

public struct AddKeysRequest: Codable, Hashable, Sendable {
    /// OpenSSH public key lines.
    public var keys: [String]
    /// From then on they are as good as removed; nil for never.
    public var expires: Timestamp?
    /// In place of the lines' own comments; nil keeps those.
    public var comment: String?

    public init(keys: [String], expires: Timestamp? = nil, comment: String? = nil) {
        self.keys = keys
        self.expires = expires
        self.comment = comment
    }
}

/// A public key by which a user signs in.
public struct UserKeyInfo: Codable, Hashable, Sendable {
    /// SSH name of the key type, such as `ssh-ed25519`.
    public var type: String
    /// `SHA256:…` as OpenSSH prints it.
    public var fingerprint: String
    /// The key as an OpenSSH line, `type base64 [comment]`.
    public var line: String
    public var comment: String
    public var expires: Timestamp?

    public init(type: String, fingerprint: String, line: String, comment: String = "", expires: Timestamp? = nil) {
        self.type = type
        self.fingerprint = fingerprint
        self.line = line
        self.comment = comment
        self.expires = expires
    }
}

public struct UserInfo: Codable, Hashable, Sendable {
    public var name: String
    public var enabled: Bool
    public var keys: [UserKeyInfo]
    public var hasPassword: Bool
    /// Names of the groups that the user is a member of.
    public var groups: [String]
    public var added: Timestamp

    public init(
        name: String, enabled: Bool = true, keys: [UserKeyInfo], hasPassword: Bool, groups: [String] = [],
        added: Timestamp
    ) {
        self.name = name
        self.enabled = enabled
        self.keys = keys
        self.hasPassword = hasPassword
        self.groups = groups
        self.added = added
    }

    private enum CodingKeys: String, CodingKey {
        case name, enabled, keys, groups, added
        case hasPassword = "has_password"
    }
}

/// What came of a change that takes access away.
public struct Withdrawal: Codable, Hashable, Sendable {
    /// Ids of the sessions that it ended, each verified dead.
    public var endedSessions: [String]
    /// How many connections without a session it ended.
    public var endedConnections: Int

    public init(endedSessions: [String] = [], endedConnections: Int = 0) {
        self.endedSessions = endedSessions
        self.endedConnections = endedConnections
    }

    private enum CodingKeys: String, CodingKey {
        case endedSessions = "ended_sessions"
        case endedConnections = "ended_connections"
    }
}
