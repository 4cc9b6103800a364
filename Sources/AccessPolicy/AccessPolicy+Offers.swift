extension AccessPolicy {
    /// What of these grants on approval may be asked for; nil for nothing.
    ///
    /// - parameter taken: what is denied.
    static func offer(
        of grants: [Grant], _ user: PolicyUser, _ account: String, _ target: PolicyTarget, _ request: AccessRequest,
        without taken: Set<ChannelKind>
    ) -> AccessOffer? {
        let choices = grants.compactMap { grant -> AccessOffer.Choice? in
            guard let rule = grant.approval else { return nil }
            let channels = grant.channels(for: user).subtracting(taken)
            guard !channels.isEmpty, request.channel.map(channels.contains) ?? true else { return nil }
            return AccessOffer.Choice(
                grant: grant.name, rule: rule, channels: channels, secondFactorSeconds: grant.secondFactorSeconds)
        }
        guard !choices.isEmpty else { return nil }
        return AccessOffer(
            user: user.name, account: account, target: target.name,
            choices: choices.sorted { ($0.rule.approvals, $0.grant) < ($1.rule.approvals, $1.grant) })
    }

    /// What `user` may ask for, whatever is permitted or approved already: as an extension, too. nil for nothing, also
    /// where an account has to be named. Conditions and rules that deny hold as in a decision.
    public func offer(for request: AccessRequest) -> AccessOffer? {
        // Without what is approved, and without grants that permit by themselves, only what may be asked for is left.
        let grants = self.rules.grants.filter { $0.effect == .deny || $0.approval != nil }
        let bare = AccessPolicy(
            rules: AccessRules(
                users: Array(self.rules.users.values), targets: Array(self.rules.targets.values), grants: grants))
        guard case .requestable(let offer) = bare.decide(request).verdict else { return nil }
        return offer
    }

    /// What `user` may ask for and does not have, in the order of ``destinations(of:from:at:)``.
    ///
    /// - parameter time: UTC, in nanoseconds.
    public func offers(to user: String, from origin: AccessOrigin, at time: Int64) -> [AccessOffer] {
        var found: [AccessOffer] = []
        for name in self.rules.targets.keys.sorted(by: NaturalOrder.areInOrder) {
            for account in (self.rules.targets[name]?.accounts ?? []).sorted(by: NaturalOrder.areInOrder) {
                let request = AccessRequest(user: user, account: account, target: name, origin: origin, time: time)
                if case .requestable(let offer) = self.decide(request).verdict, offer.permitsSessions {
                    found.append(offer)
                }
            }
        }
        return found
    }
}
