import AccessPolicy
import Foundation
import Platform
import Synchronization
import Testing

@testable import SessionStore

@Suite("requests, kept")
struct RequestStoreTests {
    private let store: SessionStore

    init() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "requests-\(UUID().uuidString).db").path
        self.store = try SessionStore(path: path)
        let key = StoredKey(type: "ssh-ed25519", blob: [1], comment: "c", fingerprint: "SHA256:1")
        for (index, name) in ["alice", "carol", "dan", "erin"].enumerated() {
            let own = StoredKey(type: "ssh-ed25519", blob: [UInt8(index)], comment: "c", fingerprint: "SHA256:\(name)")
            try self.store.addUser(name, keys: [StoredUserKey(key: own)], passwordHash: nil, by: "admin")
        }
        try self.store.addGroup("leads", comment: "", members: ["carol", "dan", "erin"], by: "admin")
        try self.store.addTarget("web1", host: "::1", port: 22, hostKeys: [key], by: "admin")
        try self.store.setCredential(
            target: "web1", account: "root", kind: .password, sealed: [1, 2], publicKey: nil, by: "admin")
        try self.addGrant()
    }

    private func addGrant() throws {
        try self.store.addGrant(
            Grant(
                name: "g", users: ["alice"], targets: ["web1"], accounts: ["root"], channels: [.shell],
                approval: ApprovalRule(approvals: 2, approvers: ["leads"])), by: "admin")
    }

    private func file() throws -> Int64 {
        try self.store.fileRequest(
            NewRequest(
                user: "alice", account: "root", target: "web1", grant: "g", seconds: 600, reason: "r", ticket: "",
                from: "f"), by: "alice"
        ).number
    }

    private func step(_ step: RequestStep, _ number: Int64, by name: String) throws {
        _ = try self.store.take(step, onRequest: number, by: .person(name, from: "f"))
    }

    private func permits() throws -> Bool {
        let request = AccessRequest(
            user: "alice", account: "root", target: "web1", origin: .anywhere, time: Clock.wallNanoseconds())
        guard case .allowed = AccessPolicy(rules: try self.store.accessRules()).decide(request).verdict else {
            return false
        }
        return true
    }

    @Test("what is approved permits, and no longer when its grant is gone, whoever has the name then")
    func approved() throws {
        let number = try self.file()
        try self.step(.approve(text: "one"), number, by: "carol")
        #expect(try !self.permits())
        try self.step(.approve(text: "two"), number, by: "dan")
        #expect(try self.permits())
        #expect(try self.store.request(number)?.approvals.map(\.text) == ["one", "two"])
        try self.store.removeGrant("g", by: "admin")
        try self.addGrant()
        #expect(try !self.permits())
        #expect(try self.store.settleRequests())
        #expect(try self.store.request(number)?.state == .revoked)
        #expect(try !self.store.settleRequests())
    }

    @Test("an approver who was removed counts no longer, whoever has the name then, and may not be in the way")
    func removedApprover() throws {
        let number = try self.file()
        try self.step(.approve(text: ""), number, by: "carol")
        try self.store.removeUser("carol", by: "admin")
        let key = StoredKey(type: "ssh-ed25519", blob: [9], comment: "c", fingerprint: "SHA256:9")
        try self.store.addUser("carol", keys: [StoredUserKey(key: key)], passwordHash: nil, by: "admin")
        try self.store.changeGroup(
            "leads", SessionStore.GroupChange(comment: nil, added: ["carol"], removed: []), by: "admin")
        try self.step(.approve(text: ""), number, by: "dan")
        #expect(try self.store.request(number)?.state == .waiting)
        try self.step(.approve(text: ""), number, by: "carol")
        #expect(try self.store.request(number)?.state == .approved)
    }

    @Test("the same request waits once, and its user may not have too many")
    func limits() throws {
        _ = try self.file()
        #expect(throws: StoreError.self) { try self.file() }
    }

    @Test("from many threads at once, each request gets one outcome and each step one row", arguments: 0..<12)
    func threads(round: Int) throws {
        let number = try self.file()
        let before = try self.store.newestAuditRow()
        let won = Mutex<[String]>([])
        let steps: [(String, RequestStep)] = [
            ("carol", .approve(text: "")), ("dan", .approve(text: "")), ("erin", .approve(text: "")),
            ("carol", .deny(text: "")), ("erin", .deny(text: "")), ("alice", .withdraw),
        ].shuffled()
        DispatchQueue.concurrentPerform(iterations: steps.count) { index in
            let (name, step) = steps[index]
            guard (try? self.store.take(step, onRequest: number, by: .person(name, from: "f"))) != nil else { return }
            won.withLock { $0.append(name) }
        }
        let state = try #require(try self.store.request(number)?.state)
        #expect([.approved, .denied, .withdrawn].contains(state))
        let rows = try self.store.newestAuditRow() - before
        #expect(rows == UInt64(steps.count), "each step is on record, whatever came of it")
        #expect(try self.permits() == (state == .approved))
        let approvals = try #require(try self.store.request(number)?.approvals.count)
        #expect(won.withLock { $0.count } == (state == .approved ? 2 : approvals + 1))
    }
}
