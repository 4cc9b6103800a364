import Testing

@testable import AccessPolicy

/// What holds of any rules whatever. A failure names its seed: put it in place of the random ones.
@Suite("access policy, any rules")
struct PolicyPropertyTests {
    /// Of the day; printed with each failure.
    private static let seeds = (0..<40).map { _ in UInt64.random(in: 0...UInt64.max) }
    private static let users = ["alice", "bob", "carol"]
    private static let groups = ["ops", "dba"]
    private static let accounts = ["root", "ops", "app"]
    private static let names = ["web1", "web2", "db1"]
    private static let addresses = ["10.0.0.1", "192.0.2.7", "2001:db8::1"]
    /// A Tuesday, 2027-01-05 12:00 UTC, and the hours around it.
    private static let noon: Int64 = 1_799_150_400 * 1_000_000_000

    private struct World {
        var random: SeededGenerator
        var users: [PolicyUser] = []
        var targets: [PolicyTarget] = []
        var grants: [Grant] = []

        init(seed: UInt64) throws {
            self.random = SeededGenerator(seed: seed)
            for name in PolicyPropertyTests.users {
                self.users.append(
                    PolicyUser(
                        name: name, isEnabled: self.random.chance(90),
                        groups: Set(self.random.subset(of: PolicyPropertyTests.groups))))
            }
            for name in PolicyPropertyTests.names {
                self.targets.append(
                    PolicyTarget(
                        name: name, accounts: self.random.subset(of: PolicyPropertyTests.accounts),
                        labels: ["env": self.random.element(of: ["prod", "test"])]))
            }
            for index in 0..<Int.random(in: 1...8, using: &self.random) {
                self.grants.append(try self.grant("g\(index)", denies: self.random.chance(25)))
            }
        }

        mutating func grant(_ name: String, denies: Bool) throws -> Grant {
            var forwards: [ForwardRule] = []
            if !denies, self.random.chance(50) { forwards = [try ForwardRule(parsing: "db1:5432", direction: .local)] }
            var windows: [WeeklyWindow] = []
            if self.random.chance(40) {
                let hours = self.random.element(of: ["08:00-12:00", "12:00-13:00", "22:00-12:30", "00:00-24:00"])
                windows = [
                    try WeeklyWindow(parsing: "mon-fri \(hours) \(self.random.element(of: ["UTC", "Europe/Berlin"]))")
                ]
            }
            let sources =
                self.random.chance(30)
                ? [try IPNetwork(parsing: self.random.element(of: ["10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0"]))] : []
            let accounts =
                self.random.chance(20) ? [Grant.anyAccount] : self.random.subset(of: PolicyPropertyTests.accounts)
            return Grant(
                name: name, effect: denies ? .deny : .allow,
                users: Set(self.random.subset(of: PolicyPropertyTests.users)),
                groups: Set(self.random.subset(of: PolicyPropertyTests.groups)),
                targets: Set(self.random.subset(of: PolicyPropertyTests.names)),
                targetLabels: LabelSelector(self.random.chance(30) ? [try Label(parsing: "env=prod")] : []),
                accounts: Set(accounts), channels: Set(self.random.subset(of: ChannelKind.allCases)),
                forwards: forwards,
                conditions: AccessConditions(
                    windows: windows, notBefore: self.random.chance(15) ? PolicyPropertyTests.noon : nil,
                    notAfter: self.random.chance(15) ? PolicyPropertyTests.noon + 1 : nil, sources: sources))
        }

        func policy(_ grants: [Grant]) -> AccessPolicy {
            AccessPolicy(rules: AccessRules(users: self.users, targets: self.targets, grants: grants))
        }

        /// Everything that can be asked, a few hours before and after noon.
        mutating func requests() -> [AccessRequest] {
            var requests: [AccessRequest] = []
            for user in PolicyPropertyTests.users {
                for target in PolicyPropertyTests.names {
                    for account in PolicyPropertyTests.accounts {
                        let address = self.random.element(of: PolicyPropertyTests.addresses)
                        let origin = self.random.element(of: [AccessOrigin(host: address), .unknown])
                        let hours = Int64.random(in: -30...30, using: &self.random)
                        requests.append(
                            AccessRequest(
                                user: user, account: account, target: target, origin: origin,
                                time: PolicyPropertyTests.noon + hours * 3_600_000_000_000,
                                channel: self.random.chance(30) ? self.random.element(of: ChannelKind.allCases) : nil))
                    }
                }
            }
            return requests
        }
    }

    /// What a decision permits: nothing when it denies.
    private static func permitted(_ decision: AccessDecision) -> (
        channels: Set<ChannelKind>, forwards: Set<ForwardRule>
    ) {
        guard case .allowed(let destination) = decision.verdict else { return ([], []) }
        return (destination.channels, Set(destination.forwards))
    }

