public struct AddGrantRequest: Codable, Hashable, Sendable {
    public var name: String
    public var users: [String]
    public var targets: [String]
    public var accounts: [String]
    /// Channel kinds by the names that the access policy gives them, such as `shell`, `exec`, `sftp`, `scp`.
    public var allow: [String]

    public init(name: String, users: [String], targets: [String], accounts: [String], allow: [String]) {
        self.name = name
        self.users = users
        self.targets = targets
        self.accounts = accounts
        self.allow = allow
    }
}

public struct GrantInfo: Codable, Hashable, Sendable {
    public var name: String
    public var users: [String]
    public var targets: [String]
    public var accounts: [String]
    public var allow: [String]
    public var added: Timestamp

    public init(
        name: String, users: [String], targets: [String], accounts: [String], allow: [String], added: Timestamp
    ) {
        self.name = name
        self.users = users
        self.targets = targets
        self.accounts = accounts
        self.allow = allow
        self.added = added
    }
}
