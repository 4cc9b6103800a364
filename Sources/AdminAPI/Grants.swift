public struct AddGrantRequest: Codable, Hashable, Sendable {
    public var name: String
    public var users: [String]
    /// Names of groups; nil for none.
    public var groups: [String]?
    public var targets: [String]
    public var accounts: [String]
    /// Channel kinds by the names that the access policy gives them, such as `shell`, `exec`, `sftp`, `scp`.
    public var allow: [String]
    /// Where local forwards may go, each `HOST:PORT` or a path; nil or empty for the target itself.
    public var forwards: [String]?
    /// Where the target may listen for remote forwards, each `ADDRESS:PORT` or a path; nil or empty
    /// for its loopback addresses.
    public var listens: [String]?
    /// Whether another SSH connection may run inside a forwarded one; nil for no.
    public var nestedSSH: Bool?
    /// What of the input is recorded: `all`, `mask-secrets` or `none`; nil for the default, `mask-secrets`.
    public var keystrokes: String?
    /// Whether the content of files is recorded: `record` or `omit`; nil for the default, `omit`.
    public var fileContent: String?
    /// How fresh the proof of a second factor has to be, in seconds; nil for none.
    public var secondFactorSeconds: Int?
    public var terms: GrantTerms?

    public init(
        name: String, users: [String], groups: [String]? = nil, targets: [String], accounts: [String],
        allow: [String], forwards: [String]? = nil, listens: [String]? = nil, nestedSSH: Bool? = nil,
        keystrokes: String? = nil, fileContent: String? = nil,
        secondFactorSeconds: Int? = nil, terms: GrantTerms? = nil
    ) {
        self.terms = terms
        self.secondFactorSeconds = secondFactorSeconds
        self.name = name
        self.users = users
        self.groups = groups
        self.targets = targets
        self.accounts = accounts
        self.allow = allow
        self.forwards = forwards
        self.listens = listens
        self.nestedSSH = nestedSSH
        self.keystrokes = keystrokes
        self.fileContent = fileContent
    }
}

public struct GrantInfo: Codable, Hashable, Sendable {
    public var name: String
    public var users: [String]
    public var groups: [String]
    public var targets: [String]
    public var accounts: [String]
    public var allow: [String]
    /// As in ``AddGrantRequest``.
    public var forwards: [String]
    public var listens: [String]
    public var nestedSSH: Bool
    public var keystrokes: String
    public var fileContent: String
    public var secondFactorSeconds: Int?
    /// nil when there are none.
    public var terms: GrantTerms?
    /// The terms, each in a few words for people.
    public var summary: [String]
    public var added: Timestamp

    public init(
        name: String, users: [String], groups: [String] = [], targets: [String], accounts: [String],
        allow: [String], forwards: [String] = [], listens: [String] = [], nestedSSH: Bool = false,
        keystrokes: String = "mask-secrets", fileContent: String = "omit",
        secondFactorSeconds: Int? = nil, terms: GrantTerms? = nil, summary: [String] = [], added: Timestamp
    ) {
        self.terms = terms
        self.summary = summary
        self.secondFactorSeconds = secondFactorSeconds
        self.name = name
        self.users = users
        self.groups = groups
        self.targets = targets
        self.accounts = accounts
        self.allow = allow
        self.forwards = forwards
        self.listens = listens
        self.nestedSSH = nestedSSH
        self.keystrokes = keystrokes
        self.fileContent = fileContent
        self.added = added
    }
}
