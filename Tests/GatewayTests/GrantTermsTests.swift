import AdminAPI
import Foundation
import Testing

@testable import Gateway

@Suite("terms of grants, asked for")
struct GrantTermsTests {
    private let fixture: AdministrationFixture

    init() throws { self.fixture = try AdministrationFixture() }

    private func request(_ name: String, _ terms: GrantTerms?, allow: [String] = ["shell", "sftp"]) -> AddGrantRequest {
        AddGrantRequest(
            name: name, users: ["alice"], targets: ["web1"], accounts: ["*"], allow: allow, terms: terms)
    }

    @Test("what is asked for is what is listed")
    func listed() async throws {
        try await self.fixture.addEverything()
        let terms = GrantTerms(
            targetLabels: ["env=prod"], windows: ["mon-fri 08:00-18:00 Europe/Berlin"],
            notBefore: Timestamp("2026-01-01T00:00:00Z"), notAfter: Timestamp("2100-01-01T00:00:00Z"),
            from: ["10.0.0.0/8"], sessionSeconds: 3600, idleSeconds: 900, sessionsPerUser: 2, sessionsPerTarget: 3,
            byteLimits: ["sftp upload 1024"])
        let grant = try await self.fixture.service.addGrant(self.request("t", terms), by: self.fixture.actor)
        #expect(grant.terms == terms)
        #expect(
            grant.summary == [
                "targets with env=prod", "mon-fri 08:00-18:00 Europe/Berlin", "from 2026-01-01 00:00:00Z on",
                "until 2100-01-01 00:00:00Z", "from 10.0.0.0/8", "sessions of at most 1 h", "idle at most 15 min",
                "at most 2 sessions of the user", "at most 3 sessions on the target", "at most sftp upload 1024 bytes",
            ])
        // One without terms says nothing of them.
        #expect(
            try await self.fixture.service.listGrants(by: self.fixture.actor).first { $0.name == "g" }?.terms == nil)
    }

    @Test(
        "terms that mean nothing are refused with a line",
        arguments: [
            GrantTerms(effect: "maybe"), GrantTerms(targetLabels: ["env"]), GrantTerms(windows: ["always"]),
            GrantTerms(from: ["10.0.0.1/8"]), GrantTerms(sessionSeconds: 9), GrantTerms(idleSeconds: 0),
            GrantTerms(sessionsPerUser: 0), GrantTerms(sessionsPerTarget: -1),
            GrantTerms(byteLimits: ["agent upload 5"]),
            GrantTerms(effect: "deny", idleSeconds: 60),
            GrantTerms(notBefore: Timestamp("2026-01-02T00:00:00Z"), notAfter: Timestamp("2026-01-01T00:00:00Z")),
        ])
    func refused(terms: GrantTerms) async throws {
        try await self.fixture.addEverything()
        let refusal = await self.fixture.refusal {
            _ = try await self.fixture.service.addGrant(self.request("t", terms), by: self.fixture.actor)
        }
        #expect(refusal?.code == .invalidInput)
        #expect(try await self.fixture.service.listGrants(by: self.fixture.actor).map(\.name) == ["g"])
    }

    @Test("a grant that denies has what is held looked at again, and explanations say what it does")
    func deny() async throws {
        try await self.fixture.addEverything()
        let (service, actor) = (self.fixture.service, self.fixture.actor)
        _ = try await service.addGrant(self.request("d", GrantTerms(effect: "deny"), allow: []), by: actor)
        #expect(self.fixture.live.state.withLock { $0.reviews }.last == "admin -")
        let denied = try await service.explain(
            ExplainRequest(user: "alice", account: "ops", target: "web1"), by: actor)
        #expect(!denied.allowed)
        #expect(denied.verdict == "denied-by-rule")
        #expect(
            denied.trace.map { "\($0.rule): \($0.reason)" }.suffix(2) == [
                "grant d: denies everything", "grant g: applies",
            ])

        _ = try await service.removeGrant("d", reason: nil, by: actor)
        _ = try await service.removeGrant("g", reason: nil, by: actor)
        let end = "2027-03-26T17:00:00.000000Z"
        _ = try await service.addGrant(
            self.request("w", GrantTerms(windows: ["mon-fri 08:00-18:00 Europe/Berlin"], from: ["10.0.0.0/8"])),
            by: actor)
        func explain(_ at: String, from: String? = nil, channel: String? = nil) async throws -> Explanation {
            try await service.explain(
                ExplainRequest(
                    user: "alice", account: "ops", target: "web1", from: from, at: Timestamp(at), channel: channel),
                by: actor)
        }
        #expect(try await explain("2027-03-26T16:00:00Z").ends == Timestamp(end))
        #expect(try await explain("2027-03-26T16:00:00Z", from: "10.1.1.1").allowed)
        #expect(try await explain("2027-03-26T16:00:00Z", from: "11.1.1.1").verdict == "not-from-here")
        #expect(try await explain(end).verdict == "not-now")
        #expect(try await explain("2027-03-26T16:00:00Z", channel: "exec").verdict == "channel-not-permitted")
        let bad = await self.fixture.refusal { _ = try await explain(end, from: "nowhere") }
        #expect(bad?.code == .invalidInput)
    }

    @Test("the report of access names every way, and who is kept from it")
    func access() async throws {
        try await self.fixture.addEverything()
        let (service, actor) = (self.fixture.service, self.fixture.actor)
        _ = try await service.addGroup(AddGroupRequest(name: "ops", members: ["alice"]), by: actor)
        _ = try await service.addGrant(
            AddGrantRequest(
                name: "team", users: [], groups: ["ops"], targets: ["web1"], accounts: ["*"], allow: ["sftp"]),
            by: actor)
        _ = try await service.addGrant(self.request("d", GrantTerms(effect: "deny"), allow: ["sftp"]), by: actor)
        let rows = try await service.accessReport(by: actor)
        #expect(
            rows.map { "\($0.user) \($0.account)@\($0.target) \($0.grant) \($0.groups) \($0.deniedBy) \($0.open)" } == [
                "alice ops@web1 g [] [] true", "alice ops@web1 team [\"ops\"] [\"d\"] false",
            ])
        #expect(try await service.unusedGrantsReport(ReportQuery(), by: actor).map(\.grant) == ["g", "team"])
        let before = Timestamp("2020-01-01T00:00:00Z")
        #expect(try await service.unusedGrantsReport(ReportQuery(since: before), by: actor).isEmpty)
    }
}
