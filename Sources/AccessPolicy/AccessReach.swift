/// One way in which a user reaches an account on a target: by one grant. For reviews of who can reach what.
public struct AccessReach: Hashable, Sendable {
    public let user: String
    public let isEnabled: Bool
    /// Groups by which the grant names the user; empty when it names the user alone.
    public let groups: [String]
    public let account: String
    public let target: String
    public let grant: String
    /// Of the grant; what others deny of it is in ``denials``.
    public let channels: [ChannelKind]
    /// The grant's terms, in words.
    public let terms: [String]
    /// Grants that deny some of it, at some time or always, in order.
    public let denials: [String]
    /// Whether the grant opens anything at the moment that was asked about, from some address.
    public let isOpen: Bool
    /// The grant permits nothing until a request is approved.
    public let isOnApproval: Bool
    /// The grant permits nothing until the glass is broken.
    public let isForEmergencies: Bool
}

extension AccessPolicy {
    /// Every way that there is, at whatever time and from wherever, in order of user, target, account and grant.
    ///
    /// - parameter time: of ``AccessReach/isOpen``; UTC, in nanoseconds.
    public func reach(at time: Int64) -> [AccessReach] {
        var found: [AccessReach] = []
        for user in self.rules.users.values.sorted(by: { NaturalOrder.areInOrder($0.name, $1.name) }) {
            let grants = self.rules.grants.filter { $0.names(user) }
            guard !grants.isEmpty else { continue }
            for target in self.rules.targets.values.sorted(by: { NaturalOrder.areInOrder($0.name, $1.name) }) {
                let here = grants.filter { $0.names(target) }
                guard !here.isEmpty else { continue }
                for account in target.accounts.sorted(by: NaturalOrder.areInOrder) {
                    found += self.reach(user, account, target, here.filter { $0.names(account: account) }, at: time)
                }
            }
        }
        return found
    }

    /// - parameter grants: those that name all three.
    private func reach(
        _ user: PolicyUser, _ account: String, _ target: PolicyTarget, _ grants: [Grant], at time: Int64
    ) -> [AccessReach] {
        let request = AccessRequest(
            user: user.name, account: account, target: target.name, origin: .anywhere, time: time)
        var open: [String] = []
        if case .allowed(let destination) = self.decide(request).verdict {
            open = grants.filter {
                destination.grants.contains($0.name) && !$0.channels.isDisjoint(with: destination.channels)
            }
            .map(\.name)
        }
        return grants.filter { $0.effect == .allow }.map { grant in
            AccessReach(
                user: user.name, isEnabled: user.isEnabled,
                groups: grant.users.contains(user.name) ? [] : grant.groups.intersection(user.groups).sorted(),
                account: account, target: target.name, grant: grant.name,
                channels: ChannelKind.allCases.filter(grant.channels.contains), terms: grant.terms,
                denials: grants.filter {
                    $0.effect == .deny && !$0.deniedChannels.isDisjoint(with: grant.channels)
                }.map(\.name), isOpen: open.contains(grant.name), isOnApproval: grant.approval != nil,
                isForEmergencies: grant.breakGlass != nil)
        }
    }
}
