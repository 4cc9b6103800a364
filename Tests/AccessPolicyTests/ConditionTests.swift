import Testing

@testable import AccessPolicy

@Suite("conditions, labels and limits of grants")
struct ConditionTests {
    @Test(
        "a network holds the addresses that begin like it",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false), ("192.0.2.128/25", "192.0.2.127", false),
            ("192.0.2.128/25", "192.0.2.200", true), ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
            // The same machine, as a socket for both families shows it.
            ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("fe80::/10", "fe80::1%eth0", true),
        ])
    func networks(network: String, address: String, isInside: Bool) throws {
        #expect(try IPNetwork(parsing: network).contains(#require(IPAddress(address))) == isInside)
    }

    @Test(
        "what is no network is refused",
        arguments: [
            "", "10", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0.0/+8", "::/129", "a.b",
            "fe80::1%eth0/64",
        ])
    func badNetworks(text: String) {
        #expect(throws: IPNetwork.Invalid.self) { try IPNetwork(parsing: text) }
    }

    @Test("a selector wants one of its values for each of its keys, and an empty one chooses nothing")
    func labels() throws {
        let selector = LabelSelector(Set(try ["env=prod", "env=stage", "team=web"].map { try Label(parsing: $0) }))
        #expect(selector.matches(["env": "prod", "team": "web", "x": "y"]))
        #expect(selector.matches(["env": "stage", "team": "web"]))
        #expect(!selector.matches(["env": "test", "team": "web"]))
        #expect(!selector.matches(["env": "prod"]))
        #expect(!LabelSelector().matches(["env": "prod"]))
        for text in ["", "env", "=x", "env=", "a=b=c", "a b=c", "a,b=c"] {
            #expect(throws: Label.Invalid.self) { try Label(parsing: text) }
        }
    }

    @Test("of the limits of several grants the least of each counts")
    func limits() throws {
        let limits = AccessLimits.strictest(of: [
            AccessLimits(
                sessionSeconds: 3600, sessionsPerUser: 2,
                bytes: Set(try ["sftp upload 5", "sftp download 9"].map { try ByteLimit(parsing: $0) })),
            AccessLimits(sessionSeconds: 60, idleSeconds: 900, bytes: [try ByteLimit(parsing: "sftp upload 3")]),
            .none,
        ])
        #expect(
            limits
                == AccessLimits(
                    sessionSeconds: 60, idleSeconds: 900, sessionsPerUser: 2,
                    bytes: Set(try ["sftp upload 3", "sftp download 9"].map { try ByteLimit(parsing: $0) })))
        #expect(
            limits.words == [
                "sessions of at most 1 min", "idle at most 15 min", "at most 2 sessions of the user",
                "at most sftp download 9 bytes", "at most sftp upload 3 bytes",
            ])
    }

    private func decide(
        _ grants: [Grant], from origin: AccessOrigin = .anywhere, at time: Int64 = 0, channel: ChannelKind? = nil
    ) -> AccessDecision {
        AccessPolicy(
            rules: AccessRules(
                users: [PolicyUser(name: "alice")],
                targets: [PolicyTarget(name: "web1", accounts: ["root"], labels: ["env": "prod"])], grants: grants)
        ).decide(
            AccessRequest(
                user: "alice", account: "root", target: "web1", origin: origin, time: time, channel: channel))
    }

    private func grant(
        _ name: String, denies: Bool = false, _ channels: Set<ChannelKind> = [.shell, .sftp],
        _ conditions: AccessConditions = AccessConditions()
    ) -> Grant {
        Grant(
            name: name, effect: denies ? .deny : .allow, users: ["alice"], targets: [],
            targetLabels: LabelSelector((try? [Label(parsing: "env=prod")]).map(Set.init) ?? []),
            accounts: [Grant.anyAccount], channels: channels, conditions: conditions)
    }

    @Test("a grant that denies wins, for all kinds or for those that it names, and says so")
    func denies() {
        let partly = self.decide([self.grant("a"), self.grant("b", denies: true, [.sftp])])
        guard case .allowed(let destination) = partly.verdict else {
            Issue.record("not allowed")
            return
        }
        #expect(destination.channels == [.shell])
        #expect(partly.trace.map(\.text).contains("grant b: denies sftp"))
        #expect(
            self.decide([self.grant("a"), self.grant("b", denies: true, [.sftp])], channel: .sftp).verdict
                == .denied(.deniedByRule(["b"])))
        #expect(
            self.decide([self.grant("a"), self.grant("b", denies: true, [])]).verdict == .denied(.deniedByRule(["b"])))
        #expect(self.decide([self.grant("a")], channel: .exec).verdict == .denied(.channelNotPermitted(.exec)))
    }

    @Test("where nothing allows, the reason is the nearest one")
    func reasons() throws {
        let inside = try IPNetwork(parsing: "10.0.0.0/8")
        let elsewhere = self.grant("a", [.shell], AccessConditions(sources: [inside]))
        let later = self.grant("b", [.shell], AccessConditions(notBefore: 100))
        let over = self.grant("c", [.shell], AccessConditions(notAfter: 100))
        let outside = AccessOrigin(host: "192.0.2.1")
        #expect(self.decide([elsewhere], from: outside).verdict == .denied(.notFromHere(["a"])))
        #expect(self.decide([elsewhere], from: .unknown).verdict == .denied(.notFromHere(["a"])))
        #expect(self.decide([elsewhere, later], from: outside, at: 99).verdict == .denied(.notNow(["b"])))
        #expect(self.decide([over], at: 100).verdict == .denied(.notNow(["c"])))
        for (grants, time) in [([later], 100), ([over], 99)] {
            guard case .allowed = self.decide(grants, at: Int64(time)).verdict else {
                Issue.record("\(time) is inside")
                continue
            }
        }
        // A rule that denies from somewhere denies those of whom nobody knows where they are.
        let denying = self.grant("d", denies: true, [], AccessConditions(sources: [inside]))
        #expect(self.decide([self.grant("x"), denying], from: .unknown).verdict == .denied(.deniedByRule(["d"])))
    }

    @Test("a summary on one line is as long as there is room, and counts the rest")
    func summary() {
        let decision = self.decide((0..<100).map { self.grant("g\($0)") })
        #expect(decision.summary(maximumBytes: 100_000).hasSuffix("grant g99: applies"))
        let short = decision.summary(maximumBytes: 200)
        #expect(short.utf8.count <= 200)
        #expect(short.hasPrefix("user alice: exists; target web1: exists; account root: exists; grant g0: applies; "))
        #expect(short.wholeMatch(of: /.*; and [0-9]+ more/) != nil)
    }
}
