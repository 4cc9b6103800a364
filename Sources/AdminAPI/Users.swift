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

public struct SetPasswordRequest: Codable, Hashable, Sendable {
    public var password: SecretField

    public init(password: SecretField) {
        self.password = password
    }
}

public struct AddKeysRequest: Codable, Hashable, Sendable {
    /// OpenSSH public key lines.
    public var keys: [String]

    public init(keys: [String]) {
        self.keys = keys
    }
}

public struct UserInfo: Codable, Hashable, Sendable {
    public var name: String
    public var keys: [PublicKeyInfo]
    public var hasPassword: Bool
    public var added: Timestamp

    public init(name: String, keys: [PublicKeyInfo], hasPassword: Bool, added: Timestamp) {
        self.name = name
        self.keys = keys
        self.hasPassword = hasPassword
        self.added = added
    }

    private enum CodingKeys: String, CodingKey {
        case name, keys, added
        case hasPassword = "has_password"
    }
}
