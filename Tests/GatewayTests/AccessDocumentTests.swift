import AccessPolicy
import AdminAPI
import Foundation
import SessionStore
import Testing
import Vault

@testable import Gateway

@Suite("document of access")
struct AccessDocumentTests {
    private let fixture: AdministrationFixture

    init() throws { self.fixture = try AdministrationFixture() }

    private func apply(
        _ document: AccessDocument, prune: Bool = false, dryRun: Bool = false, plan: [String]? = nil
    ) async throws -> ApplyResult {
        try await self.fixture.service.apply(
            ApplyRequest(document: document, prune: prune, dryRun: dryRun, plan: plan), by: self.fixture.actor)
    }

    private func exported() async throws -> AccessDocument {
        try await self.fixture.service.exportDocument(by: self.fixture.actor)
    }

    private func grant(_ terms: GrantTerms? = nil, allow: [String] = ["shell"]) -> AccessDocument.GrantEntry {
        AccessDocument.GrantEntry(
            GrantInfo(
                name: "", users: ["alice"], groups: ["ops"], targets: ["web1"], accounts: ["*"], allow: allow,
                terms: terms, added: Timestamp(nanosecondsSince1970: 0)))
    }

    private var document: AccessDocument {
        AccessDocument(
            users: [
                "alice": .init(keys: [.init(key: AdministrationFixture.ed25519Line)]),
                "bob": .init(enabled: false, require: ["publickey+totp"]),
            ],
            groups: ["ops": .init(comment: "operations", members: ["alice", "bob"])],
            targets: [
                "web1": .init(
                    address: "10.0.0.5:22", hostKeys: [AdministrationFixture.ed25519Line],
                    labels: ["env": "prod", "team": "web"], accounts: ["root"])
            ],
            grants: [
                "day": self.grant(
                    GrantTerms(windows: ["sat 08:00-10:00 UTC", "mon-fri 08:00-18:00 Europe/Berlin"], idleSeconds: 60))
            ])
    }

