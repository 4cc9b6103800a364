/// What one account could see of the accounts of its target. Read only: nothing was changed there.
public struct AccountDiscovery: Codable, Hashable, Sendable {
    public var target: String
    /// Who looked.
    public var account: String
    /// By root or with its rights: what else is nil below was not to be seen.
    public var isPrivileged: Bool
    /// In order of user id.
    public var accounts: [DiscoveredAccount]
    /// Names of accounts that may become root and whose credential the vault does not hold.
    public var unmanagedPrivileged: [String]

    public init(
        target: String, account: String, isPrivileged: Bool, accounts: [DiscoveredAccount],
        unmanagedPrivileged: [String]
    ) {
        self.target = target
        self.account = account
        self.isPrivileged = isPrivileged
        self.accounts = accounts
        self.unmanagedPrivileged = unmanagedPrivileged
    }

    private enum CodingKeys: String, CodingKey {
        case target, account, accounts
        case isPrivileged = "privileged"
        case unmanagedPrivileged = "unmanaged_privileged"
    }
}

/// One account of a target.
public struct DiscoveredAccount: Codable, Hashable, Sendable {
    /// What the target's shadow file says of the password.
    public enum Password: String, Codable, CaseIterable, Sendable {
        case set, locked, none
    }

    public var name: String
    public var uid: UInt32
    public var shell: String
    /// A login shell: not one of those that end at once.
    public var canLogIn: Bool
    /// Nil when it was not to be seen.
    public var password: Password?
    /// Lines of its authorized keys; nil when they were not to be seen.
    public var keys: [DiscoveredKey]?
    /// Groups that often have all rights, such as `sudo` and `wheel`, of which it is a member.
    public var privilegedGroups: [String]
    /// Rules of sudo that name it or its groups, as they stand there; nil when they were not to be seen.
    public var sudoRules: [String]?
    /// May become root: user id 0, a rule of sudo that permits everything, or such a group.
    public var isPrivileged: Bool
    /// The vault holds its credential.
    public var isManaged: Bool

    public init(
        name: String, uid: UInt32, shell: String, canLogIn: Bool, password: Password?, keys: [DiscoveredKey]?,
        privilegedGroups: [String], sudoRules: [String]?, isPrivileged: Bool, isManaged: Bool
    ) {
        self.name = name
        self.uid = uid
        self.shell = shell
        self.canLogIn = canLogIn
        self.password = password
        self.keys = keys
        self.privilegedGroups = privilegedGroups
        self.sudoRules = sudoRules
        self.isPrivileged = isPrivileged
        self.isManaged = isManaged
    }

    private enum CodingKeys: String, CodingKey {
        case name, uid, shell, password, keys
        case canLogIn = "can_log_in"
        case privilegedGroups = "privileged_groups"
        case sudoRules = "sudo_rules"
        case isPrivileged = "privileged"
        case isManaged = "managed"
    }
}

/// One key that lets somebody in.
public struct DiscoveredKey: Codable, Hashable, Sendable {
    public var type: String
    /// `SHA256:…`
    public var fingerprint: String
    public var comment: String
    /// Such as `from="10.0.0.0/8"`; empty for none.
    public var options: String
    /// It is the one that the vault holds for the account.
    public var isManaged: Bool

    public init(type: String, fingerprint: String, comment: String, options: String, isManaged: Bool) {
        self.type = type
        self.fingerprint = fingerprint
        self.comment = comment
        self.options = options
        self.isManaged = isManaged
    }

    private enum CodingKeys: String, CodingKey {
        case type, fingerprint, comment, options
        case isManaged = "managed"
    }
}
