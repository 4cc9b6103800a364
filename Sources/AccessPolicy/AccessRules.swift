/// Everything the policy knows, as one immutable snapshot.
public struct AccessRules: Hashable, Sendable {
    /// User name to user.
    public let users: [String: PolicyUser]
    /// Target name to target.
    public let targets: [String: PolicyTarget]
    /// In the order in which they are looked at and explained.
    public let grants: [Grant]

    public init(users: [PolicyUser] = [], targets: [PolicyTarget] = [], grants: [Grant] = []) {
        self.users = Dictionary(users.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.targets = Dictionary(targets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.grants = grants
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

    public init(name: String, accounts: [String]) {
        self.name = name
        self.accounts = accounts
    }
}

/// Lets users, and members of groups, use accounts on targets through some kinds of channel.
public struct Grant: Hashable, Sendable {
    public let name: String
    public let users: Set<String>
    public let groups: Set<String>
    public let targets: Set<String>
    public let accounts: Set<String>
    public let channels: Set<ChannelKind>
    /// Where forwarded connections may go; rules of a direction count only with its kind of channel.
    public let forwards: [ForwardRule]
    public let keystrokes: KeystrokeRecording
    public let fileContent: FileContentRecording
    /// How fresh the proof of a second factor has to be, in seconds; nil for none.
    public let secondFactorSeconds: Int?

    public init(
        name: String, users: Set<String>, groups: Set<String> = [], targets: Set<String>, accounts: Set<String>,
        channels: Set<ChannelKind>, forwards: [ForwardRule] = [], keystrokes: KeystrokeRecording = .standard,
        fileContent: FileContentRecording = .standard, secondFactorSeconds: Int? = nil
    ) {
        self.name = name
        self.users = users
        self.groups = groups
        self.targets = targets
        self.accounts = accounts
        self.channels = channels
        self.forwards = forwards
        self.keystrokes = keystrokes
        self.fileContent = fileContent
        self.secondFactorSeconds = secondFactorSeconds
    }

    /// Whether the grant names the user, or a group that the user is a member of.
    public func names(_ user: PolicyUser) -> Bool {
        self.users.contains(user.name) || !self.groups.isDisjoint(with: user.groups)
    }

    /// The kinds of channel that the grant gives this user, whom it names.
    public func channels(for user: PolicyUser) -> Set<ChannelKind> {
        user.service == nil || self.users.contains(user.name)
            ? self.channels : self.channels.intersection(ServiceAccount.channelsOfGroups)
    }

    /// The forwards that the grant gives this user, whom it names.
    public func forwards(for user: PolicyUser) -> [ForwardRule] {
        let channels = self.channels(for: user)
        return self.effectiveForwards.filter {
            channels.contains($0.direction == .local ? .localForward : .remoteForward)
        }
    }

    /// The rules whose kind of channel the grant permits.
    public var effectiveForwards: [ForwardRule] {
        self.forwards.filter { self.channels.contains($0.direction == .local ? .localForward : .remoteForward) }
    }
}