    @Test("a document makes everything, once, and what is exported changes nothing")
    func idempotent() async throws {
        let planned = try await self.apply(self.document, dryRun: true)
        #expect(
            planned.plan == ["add user alice", "add user bob", "add group ops", "add target web1", "add grant day"])
        #expect(planned.warnings == ["account root of target web1 has no credential: see sallyport credential set"])
        #expect(try self.fixture.store.users().isEmpty)
        #expect(try await self.apply(self.document, plan: planned.plan).plan == planned.plan)
        #expect(try await self.apply(self.document, prune: true).plan == [])
        let exported = try await self.exported()
        #expect(exported.users?["bob"]?.enabled == false)
        #expect(try await self.apply(exported, prune: true).plan == [])
        #expect(try await self.exported() == exported)
        #expect(try self.fixture.store.accessRules().targets["web1"]?.labels == ["env": "prod", "team": "web"])
    }

    @Test("one entry that can't be had undoes all of it, and the message says which")
    func atomic() async throws {
        _ = try await self.apply(self.document)
        let before = try await self.exported()
        var document = self.document
        document.users?["carol"] = .init()
        document.targets?["web1"]?.labels = ["env": "test"]
        document.grants?["night"] = self.grant(GrantTerms(windows: ["always"]))
        let refusal = await self.fixture.refusal { _ = try await self.apply(document) }
        #expect(refusal?.message.hasPrefix("grants.night: a window is") == true)
        #expect(try await self.exported() == before)
        // Nor is anything of it in anybody's memory, and what comes next is kept.
        #expect(try self.fixture.store.accessRules().targets["web1"]?.labels["env"] == "prod")
        document.grants?["night"] = nil
        #expect(try await self.apply(document).plan == ["add user carol", "change target web1: labels env=test"])
        #expect(try self.fixture.store.accessRules().targets["web1"]?.labels == ["env": "test"])
    }

    @Test("what is not spoken of stays, prune removes what the lists don't name, and a plan that is stale is refused")
    func prune() async throws {
        _ = try await self.apply(self.document)
        #expect(try await self.apply(AccessDocument(grants: [:])).plan == [])
        let stale = await self.fixture.refusal {
            _ = try await self.apply(AccessDocument(grants: [:]), prune: true, plan: ["remove grant other"])
        }
        #expect(stale?.code == .conflict)
        #expect(try await self.apply(AccessDocument(grants: [:]), prune: true).plan == ["remove grant day"])
        let changed = AccessDocument(
            users: ["alice": .init(keys: [])], groups: ["ops": .init(members: ["alice"])],
            grants: ["new": self.grant(GrantTerms(effect: "deny"), allow: [])])
        #expect(
            try await self.apply(changed, prune: true).plan.map {
                $0.split(separator: " ").prefix(3).joined(separator: " ")
            }
                == ["change user alice:", "change group ops:", "add grant new", "remove user bob"])
        #expect(try await self.apply(changed, prune: true).plan == [])
        #expect(self.fixture.live.state.withLock { $0.reviews }.count == 3)
    }

    @Test("service accounts and users of a directory are no document's: not exported, not pruned, not changed")
    func othersUsers() async throws {
        _ = try await self.apply(self.document)
        let store = self.fixture.store
        let key = StoredUserKey(key: StoredKey(try OpenSSHPublicKey(line: AdministrationFixture.ed25519Line)))
        try store.addUser(
            "deploy", keys: [key], passwordHash: nil, service: try ServiceAccount(sources: ["10.0.0.0/8"]), by: "root")
        try store.addUser("dana", keys: [], passwordHash: nil, source: .ldap, by: "root")
        #expect(try await self.exported().users?.keys.sorted() == ["alice", "bob"])
        #expect(try await self.apply(self.document, prune: true).plan == [])
        #expect(try store.users().map(\.name).sorted() == ["alice", "bob", "dana", "deploy"])
        for name in ["deploy", "dana"] {
            var document = self.document
            document.users?[name] = .init(keys: [])
            let refusal = await self.fixture.refusal { _ = try await self.apply(document) }
            #expect(refusal?.message.hasPrefix("users.\(name): a service account, or a user") == true)
        }
        #expect(try store.user("deploy")?.keys.count == 1)
    }

    private static let seeds = (0..<10).map { _ in UInt64.random(in: 0...UInt64.max) }

    @Test("any grants that are exported are applied again without a change", arguments: seeds)
    func roundTrip(seed: UInt64) async throws {
        _ = try await self.apply(self.document)
        var state = seed
        func number(_ limit: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % limit)
        }
        func some<Value>(_ value: Value) -> Value? { number(2) == 0 ? value : nil }
        for index in 0..<8 {
            let isDenying = number(4) == 0
            let terms = GrantTerms(
                effect: isDenying ? "deny" : nil, targetLabels: some(["team=web", "env=prod", "env=test"]),
                windows: some(["sun 22:00-06:00 America/New_York", "daily 00:00-24:00 UTC"]),
                notBefore: some(Timestamp(nanosecondsSince1970: Int64(number(1000)) * 1_000_000_000)),
                from: some(["2001:db8::/32", "10.0.0.0/8"]), sessionSeconds: isDenying ? nil : some(10 + number(100)),
                sessionsPerUser: isDenying ? nil : some(1 + number(9)),
                byteLimits: isDenying ? nil : some(["sftp upload 7", "exec download 9"]))
            _ = try await self.fixture.service.addGrant(
                AddGrantRequest(
                    name: "g\(index)", users: ["bob", "alice"], groups: some(["ops"]), targets: ["web1"],
                    accounts: [number(2) == 0 ? "*" : "root"], allow: ["shell", "local-forward"],
                    forwards: isDenying ? nil : some(["db1:5432", "*:80"]),
                    keystrokes: isDenying ? nil : some("none"), terms: terms), by: self.fixture.actor)
        }
        let exported = try await self.exported()
        #expect(try await self.apply(exported, prune: true).plan == [], "seed \(seed)")
    }
}
