/// The one decision function behind every door: deny unless a grant allows and none denies. Pure: no clock, no I/O.
///
/// Grants add up: what any of them allows is allowed, what any of them denies is not, and of what they ask for the
/// strictest counts. Their order decides nothing.
public struct AccessPolicy: Sendable {
    let rules: AccessRules

    public init(rules: AccessRules) {
        self.rules = rules
    }

    /// Decides on `request` and says how it came to that.
    public func decide(_ request: AccessRequest) -> AccessDecision {
        var trace: [TraceStep] = []
        func denied(_ reason: DenialReason) -> AccessDecision {
            AccessDecision(verdict: .denied(reason), trace: trace)
        }

        guard let user = self.rules.users[request.user] else {
            trace.append(TraceStep(subject: .user(request.user), outcome: .unknown))
            return denied(.unknownUser)
        }
        guard user.isEnabled else {
            trace.append(TraceStep(subject: .user(request.user), outcome: .disabled))
            return denied(.userDisabled)
        }
        trace.append(TraceStep(subject: .user(request.user), outcome: .known))

        guard let target = self.rules.targets[request.target] else {
            trace.append(TraceStep(subject: .target(request.target), outcome: .unknown))
            return denied(.unknownTarget)
        }
        trace.append(TraceStep(subject: .target(request.target), outcome: .known))

        let judgement: Judgement
        if let account = request.account {
            guard target.accounts.contains(account) else {
                trace.append(TraceStep(subject: .account(account), outcome: .unknown))
                return denied(.unknownAccount)
            }
            judgement = self.judge(user, account, target, request)
        } else {
            let all = target.accounts.sorted().map { self.judge(user, $0, target, request) }
            let permitted = all.filter(\.isAllowed)
            guard permitted.count <= 1 else { return denied(.accountNeeded(permitted.map(\.account))) }
            let requestable = all.filter(\.isRequestable)
            guard permitted.count == 1 || requestable.count <= 1 else {
                return denied(.accountNeeded(requestable.map(\.account)))
            }
            guard let best = permitted.first ?? all.max(by: { $0.nearness < $1.nearness }) else {
                return denied(.noGrant)
            }
            judgement = best
        }
        trace.append(TraceStep(subject: .account(judgement.account), outcome: .known))
        trace += judgement.steps
        return AccessDecision(verdict: judgement.verdict, trace: trace)
    }

    /// Every account on every target on which `user` may have a session, by target and account name, with numbers in
    /// their order: `web2` before `web10`.
    ///
    /// - parameter time: UTC, in nanoseconds.
    public func destinations(of user: String, from origin: AccessOrigin, at time: Int64) -> [AuthorizedTarget] {
        var found: [AuthorizedTarget] = []
        for name in self.rules.targets.keys.sorted(by: NaturalOrder.areInOrder) {
            for account in (self.rules.targets[name]?.accounts ?? []).sorted(by: NaturalOrder.areInOrder) {
                let request = AccessRequest(user: user, account: account, target: name, origin: origin, time: time)
                if case .allowed(let destination) = self.decide(request).verdict, destination.permitsSessions {
                    found.append(destination)
                }
            }
        }
        return found
    }

    /// When the policy, as it is, stops to permit all of `held`; nil when it goes on to for as long as is looked ahead.
    ///
    /// - parameters:
    ///   - time: UTC, in nanoseconds, as all moments here. At this moment it is permitted.
    ///   - horizon: how far is looked.
    public func end(
        of held: AuthorizedTarget, from origin: AccessOrigin, after time: Int64, before horizon: Int64
    ) -> Int64? {
        guard let user = self.rules.users[held.user], let target = self.rules.targets[held.target] else { return time }
        let grants = self.rules.grants.filter {
            $0.names(user) && $0.names(target) && $0.names(account: held.account)
        }
        var moment = time
        let approved = self.rules.approved.filter { $0.isFor(held.user, held.account, held.target) }
            .flatMap { [$0.from, $0.until] }
        func next() -> Int64? {
            (grants.compactMap { $0.conditions.nextPossibleChange(after: moment) } + approved.filter { $0 > moment })
                .min()
        }
        while let next = next(), next < horizon {
            let request = AccessRequest(
                user: held.user, account: held.account, target: held.target, origin: origin, time: next)
            guard case .allowed(let then) = self.decide(request).verdict, then.covers(held) else { return next }
            moment = next
        }
        return nil
    }

    // MARK: One account

    private struct Judgement {
        let account: String
        let verdict: AccessDecision.Verdict
        let steps: [TraceStep]

        var isRequestable: Bool { if case .requestable = self.verdict { true } else { false } }
        var isAllowed: Bool { if case .allowed = self.verdict { true } else { false } }

        var nearness: Int {
            switch self.verdict {
            case .allowed: .max
            case .requestable: .max - 1
            case .denied(let reason): reason.nearness
            }
        }
    }

