/// Lets users, and members of groups, use accounts on targets through some kinds of channel; or forbids it to them.
public struct Grant: Hashable, Sendable {
    public enum Effect: String, CaseIterable, Hashable, Sendable {
        case allow
        /// Wins over every grant that allows.
        case deny
    }

    public let name: String
    public let effect: Effect
    public let users: Set<String>
    public let groups: Set<String>
    public let targets: Set<String>
    /// Targets beside those that are named.
    public let targetLabels: LabelSelector
    /// ``anyAccount`` among them means every one.
    public let accounts: Set<String>
    /// Of a grant that denies: the kinds that it takes away; empty for all there are.
    public let channels: Set<ChannelKind>
    /// Where forwarded connections may go; rules of a direction count only with its kind of channel.
    public let forwards: [ForwardRule]
    public let keystrokes: KeystrokeRecording
    public let fileContent: FileContentRecording
    /// How fresh the proof of a second factor has to be, in seconds; nil for none.
    public let secondFactorSeconds: Int?
    public let conditions: AccessConditions
    public let limits: AccessLimits
    /// Others have to approve before it permits anything; nil for a grant that permits by itself.
    public let approval: ApprovalRule?
    /// It is for emergencies: it permits nothing until its user breaks the glass. nil for any other grant.
    public let breakGlass: BreakGlassRule?
    public let supervision: Supervision

    /// Stands for every account; no account has this name.
    public static let anyAccount = "*"

    public init(
        name: String, effect: Effect = .allow, users: Set<String>, groups: Set<String> = [], targets: Set<String>,
        targetLabels: LabelSelector = LabelSelector(), accounts: Set<String>, channels: Set<ChannelKind>,
        forwards: [ForwardRule] = [], keystrokes: KeystrokeRecording = .standard,
        fileContent: FileContentRecording = .standard, secondFactorSeconds: Int? = nil,
        conditions: AccessConditions = AccessConditions(), limits: AccessLimits = .none,
        approval: ApprovalRule? = nil, breakGlass: BreakGlassRule? = nil, supervision: Supervision = .none
    ) {
        self.name = name
        self.effect = effect
        self.users = users
        self.groups = groups
        self.targets = targets
        self.targetLabels = targetLabels
        self.accounts = accounts
        self.channels = channels
        self.forwards = forwards
        self.keystrokes = keystrokes
        self.fileContent = fileContent
        self.secondFactorSeconds = secondFactorSeconds
        self.conditions = conditions
        self.limits = limits
        self.approval = approval
        self.breakGlass = breakGlass
        self.supervision = supervision
    }

    /// Whether the grant names the user, or a group that the user is a member of.
    public func names(_ user: PolicyUser) -> Bool {
        self.users.contains(user.name) || !self.groups.isDisjoint(with: user.groups)
    }

    /// Whether the grant names the target, or its labels.
    public func names(_ target: PolicyTarget) -> Bool {
        self.targets.contains(target.name) || self.targetLabels.matches(target.labels)
    }

    public func names(account: String) -> Bool {
        self.accounts.contains(account) || self.accounts.contains(Self.anyAccount)
    }

    /// The kinds of channel that the grant gives this user, whom it names.
    public func channels(for user: PolicyUser) -> Set<ChannelKind> {
        user.service == nil || self.users.contains(user.name)
            ? self.channels : self.channels.intersection(ServiceAccount.channelsOfGroups)
    }

    /// The rules whose kind of channel the grant permits.
    public var effectiveForwards: [ForwardRule] {
        self.forwards.filter { self.channels.contains($0.direction.channelKind) }
    }

    /// Kinds that a grant which denies takes away.
    var deniedChannels: Set<ChannelKind> {
        self.channels.isEmpty ? Set(ChannelKind.allCases) : self.channels
    }
}

extension ForwardRule.Direction {
    /// Which a grant has to permit.
    var channelKind: ChannelKind {
        switch self {
        case .local: .localForward
        case .remote: .remoteForward
        }
    }
}
