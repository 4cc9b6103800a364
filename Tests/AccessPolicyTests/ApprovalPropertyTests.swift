import Testing

@testable import AccessPolicy

/// What holds of grants on approval and of what is approved, of any rules whatever. A failure names its seed.
@Suite("access on approval, any rules")
struct ApprovalPropertyTests {
    private static let seeds = (0..<60).map { _ in UInt64.random(in: 0...UInt64.max) }
    private static let users = ["alice", "bob"]
    private static let groups = ["ops", "dba", "leads"]
    private static let accounts = ["root", "app"]
    private static let targets = ["web1", "db1"]
    private static let now: Int64 = 1_799_150_400 * 1_000_000_000
    private static let rule = ApprovalRule(approvals: 1, approvers: ["leads"])

    private struct World {
        var random: SeededGenerator
        var users: [PolicyUser] = []
        var targets: [PolicyTarget] = []
        var grants: [Grant] = []
        var approved: Set<ApprovedAccess> = []

        init(seed: UInt64) {
            self.random = SeededGenerator(seed: seed)
            for name in ApprovalPropertyTests.users {
                self.users.append(
                    PolicyUser(
                        name: name, isEnabled: self.random.chance(90),
                        groups: Set(self.random.subset(of: ApprovalPropertyTests.groups))))
            }
            for name in ApprovalPropertyTests.targets {
                self.targets.append(
                    PolicyTarget(name: name, accounts: self.random.subset(of: ApprovalPropertyTests.accounts)))
            }
            for index in 0..<Int.random(in: 1...7, using: &self.random) {
                let denies = self.random.chance(25)
                self.grants.append(
                    Grant(
                        name: "g\(index)", effect: denies ? .deny : .allow,
                        users: Set(self.random.subset(of: ApprovalPropertyTests.users)),
                        groups: Set(self.random.subset(of: ApprovalPropertyTests.groups)),
                        targets: Set(self.random.subset(of: ApprovalPropertyTests.targets)),
                        accounts: Set(self.random.subset(of: ApprovalPropertyTests.accounts)),
                        channels: Set(self.random.subset(of: ChannelKind.allCases)),
                        approval: !denies && self.random.chance(60) ? ApprovalPropertyTests.rule : nil))
            }
            for _ in 0..<6 {
                let start = ApprovalPropertyTests.now + Int64.random(in: -5...2, using: &self.random) * 1_000
                self.approved.insert(
                    ApprovedAccess(
                        grant: self.random.element(of: self.grants).name,
                        user: self.random.element(of: ApprovalPropertyTests.users),
                        account: self.random.element(of: ApprovalPropertyTests.accounts),
                        target: self.random.element(of: ApprovalPropertyTests.targets), from: start,
                        until: start + Int64.random(in: 1...9, using: &self.random) * 1_000))
            }
        }

        func policy(grants: [Grant]? = nil, approved: Set<ApprovedAccess>? = nil) -> AccessPolicy {
            AccessPolicy(
                rules: AccessRules(
                    users: self.users, targets: self.targets, grants: grants ?? self.grants,
                    approved: approved ?? self.approved))
        }
    }

    private static var requests: [AccessRequest] {
        self.users.flatMap { user in
            self.targets.flatMap { target in
                self.accounts.map { account in
                    AccessRequest(user: user, account: account, target: target, origin: .anywhere, time: self.now)
                }
            }
        }
    }

    private static func channels(_ decision: AccessDecision) -> Set<ChannelKind> {
        if case .allowed(let destination) = decision.verdict { destination.channels } else { [] }
    }

    @Test("an approval never allows what a grant denies", arguments: seeds)
    func denied(seed: UInt64) {
        let world = World(seed: seed)
        for request in Self.requests {
            guard let user = world.users.first(where: { $0.name == request.user }), let account = request.account
            else { continue }
            let denied = world.grants.filter {
                $0.effect == .deny && $0.names(user) && $0.targets.contains(request.target)
                    && $0.names(account: account)
            }.reduce(into: Set<ChannelKind>()) { $0.formUnion($1.deniedChannels) }
            let decision = world.policy().decide(request)
            #expect(Self.channels(decision).isDisjoint(with: denied), "seed \(seed), \(request)")
            if case .requestable(let offer) = decision.verdict {
                #expect(offer.choices.allSatisfy { $0.channels.isDisjoint(with: denied) }, "seed \(seed), \(request)")
            }
        }
    }

    @Test("without an approval, or a grant, nothing more is allowed than with it", arguments: seeds)
    func removing(seed: UInt64) {
        let world = World(seed: seed)
        let before = world.policy()
        for request in Self.requests {
            for approval in world.approved {
                let after = world.policy(approved: world.approved.subtracting([approval]))
                #expect(
                    Self.channels(after.decide(request)).isSubset(of: Self.channels(before.decide(request))),
                    "seed \(seed), \(request)")
            }
            for grant in world.grants where grant.effect == .allow {
                let after = world.policy(grants: world.grants.filter { $0 != grant })
                #expect(
                    Self.channels(after.decide(request)).isSubset(of: Self.channels(before.decide(request))),
                    "seed \(seed), \(request)")
            }
        }
    }

    @Test("a grant on approval gives nothing to anybody, account or moment that was not approved", arguments: seeds)
    func exactly(seed: UInt64) {
        let world = World(seed: seed)
        let plain = world.grants.filter { $0.approval == nil }
        for request in Self.requests {
            let approvals = world.approved.filter {
                $0.user == request.user && $0.account == request.account && $0.target == request.target
                    && $0.from <= request.time && request.time < $0.until
            }
            let opened = world.grants.filter { grant in
                grant.approval != nil && approvals.contains { $0.grant == grant.name }
            }
            let expected =
                plain
                + opened.map { grant in
                    Grant(
                        name: grant.name, users: grant.users, groups: grant.groups, targets: grant.targets,
                        accounts: grant.accounts, channels: grant.channels)
                }
            #expect(
                Self.channels(world.policy().decide(request))
                    == Self.channels(world.policy(grants: expected, approved: []).decide(request)),
                "seed \(seed), \(request)")
        }
    }

    @Test("neither the order of grants nor of approvals changes a decision", arguments: seeds)
    func order(seed: UInt64) {
        var world = World(seed: seed)
        let shuffled = world.policy(
            grants: world.grants.shuffled(using: &world.random),
            approved: Set(Array(world.approved).shuffled(using: &world.random)))
        for request in Self.requests {
            #expect(shuffled.decide(request) == world.policy().decide(request), "seed \(seed), \(request)")
        }
    }

    @Test("what is approved ends at its moment, and later where another approval goes on", arguments: seeds)
    func end(seed: UInt64) {
        let world = World(seed: seed)
        let policy = world.policy()
        for request in Self.requests {
            guard case .allowed(let held) = policy.decide(request).verdict else { continue }
            let found = policy.end(of: held, from: .anywhere, after: Self.now, before: Self.now + 20_000)
            let expected = stride(from: Self.now, to: Self.now + 20_000, by: 1_000).first { time in
                let then = AccessRequest(
                    user: request.user, account: request.account, target: request.target, origin: .anywhere, time: time)
                guard case .allowed(let present) = policy.decide(then).verdict else { return true }
                return !present.covers(held)
            }
            #expect(found == expected, "seed \(seed), \(request)")
        }
    }
}
