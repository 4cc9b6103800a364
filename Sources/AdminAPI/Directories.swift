/// The directory that users come from, asked just now.
public struct DirectoryStatus: Codable, Hashable, Sendable {
    /// In the order of the configuration; empty for no directory.
    public var servers: [Server]

    public struct Server: Codable, Hashable, Sendable {
        public var address: String
        /// Why it can't serve; nil when it can.
        public var trouble: String?

        public init(address: String, trouble: String?) {
            self.address = address
            self.trouble = trouble
        }
    }

    public init(servers: [Server]) { self.servers = servers }
}

/// What the directory says of one person, whether they are a user or not.
public struct DirectoryPersonInfo: Codable, Hashable, Sendable {
    public var name: String
    public var distinguishedName: String
    /// Distinguished names.
    public var directoryGroups: [String]
    /// Groups of the gateway that these lead to.
    public var groups: [String]
    /// Fingerprints of the usable ones.
    public var keys: [String]
    /// Why they may not sign in; nil when they may.
    public var refusal: String?

    public init(
        name: String, distinguishedName: String, directoryGroups: [String], groups: [String], keys: [String],
        refusal: String?
    ) {
        self.name = name
        self.distinguishedName = distinguishedName
        self.directoryGroups = directoryGroups
        self.groups = groups
        self.keys = keys
        self.refusal = refusal
    }

    private enum CodingKeys: String, CodingKey {
        case name, groups, keys, refusal
        case distinguishedName = "dn"
        case directoryGroups = "directory_groups"
    }
}

/// How a directory fares by the last word of it.
public struct DirectoryHealth: Codable, Hashable, Sendable {
    /// `ldap` or `oidc`
    public var kind: String
    public var address: String
    /// Why it gives no answers; nil while it does.
    public var failure: String?

    public init(kind: String, address: String, failure: String?) {
        self.kind = kind
        self.address = address
        self.failure = failure
    }
}
