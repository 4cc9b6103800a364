/// What a directory says of one person.
public struct DirectoryPerson: Hashable, Sendable {
    /// As the directory writes it.
    public var name: String
    public var distinguishedName: String
    /// What the entry is and stays under any name (RFC 4530, or vendors' attributes); empty when the directory has none.
    public var identifiers: [String]
    /// Distinguished names of the groups, as the directory writes them, in order.
    public var directoryGroups: [String]
    /// Names of the gateway's groups that these lead to, in order.
    public var groups: [String]
    /// OpenSSH public key lines, unchecked.
    public var publicKeys: [String]
    /// Why the person may not sign in now; nil when they may.
    public var refusal: String?

    public init(
        name: String, distinguishedName: String, identifiers: [String] = [], directoryGroups: [String] = [],
        groups: [String] = [], publicKeys: [String] = [], refusal: String? = nil
    ) {
        self.name = name
        self.distinguishedName = distinguishedName
        self.identifiers = identifiers
        self.directoryGroups = directoryGroups
        self.groups = groups
        self.publicKeys = publicKeys
        self.refusal = refusal
    }
}

/// What came of asking a directory for a name and a password.
public enum PasswordVerdict: Hashable, Sendable {
    case right(DirectoryPerson)
    /// `cause` is for the audit log.
    case wrong(DirectoryPerson, cause: String)
    case nobody
}