    private static func isNoMore(_ decision: AccessDecision, than other: AccessDecision) -> Bool {
        let (left, right) = (self.permitted(decision), self.permitted(other))
        return left.channels.isSubset(of: right.channels) && left.forwards.isSubset(of: right.forwards)
    }

    @Test("adding a grant that denies never allows more", arguments: seeds)
    func denying(seed: UInt64) throws {
        var world = try World(seed: seed)
        let before = world.policy(world.grants)
        let after = world.policy(world.grants + [try world.grant("new", denies: true)])
        for request in world.requests() {
            #expect(
                Self.isNoMore(after.decide(request), than: before.decide(request)), "seed \(seed), \(request)")
        }
    }

    @Test("removing a grant that allows never allows more", arguments: seeds)
    func removing(seed: UInt64) throws {
        var world = try World(seed: seed)
        let before = world.policy(world.grants)
        let requests = world.requests()
        for removed in world.grants where removed.effect == .allow {
            let after = world.policy(world.grants.filter { $0.name != removed.name })
            for request in requests {
                #expect(
                    Self.isNoMore(after.decide(request), than: before.decide(request)),
                    "seed \(seed), without \(removed.name), \(request)")
            }
        }
    }

    @Test("the order of the rules changes nothing, not even the explanation", arguments: seeds)
    func order(seed: UInt64) throws {
        var world = try World(seed: seed)
        let before = world.policy(world.grants)
        let shuffled = world.policy(world.grants.shuffled(using: &world.random))
        for request in world.requests() {
            #expect(shuffled.decide(request) == before.decide(request), "seed \(seed), \(request)")
        }
    }

    @Test(
        "what is allowed is allowed by a grant of its own, and denied by none, as written down plainly",
        arguments: seeds)
    func plainReading(seed: UInt64) throws {
        var world = try World(seed: seed)
        let policy = world.policy(world.grants)
        for request in world.requests() {
            guard let user = world.users.first(where: { $0.name == request.user }),
                let target = world.targets.first(where: { $0.name == request.target }), let account = request.account
            else { continue }
            var expected: Set<ChannelKind> = []
            for kind in ChannelKind.allCases {
                func speaks(_ grant: Grant) -> Bool {
                    let isNamed =
                        (grant.users.contains(user.name) || user.groups.contains { grant.groups.contains($0) })
                        && (grant.targets.contains(target.name)
                            || !grant.targetLabels.isEmpty && target.labels["env"] == "prod")
                        && (grant.accounts.contains("*") || grant.accounts.contains(account))
                    let isOpen =
                        (grant.conditions.windows.isEmpty
                            || grant.conditions.windows.contains { $0.contains(request.time) })
                        && request.time >= grant.conditions.notBefore ?? .min
                        && request.time < grant.conditions.notAfter ?? .max
                    guard case .address(let address) = request.origin else {
                        return isNamed && isOpen && (grant.effect == .deny || grant.conditions.sources.isEmpty)
                    }
                    return isNamed && isOpen
                        && (grant.conditions.sources.isEmpty
                            || grant.conditions.sources.contains { $0.contains(address) })
                }
                let grants = world.grants.filter(speaks)
                let isDenied = grants.contains {
                    $0.effect == .deny && ($0.channels.isEmpty || $0.channels.contains(kind))
                }
                if user.isEnabled, target.accounts.contains(account), !isDenied,
                    grants.contains(where: { $0.effect == .allow && $0.channels.contains(kind) })
                {
                    expected.insert(kind)
                }
            }
            if let asked = request.channel, !expected.contains(asked) { expected = [] }
            #expect(Self.permitted(policy.decide(request)).channels == expected, "seed \(seed), \(request)")
        }
    }

    @Test("an access ends exactly when a decision, minute by minute, first permits less", arguments: seeds.prefix(20))
    func end(seed: UInt64) throws {
        var world = try World(seed: seed)
        let policy = world.policy(world.grants)
        let minute: Int64 = 60_000_000_000
        for request in world.requests().prefix(9) where request.channel == nil {
            guard case .allowed(let held) = policy.decide(request).verdict else { continue }
            let horizon = request.time + 26 * 60 * minute
            let found = policy.end(of: held, from: request.origin, after: request.time, before: horizon)
            let expected = stride(from: request.time, to: horizon, by: Int64.Stride(minute)).first { time in
                let then = AccessRequest(
                    user: held.user, account: held.account, target: held.target, origin: request.origin, time: time)
                guard case .allowed(let present) = policy.decide(then).verdict else { return true }
                return !present.covers(held)
            }
            // The date of a test that ends does so a nanosecond after a full minute.
            let rounded = found.map { ($0 + minute - 1) / minute * minute }
            #expect(rounded == expected, "seed \(seed), \(request)")
        }
    }
}
