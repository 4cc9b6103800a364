/// Everything the policy knows, as one immutable snapshot.
public struct AccessRules: Hashable, Sendable {
    /// User name to user.
    public let users: [String: PolicyUser]
    /// Target name to target.
    public let targets: [String: PolicyTarget]
    /// By name; their order decides nothing.
    public let grants: [Grant]
    /// Requests that were approved, glasses that were broken, and are not over; their order decides nothing.
    public let approved: Set<ApprovedAccess>

    public init(
        users: [PolicyUser] = [], targets: [PolicyTarget] = [], grants: [Grant] = [],
        approved: Set<ApprovedAccess> = []
    ) {
        self.users = Dictionary(users.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.targets = Dictionary(targets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.approved = approved
        self.grants = grants.sorted { $0.name < $1.name }
    }
}

/// A person or service that may sign in.
public struct PolicyUser: Hashable, Sendable {
    public let name: String
    public let isEnabled: Bool
    /// Names of the groups that the user is a member of.
    public let groups: Set<String>
    /// What the user's logins have to prove: the user's own and that of each group. Empty for the gateway's own rule.
    public let requirements: [LoginRequirement]
    /// nil for a person.
    public let service: ServiceAccount?

    public init(
        name: String, isEnabled: Bool = true, groups: Set<String> = [], requirements: [LoginRequirement] = [],
        service: ServiceAccount? = nil
    ) {
        self.service = service
        self.name = name
        self.isEnabled = isEnabled
        self.groups = groups
        self.requirements = requirements
    }
}

/// A machine behind the gateway, with the accounts whose credentials the vault holds.
public struct PolicyTarget: Hashable, Sendable {
    public let name: String
    public let accounts: [String]
    /// Key to value.
    public let labels: [String: String]

    public init(name: String, accounts: [String], labels: [String: String] = [:]) {
        self.name = name
        self.accounts = accounts
        self.labels = labels
    }
}
