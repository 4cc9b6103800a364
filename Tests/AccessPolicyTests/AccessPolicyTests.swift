import Testing

@testable import AccessPolicy

@Suite("Access policy")
struct AccessPolicyTests {
    private static let rules = AccessRules(
        users: [
            PolicyUser(name: "alice"), PolicyUser(name: "bob"), PolicyUser(name: "mallory", isEnabled: false),
        ],
        targets: [
            PolicyTarget(name: "web1", accounts: ["root", "ops", "unused"]),
            PolicyTarget(name: "db1", accounts: ["postgres"]),
        ],
        grants: [
            Grant(
                name: "web-ops", users: ["alice", "mallory"], targets: ["web1"], accounts: ["ops", "root"],
                channels: [.shell, .exec]),
            Grant(name: "web-files", users: ["alice"], targets: ["web1"], accounts: ["ops"], channels: [.sftp]),
            Grant(name: "db", users: ["alice"], targets: ["db1"], accounts: ["postgres"], channels: [.shell]),
            Grant(name: "empty", users: ["bob"], targets: ["web1"], accounts: ["ops"], channels: []),
        ])
    private let policy = AccessPolicy(rules: rules)

    private func verdict(_ user: String, _ account: String?, _ target: String) -> AccessDecision.Verdict {
        self.policy.decide(AccessRequest(user: user, account: account, target: target, origin: .anywhere, time: 0))
            .verdict
    }

    @Test("a matching grant allows, with its channels and its name")
    func allowed() throws {
        guard case .allowed(let authorized) = self.verdict("alice", "root", "web1") else {
            Issue.record("not allowed")
            return
        }
        #expect(authorized.user == "alice")
        #expect(authorized.account == "root")
        #expect(authorized.target == "web1")
        #expect(authorized.channels == [.shell, .exec])
        #expect(authorized.grants == ["web-ops"])
    }

    @Test("grants that match together permit what each permits")
    func union() {
        guard case .allowed(let authorized) = self.verdict("alice", "ops", "web1") else {
            Issue.record("not allowed")
            return
        }
        #expect(authorized.channels == [.shell, .exec, .sftp])
        #expect(authorized.grants == ["web-files", "web-ops"])
    }

    @Test(
        "what no grant names is denied, with the reason",
        arguments: [
            ("nobody", "root", "web1", DenialReason.unknownUser),
            ("mallory", "root", "web1", .userDisabled),
            ("alice", "root", "nowhere", .unknownTarget),
            ("alice", "oracle", "web1", .unknownAccount),
            ("alice", "unused", "web1", .noGrant),
            ("bob", "root", "web1", .noGrant),
            ("bob", "ops", "web1", .noGrant),
            ("bob", nil, "db1", .noGrant),
        ] as [(String, String?, String, DenialReason)])
    func denied(user: String, account: String?, target: String, reason: DenialReason) {
        #expect(self.verdict(user, account, target) == .denied(reason))
    }

    @Test(
        "of all grants that apply, the one that records the fewest keystrokes counts",
        arguments: [
            ([.all], .all), ([.all, .maskSecrets], .maskSecrets), ([.none, .all, .maskSecrets], .none),
            ([.maskSecrets, .maskSecrets], .maskSecrets),
        ] as [([KeystrokeRecording], KeystrokeRecording)])
    func keystrokes(asked: [KeystrokeRecording], expected: KeystrokeRecording) {
        let grants = asked.enumerated().map {
            Grant(
                name: "g\($0.offset)", users: ["alice"], targets: ["web1"], accounts: ["root"], channels: [.shell],
                keystrokes: $0.element)
        }
        let other = Grant(
            name: "other", users: ["bob"], targets: ["web1"], accounts: ["root"], channels: [.shell], keystrokes: .none)
        let rules = AccessRules(
            users: [PolicyUser(name: "alice")], targets: [PolicyTarget(name: "web1", accounts: ["root"])],
            grants: grants + [other])
        let decision = AccessPolicy(rules: rules).decide(
            AccessRequest(user: "alice", account: "root", target: "web1", origin: .anywhere, time: 0))
        guard case .allowed(let authorized) = decision.verdict else {
            Issue.record("not allowed")
            return
        }
        #expect(authorized.keystrokes == expected)
    }

    @Test("forwards go where any of the grants lets them that permit their kind of channel")
    func forwards() throws {
        let (database, anywhere) = (
            try ForwardRule(parsing: "db1:5432", direction: .local), try ForwardRule(parsing: "*:*", direction: .local)
        )
        func grant(_ name: String, _ channels: Set<ChannelKind>, _ rules: [ForwardRule]) -> Grant {
            Grant(
                name: name, users: ["alice"], targets: ["web1"], accounts: ["root"], channels: channels,
                forwards: rules)
        }
        let rules = AccessRules(
            users: [PolicyUser(name: "alice")], targets: [PolicyTarget(name: "web1", accounts: ["root"])],
            grants: [grant("a", [.localForward], [database]), grant("b", [.shell], [anywhere])])
        let decision = AccessPolicy(rules: rules).decide(
            AccessRequest(user: "alice", account: "root", target: "web1", origin: .anywhere, time: 0))
        guard case .allowed(let authorized) = decision.verdict else {
            Issue.record("not allowed")
            return
        }
        #expect(authorized.forwards == [database])
    }

    @Test("an empty set of rules denies everyone")
    func emptyRules() {
        let decision = AccessPolicy(rules: AccessRules())
            .decide(AccessRequest(user: "alice", account: "root", target: "web1", origin: .anywhere, time: 0))
        #expect(decision.verdict == .denied(.unknownUser))
    }

    @Test("the account may be left out when exactly one is permitted")
    func onlyAccount() {
        guard case .allowed(let authorized) = self.verdict("alice", nil, "db1") else {
            Issue.record("not allowed")
            return
        }
        #expect(authorized.account == "postgres")
        #expect(self.verdict("alice", nil, "web1") == .denied(.accountNeeded(["ops", "root"])))
    }

    @Test("the trace names each rule that was looked at and its outcome")
    func trace() {
        let decision = self.policy.decide(
            AccessRequest(user: "alice", account: "root", target: "web1", origin: .anywhere, time: 0))
        #expect(
            decision.trace.map { "\($0.rule): \($0.finding)" } == [
                "user alice: exists", "target web1: exists", "account root: exists", "grant web-ops: applies",
                "grant web-files: does not name this account", "grant db: does not name this target",
                "grant empty: does not name this user",
            ])
    }

    @Test("destinations are exactly what the decision allows")
    func destinations() {
        let found = self.policy.destinations(of: "alice", from: .anywhere, at: 0).map { "\($0.account)@\($0.target)" }
        #expect(found == ["postgres@db1", "ops@web1", "root@web1"])
        #expect(self.policy.destinations(of: "mallory", from: .anywhere, at: 0).isEmpty)
        #expect(self.policy.destinations(of: "nobody", from: .anywhere, at: 0).isEmpty)
    }

    @Test("every reason has a word and a sentence of its own")
    func reasons() {
        let reasons: [DenialReason] = [
            .unknownUser, .userDisabled, .unknownTarget, .unknownAccount, .noGrant, .accountNeeded(["a", "b"]),
            .deniedByRule(["a"]), .notNow(["a"]), .notFromHere(["a"]), .channelNotPermitted(.sftp),
        ]
        #expect(Set(reasons.map(\.word)).count == reasons.count)
        #expect(Set(reasons.map(\.sentence)).count == reasons.count)
    }
}