    private func judge(
        _ user: PolicyUser, _ account: String, _ target: PolicyTarget, _ request: AccessRequest
    ) -> Judgement {
        let looks = self.rules.grants.map { ($0, self.outcome(of: $0, user, account, target, request)) }
        let steps = looks.map { TraceStep(subject: .grant($0.name), outcome: $1) }
            .enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }.map(\.element)
        return Judgement(account: account, verdict: Self.verdict(user, account, target, request, looks), steps: steps)
    }

    private static func verdict(
        _ user: PolicyUser, _ account: String, _ target: PolicyTarget, _ request: AccessRequest,
        _ looks: [(grant: Grant, outcome: TraceStep.Outcome)]
    ) -> AccessDecision.Verdict {
        let matching = looks.filter { $0.outcome == .matched }.map(\.grant)
        let denying = looks.compactMap { look -> Grant? in
            if case .denies = look.outcome { look.grant } else { nil }
        }
        let taken = denying.reduce(into: Set<ChannelKind>()) { $0.formUnion($1.deniedChannels) }
        let offer = self.offer(
            of: looks.filter { $0.outcome == .awaitsApproval }.map(\.grant), user, account, target, request,
            without: taken)
        guard !matching.isEmpty else {
            if let offer { return .requestable(offer) }
            let emergencies = looks.filter { $0.outcome == .awaitsEmergency }.map(\.grant)
            let open = emergencies.filter { grant in
                let channels = grant.channels(for: user).subtracting(taken)
                return !channels.isEmpty && request.channel.map(channels.contains) ?? true
            }
            if !open.isEmpty { return .denied(.emergencyOnly(open.map(\.name))) }
            let isTaken =
                !denying.isEmpty && looks.contains { [.awaitsApproval, .awaitsEmergency].contains($0.outcome) }
            return .denied(isTaken ? .deniedByRule(denying.map(\.name)) : self.absence(looks))
        }
        let allowed = matching.reduce(into: Set<ChannelKind>()) { $0.formUnion($1.channels(for: user)) }
        let secondFactorSeconds = matching.compactMap(\.secondFactorSeconds).min()
        guard user.service == nil || secondFactorSeconds == nil else { return .denied(.secondFactorOfService) }
        let channels = allowed.subtracting(taken)
        guard !channels.isEmpty else {
            if let offer { return .requestable(offer) }
            return .denied(.deniedByRule(denying.map(\.name)))
        }
        if let asked = request.channel, !channels.contains(asked) {
            if let offer { return .requestable(offer) }
            let names = denying.filter { $0.deniedChannels.contains(asked) }.map(\.name)
            return .denied(allowed.contains(asked) ? .deniedByRule(names) : .channelNotPermitted(asked))
        }
        return .allowed(
            AuthorizedTarget(
                user: user.name, account: account, target: target.name, channels: channels,
                forwards: matching.flatMap { grant in
                    let own = grant.channels(for: user)
                    return grant.effectiveForwards.filter { own.contains($0.direction.channelKind) }
                }.filter { channels.contains($0.direction.channelKind) },
                keystrokes: .strictest(of: matching.map(\.keystrokes)),
                fileContent: .strictest(of: matching.map(\.fileContent)),
                secondFactorSeconds: secondFactorSeconds,
                limits: .strictest(of: matching.map(\.limits)),
                supervision: .strictest(of: matching.map(\.supervision)), grants: matching.map(\.name)))
    }

    /// Why no grant applies: the reason that is nearest to one that does.
    private static func absence(_ looks: [(grant: Grant, outcome: TraceStep.Outcome)]) -> DenialReason {
        func names(_ outcomes: Set<TraceStep.Outcome>) -> [String] {
            looks.filter { $0.grant.effect == .allow && outcomes.contains($0.outcome) }.map(\.grant.name)
        }
        let (late, elsewhere) = (names([.notYet, .outsideWindows, .over]), names([.otherSource]))
        if !late.isEmpty { return .notNow(late) }
        return elsewhere.isEmpty ? .noGrant : .notFromHere(elsewhere)
    }

    private func outcome(
        of grant: Grant, _ user: PolicyUser, _ account: String, _ target: PolicyTarget, _ request: AccessRequest
    ) -> TraceStep.Outcome {
        guard grant.names(user) else { return .otherUser }
        guard grant.names(target) else { return .otherTarget }
        guard grant.names(account: account) else { return .otherAccount }
        // Where something is not known, nothing is allowed by it, and all is denied.
        let failure = grant.conditions.failure(
            at: request.time, from: request.origin, unknownSourceMeets: grant.effect == .deny)
        if let failure { return TraceStep.Outcome(failure) }
        switch grant.effect {
        case .allow:
            if grant.channels.isEmpty { return .noChannels }
            guard !grant.channels(for: user).isEmpty else { return .noServiceChannels }
            let isOpen = grant.approval == nil && grant.breakGlass == nil
            let isApproved =
                isOpen
                || self.rules.approved.contains {
                    $0.grant == grant.name && $0.isFor(user.name, account, target.name) && $0.holds(at: request.time)
                }
            guard !isApproved else { return .matched }
            return grant.breakGlass == nil ? .awaitsApproval : .awaitsEmergency
        case .deny:
            return .denies(grant.channels.isEmpty ? nil : ChannelKind.allCases.filter(grant.channels.contains))
        }
    }
}
