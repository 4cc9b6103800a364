public struct AddGrantRequest: Codable, Hashable, Sendable {
    public var name: String
    public var users: [String]
    public var targets: [String]
    public var accounts: [String]
    /// Channel kinds by the names that the access policy gives them, such as `shell`, `exec`, `sftp`, `scp`.
    public var allow: [String]
    /// What of the input is recorded: `all`, `mask-secrets` or `none`; nil for the default, `mask-secrets`.
    public var keystrokes: String?
    /// Whether the content of files is recorded: `record` or `omit`; nil for the default, `omit`.
    public var fileContent: String?

    public init(
        name: String, users: [String], targets: [String], accounts: [String], allow: [String],
        keystrokes: String? = nil, fileContent: String? = nil
    ) {
        self.name = name
        self.users = users
        self.targets = targets
        self.accounts = accounts
        self.allow = allow
        self.keystrokes = keystrokes
        self.fileContent = fileContent
    }
}

public struct GrantInfo: Codable, Hashable, Sendable {
    public var name: String
    public var users: [String]
    public var targets: [String]
    public var accounts: [String]
    public var allow: [String]
    /// As in ``AddGrantRequest``.
    public var keystrokes: String
    public var fileContent: String
    public var added: Timestamp

    public init(
        name: String, users: [String], targets: [String], accounts: [String], allow: [String],
        keystrokes: String = "mask-secrets", fileContent: String = "omit", added: Timestamp
    ) {
        self.name = name
        self.users = users
        self.targets = targets
        self.accounts = accounts
        self.allow = allow
        self.keystrokes = keystrokes
        self.fileContent = fileContent
        self.added = added
    }
}
