/// The one decision function behind every door: deny unless a grant allows. Pure: no clock, no I/O.
public struct AccessPolicy: Sendable {
    private let rules: AccessRules

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

        let account: String
        if let named = request.account {
            account = named
        } else {
            let permitted = self.permittedAccounts(user: user, target: target)
            guard permitted.count <= 1 else { return denied(.accountNeeded(permitted)) }
            guard let only = permitted.first else {
                trace += self.rules.grants.map {
                    self.step(for: $0, user: user, target: target.name, account: nil)
                }
                return denied(.noGrant)
            }
            account = only
        }
        guard target.accounts.contains(account) else {
            trace.append(TraceStep(subject: .account(account), outcome: .unknown))
            return denied(.unknownAccount)
        }
        trace.append(TraceStep(subject: .account(account), outcome: .known))

        var matching: [Grant] = []
        for grant in self.rules.grants {
            let step = self.step(for: grant, user: user, target: target.name, account: account)
            trace.append(step)
            if step.outcome == .matched { matching.append(grant) }
        }
        guard !matching.isEmpty else { return denied(.noGrant) }
        let secondFactorSeconds = matching.compactMap(\.secondFactorSeconds).min()
        guard user.service == nil || secondFactorSeconds == nil else { return denied(.secondFactorOfService) }
        let authorized = AuthorizedTarget(
            user: user.name, account: account, target: target.name,
            channels: matching.reduce(into: []) { $0.formUnion($1.channels(for: user)) },
            forwards: matching.flatMap { $0.forwards(for: user) },
            keystrokes: .strictest(of: matching.map(\.keystrokes)),
            fileContent: .strictest(of: matching.map(\.fileContent)),
            secondFactorSeconds: secondFactorSeconds,
            grants: matching.map(\.name))
        return AccessDecision(verdict: .allowed(authorized), trace: trace)
    }

    /// Every account on every target that `user` may use, by target and account name, with numbers in their order:
    /// `web2` before `web10`.
    public func destinations(of user: String) -> [AuthorizedTarget] {
        var found: [AuthorizedTarget] = []
        for name in self.rules.targets.keys.sorted(by: NaturalOrder.areInOrder) {
            for account in (self.rules.targets[name]?.accounts ?? []).sorted(by: NaturalOrder.areInOrder) {
                let decision = self.decide(AccessRequest(user: user, account: account, target: name))
                if case .allowed(let destination) = decision.verdict { found.append(destination) }
            }
        }
        return found
    }

    private func permittedAccounts(user: PolicyUser, target: PolicyTarget) -> [String] {
        target.accounts.sorted().filter { account in
            self.rules.grants.contains {
                self.step(for: $0, user: user, target: target.name, account: account).outcome == .matched
            }
        }
    }

    /// `account` nil: any account that the grant names will do.
    private func step(for grant: Grant, user: PolicyUser, target: String, account: String?) -> TraceStep {
        let outcome: TraceStep.Outcome =
            if !grant.names(user) {
                .otherUser
            } else if !grant.targets.contains(target) {
                .otherTarget
            } else if let account, !grant.accounts.contains(account) {
                .otherAccount
            } else if account == nil {
                // Every account that the grant names is missing from the target, or it would have been found.
                .otherAccount
            } else if grant.channels.isEmpty {
                .noChannels
            } else if grant.channels(for: user).isEmpty {
                .noServiceChannels
            } else {
                .matched
            }
        return TraceStep(subject: .grant(grant.name), outcome: outcome)
    }
}
