public struct AddUserRequest: Codable, Hashable, Sendable {
    public var name: String
    /// OpenSSH public key lines.
    public var keys: [String]
    public var password: SecretField?
    /// Who keeps the user, `ldap` or `oidc`; nil for the gateway itself.
    public var source: String?
    /// nil for a person.
    public var service: ServiceAccountTerms?

    public init(
        name: String, keys: [String], password: SecretField? = nil, source: String? = nil,
        service: ServiceAccountTerms? = nil
    ) {
        self.source = source
        self.service = service
        self.name = name
        self.keys = keys
        self.password = password
    }
}

/// What is to be different about a user; nil leaves it as it is.
public struct ChangeUserRequest: Codable, Hashable, Sendable {
    /// False ends the user's live sessions too.
    public var enabled: Bool?
    /// What logins have to prove, combinations such as `publickey+totp`; empty for the gateway's own rule.
    public var require: [String]?
    /// Of a service account.
    public var service: ServiceAccountTerms?
    /// Shown and kept with the sessions that end; nil for none.
    public var reason: String?

    public init(
        enabled: Bool? = nil, require: [String]? = nil, service: ServiceAccountTerms? = nil, reason: String? = nil
    ) {
        self.enabled = enabled
        self.require = require
        self.service = service
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
    /// Whether a security key has to be touched for each signature; nil for yes.
    public var requireTouch: Bool?
    /// Whether a security key has to verify its user, by PIN or biometry; nil for no.
    public var requireVerification: Bool?

    public init(
        keys: [String], expires: Timestamp? = nil, comment: String? = nil, requireTouch: Bool? = nil,
        requireVerification: Bool? = nil
    ) {
        self.keys = keys
        self.expires = expires
        self.comment = comment
        self.requireTouch = requireTouch
        self.requireVerification = requireVerification
    }

    private enum CodingKeys: String, CodingKey {
        case keys, expires, comment
        case requireTouch = "require_touch"
        case requireVerification = "require_verification"
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
    /// Of a security key; nil for others.
    public var requireTouch: Bool?
    public var requireVerification: Bool?

    public init(
        type: String, fingerprint: String, line: String, comment: String = "", expires: Timestamp? = nil,
        requireTouch: Bool? = nil, requireVerification: Bool? = nil
    ) {
        self.type = type
        self.fingerprint = fingerprint
        self.line = line
        self.comment = comment
        self.expires = expires
        self.requireTouch = requireTouch
        self.requireVerification = requireVerification
    }

    private enum CodingKeys: String, CodingKey {
        case type, fingerprint, line, comment, expires
        case requireTouch = "require_touch"
        case requireVerification = "require_verification"
    }
}

public struct UserInfo: Codable, Hashable, Sendable {
    public var name: String
    public var enabled: Bool
    /// Who keeps the user: `local`, or a kind of directory such as `ldap`.
    public var source: String
    /// Why the directory lets the user in no longer; nil while it does.
    public var suspension: String?
    public var keys: [UserKeyInfo]
    public var hasPassword: Bool
    /// Names of the groups that the user is a member of.
    public var groups: [String]
    /// The user's own, as in ``ChangeUserRequest``; empty for none.
    public var require: [String]
    /// One-time codes are set up.
    public var hasSecondFactor: Bool
    public var unusedRecoveryCodes: Int
    /// nil for a person.
    public var service: ServiceAccountTerms?
    public var added: Timestamp

    public init(
        name: String, enabled: Bool = true, keys: [UserKeyInfo], hasPassword: Bool, groups: [String] = [],
        require: [String] = [], hasSecondFactor: Bool = false, unusedRecoveryCodes: Int = 0,
        service: ServiceAccountTerms? = nil, added: Timestamp, source: String = "local", suspension: String? = nil
    ) {
        self.source = source
        self.suspension = suspension
        self.service = service
        self.name = name
        self.enabled = enabled
        self.keys = keys
        self.hasPassword = hasPassword
        self.groups = groups
        self.require = require
        self.hasSecondFactor = hasSecondFactor
        self.unusedRecoveryCodes = unusedRecoveryCodes
        self.added = added
    }

    private enum CodingKeys: String, CodingKey {
        case name, enabled, source, suspension, keys, groups, require, service, added
        case hasPassword = "has_password"
        case hasSecondFactor = "has_second_factor"
        case unusedRecoveryCodes = "unused_recovery_codes"
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
