import AccessPolicy
import AuditLog
import Foundation
import Glibc
import Testing

@testable import SessionStore

@Suite("Session store")
struct SessionStoreTests {
    private let folder: TemporaryFolder
    private let store: SessionStore

    init() throws {
        self.folder = try TemporaryFolder()
        self.store = try SessionStore(path: self.folder.path + "/sallyport.db")
    }

    private func key(_ byte: UInt8) -> StoredKey {
        StoredKey(type: "ssh-ed25519", blob: [byte], comment: "c", fingerprint: "SHA256:\(byte)")
    }

    private func userKey(_ byte: UInt8, expires: Int64? = nil) -> StoredUserKey {
        StoredUserKey(key: self.key(byte), expiresNanoseconds: expires)
    }

    private func addEverything() throws {
        try self.store.addUser("alice", keys: [self.userKey(1)], passwordHash: nil, by: "admin")
        try self.store.addTarget("web1", host: "::1", port: 22, hostKeys: [self.key(9)], by: "admin")
        try self.store.setCredential(
            target: "web1", account: "root", kind: .password, sealed: [1, 2], publicKey: nil, by: "admin")
        try self.store.addGrant(
            Grant(name: "g", users: ["alice"], targets: ["web1"], accounts: ["root"], channels: [.shell, .exec]),
            by: "admin")
    }

    private func isAllowed() throws -> Bool {
        let decision = AccessPolicy(rules: try self.store.accessRules())
            .decide(AccessRequest(user: "alice", account: "root", target: "web1", origin: .anywhere, time: 0))
        if case .allowed = decision.verdict { return true }
        return false
    }

    @Test("a grant's keystroke policy is kept")
    func keystrokes() throws {
        try self.addEverything()
        for policy in KeystrokeRecording.allCases {
            try self.store.addGrant(
                Grant(
                    name: policy.rawValue, users: ["alice"], targets: ["web1"], accounts: ["root"], channels: [.shell],
                    keystrokes: policy), by: "admin")
        }
        let kept = try self.store.grants().map { "\($0.grant.name) \($0.grant.keystrokes.rawValue)" }
        #expect(kept == ["all all", "g mask-secrets", "mask-secrets mask-secrets", "none none"])
    }

    @Test("a grant's places for forwards are kept, and need their kind of channel")
    func forwards() throws {
        try self.addEverything()
        let rules = [
            try ForwardRule(parsing: "DB1:5432", direction: .local, allowsNestedSSH: true),
            try ForwardRule(parsing: "localhost:*", direction: .remote, allowsNestedSSH: true),
        ]
        func grant(_ channels: Set<ChannelKind>) -> Grant {
            Grant(
                name: "f", users: ["alice"], targets: ["web1"], accounts: ["root"], channels: channels,
                forwards: rules)
        }
        #expect(throws: StoreError.self) { try self.store.addGrant(grant([.localForward]), by: "admin") }
        try self.store.addGrant(grant([.localForward, .remoteForward]), by: "admin")
        let kept = try #require(try self.store.grants().first { $0.grant.name == "f" }).grant
        #expect(Set(kept.forwards) == Set(rules))
        #expect(kept.forwards.map(\.text).sorted() == ["db1:5432", "localhost:*"])
    }

    @Test("the database and its side files are for the owner alone")
    func fileModes() throws {
        try self.addEverything()
        for name in try FileManager.default.contentsOfDirectory(atPath: self.folder.path) {
            let path = self.folder.path + "/" + name
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(name)")
        }
    }

    @Test("grants reach users through groups, and only while they are members")
    func groups() throws {
        try self.addEverything()
        try self.store.removeGrant("g", by: "admin")
        try self.store.addGroup("ops", comment: "operators", members: ["alice"], by: "admin")
        try self.store.addGrant(
            Grant(
                name: "by-group", users: [], groups: ["ops"], targets: ["web1"], accounts: ["root"],
                channels: [.shell]), by: "admin")
        #expect(try self.isAllowed())
        #expect(try self.store.user("alice")?.groups == ["ops"])
        #expect(try self.store.group("ops")?.members == ["alice"])
        try self.store.changeGroup("ops", .init(removed: ["alice"]), by: "admin")
        #expect(try !self.isAllowed())
        try self.store.changeGroup("ops", .init(comment: "c", added: ["alice"]), by: "admin")
        #expect(try self.isAllowed())
        try self.store.setUser("alice", enabled: false, by: "admin")
        #expect(try !self.isAllowed())
        try self.store.setUser("alice", enabled: true, by: "admin")
        // Who is added again under an old name inherits nothing.
        try self.store.removeGroup("ops", by: "admin")
        try self.store.addGroup("ops", comment: "", members: ["alice"], by: "admin")
        #expect(try !self.isAllowed())
        #expect(throws: StoreError.self) { try self.store.addGroup("ops", comment: "", members: [], by: "x") }
        #expect(throws: StoreError.self) { try self.store.addGroup("dba", comment: "", members: ["nobody"], by: "x") }
        #expect(try self.store.group("dba") == nil)
    }

    @Test("keys keep their expiry, and are removed by fingerprint")
    func userKeys() throws {
        try self.store.addUser("alice", keys: [self.userKey(1)], passwordHash: nil, by: "admin")
        try self.store.addKeys([self.userKey(2, expires: 50)], toUser: "alice", by: "admin")
        #expect(try self.store.user("alice")?.keys == [self.userKey(1), self.userKey(2, expires: 50)])
        #expect(!self.userKey(2, expires: 50).isExpired(at: 49))
        #expect(self.userKey(2, expires: 50).isExpired(at: 50))
        try self.store.removeKey("SHA256:1", ofUser: "alice", by: "admin")
        #expect(try self.store.user("alice")?.keys == [self.userKey(2, expires: 50)])
        #expect(throws: StoreError.self) { try self.store.removeKey("SHA256:1", ofUser: "alice", by: "admin") }
    }

    @Test("what was stored is there after opening the file again")
    func persistence() throws {
        try self.addEverything()
        let again = try SessionStore(path: self.folder.path + "/sallyport.db")
        let user = try #require(try again.user("alice"))
        #expect(user.keys == [self.userKey(1)])
        #expect(user.isEnabled)
        let target = try #require(try again.target("web1"))
        #expect(target.host == "::1")
        #expect(target.port == 22)
        #expect(target.hostKeys == [self.key(9)])
        #expect(target.accounts == ["root"])
        #expect(try again.credential(target: "web1", account: "root")?.sealed == [1, 2])
        #expect(try again.grants().map(\.grant.channels) == [[.shell, .exec]])
        #expect(try again.checkedAuditRows() == 4)
    }

    @Test("the rules that the policy decides by follow each change at once")
    func rulesFollowChanges() throws {
        #expect(try !self.isAllowed())
        try self.addEverything()
        #expect(try self.isAllowed())
        try self.store.removeCredential(target: "web1", account: "root", by: "admin")
        #expect(try !self.isAllowed())
        try self.store.setCredential(
            target: "web1", account: "root", kind: .password, sealed: [1], publicKey: nil, by: "admin")
        #expect(try self.isAllowed())
        try self.store.removeGrant("g", by: "admin")
        #expect(try !self.isAllowed())
    }

    @Test("someone added again under an old name inherits no grant")
    func noInheritance() throws {
        try self.addEverything()
        try self.store.removeUser("alice", by: "admin")
        try self.store.addUser("alice", keys: [], passwordHash: nil, by: "admin")
        #expect(try !self.isAllowed())
        #expect(try self.store.grants().first?.grant.users == [])

        try self.store.removeTarget("web1", by: "admin")
        #expect(try self.store.credentials().isEmpty)
    }

    @Test("every change of configuration leaves one audit row in the administrator's name")
    func changesAreAudited() throws {
        try self.addEverything()
        try self.store.setPasswordHash("$argon2id$x", ofUser: "alice", by: "admin")
        try self.store.addKeys([self.userKey(2)], toUser: "alice", by: "admin")
        try self.store.pinHostKeys([self.key(8)], ofTarget: "web1", by: "admin")
        try self.store.removeGrant("g", by: "admin")
        try self.store.removeCredential(target: "web1", account: "root", by: "admin")
        try self.store.removeTarget("web1", by: "admin")
        try self.store.removeUser("alice", by: "admin")
        let rows = try self.store.auditRecords(limit: 100)
        let expected: [AuditCode] = [
            .userAdded, .targetAdded, .credentialSet, .grantAdded, .userChanged, .userChanged, .targetChanged,
            .grantRemoved, .credentialRemoved, .targetRemoved, .userRemoved,
        ]
        #expect(rows.map(\.code) == expected.map(\.rawValue))
        #expect(rows.allSatisfy { $0.actor == "admin" })
        #expect(!rows.contains { $0.text.contains("argon2id") })
    }

    @Test("a change that fails leaves neither change nor audit row")
    func failedChanges() throws {
        try self.addEverything()
        let before = try self.store.auditRecords(limit: 100)
        let store = self.store
        let failures: [(StoreError.Code, () throws -> Void)] = [
            (.conflict, { try store.addUser("alice", keys: [], passwordHash: nil, by: "x") }),
            (
                .conflict,
                { try store.addUser("bob", keys: [self.userKey(1), self.userKey(1)], passwordHash: nil, by: "x") }
            ),
            (.invalid, { try store.addUser("a b", keys: [], passwordHash: nil, by: "x") }),
            (.notFound, { try store.removeUser("bob", by: "x") }),
            (.notFound, { try store.setPasswordHash(nil, ofUser: "bob", by: "x") }),
            (.conflict, { try store.addKeys([self.userKey(1)], toUser: "alice", by: "x") }),
            (.conflict, { try store.addTarget("web1", host: "h", port: 1, hostKeys: [self.key(1)], by: "x") }),
            (.invalid, { try store.addTarget("web2", host: "h", port: 1, hostKeys: [], by: "x") }),
            (.invalid, { try store.pinHostKeys([], ofTarget: "web1", by: "x") }),
            (.notFound, { try store.removeTarget("web2", by: "x") }),
            (.notFound, { try store.removeCredential(target: "web1", account: "ops", by: "x") }),
            (
                .notFound,
                {
                    try store.setCredential(
                        target: "web2", account: "a", kind: .password, sealed: [], publicKey: nil, by: "x")
                }
            ),
            (
                .notFound,
                {
                    try store.addGrant(
                        Grant(name: "h", users: ["bob"], targets: ["web1"], accounts: ["a"], channels: [.shell]),
                        by: "x")
                }
            ),
            (
                .invalid,
                {
                    try store.addGrant(
                        Grant(name: "h", users: ["alice"], targets: ["web1"], accounts: ["a"], channels: []), by: "x")
                }
            ),
            (.notFound, { try store.removeGrant("h", by: "x") }),
        ]
        for (index, (code, attempt)) in failures.enumerated() {
            let error = #expect(throws: StoreError.self, "\(index)") { try attempt() }
            #expect(error?.code == code, "\(index)")
            #expect(error?.message.contains("\n") == false)
        }
        #expect(try self.store.auditRecords(limit: 100) == before)
        #expect(try self.store.users().map(\.name) == ["alice"])
        #expect(try self.store.target("web1")?.hostKeys == [self.key(9)])
        #expect(try self.store.grants().count == 1)
    }

    @Test("a session is entered, found unfinished, ended once, and both ends are audited")
    func sessions() throws {
        let id = RecordingID.random()
        let session = StoredSession(
            id: id, user: "alice", account: "root", target: "web1", from: "1.2.3.4:5", grants: ["a", "b"],
            recordingPath: "2026/01/02/\(id).spr", startedNanoseconds: 1_000_000_000)
        try self.store.startSession(session)
        #expect(try self.store.unfinishedSessions() == [session])
        #expect(try self.store.session(id) == session)

        let ending = StoredSession.Ending(how: .killed, bytes: 77, endedNanoseconds: 3_500_000_000)
        try self.store.endSession(id, ending, head: "ab")
        #expect(try self.store.unfinishedSessions().isEmpty)
        #expect(try self.store.session(id)?.ending == ending)
        #expect(try self.store.sessionCount() == 1)
        let error = #expect(throws: StoreError.self) { try self.store.endSession(id, ending, head: nil) }
        #expect(error?.code == .conflict)
        let rows = try self.store.auditRecords(limit: 10)
        #expect(rows.map(\.code) == [AuditCode.sessionStarted.rawValue, AuditCode.sessionEnded.rawValue])
        #expect(rows[1].fields.contains(AuditField(name: "milliseconds", value: "2500")))
        #expect(rows[1].fields.contains(AuditField(name: "head", value: "ab")))
        #expect(throws: StoreError.self) { try self.store.endSession(.random(), ending, head: nil) }
    }

    @Test("a session that a crash left open is found and entered as interrupted")
    func recovery() throws {
        let id = RecordingID.random()
        try self.store.startSession(
            StoredSession(
                id: id, user: "alice", account: "root", target: "web1", from: "f", grants: [],
                recordingPath: "2026/01/02/\(id).spr", startedNanoseconds: 1))
        let again = try SessionStore(path: self.folder.path + "/sallyport.db")
        #expect(try again.unfinishedSessions().map(\.id) == [id])
        try again.recoverSession(id, bytes: 10, tornBytes: 3, head: nil, endedNanoseconds: 5)
        #expect(try again.session(id)?.ending?.how == .interrupted)
        #expect(try again.auditRecords(limit: 1).first?.code == AuditCode.sessionRecovered.rawValue)
    }

    @Test("audit rows are listed newest last, by number and by code")
    func auditListing() throws {
        for index in 0..<5 {
            try self.store.audit(
                index % 2 == 0 ? .gatewayStopped(reason: "\(index)") : .userRemoved(user: "u"), actor: "a")
        }
        #expect(try self.store.auditRecords(limit: 2).map(\.sequence) == [4, 5])
        #expect(
            try self.store.auditRecords(limit: 2, code: AuditCode.gatewayStopped.rawValue).map(\.sequence) == [3, 5])
        #expect(try self.store.auditRecords(limit: 0).isEmpty)
        #expect(try self.store.checkedAuditRows() == 5)
    }

    @Test("many threads write and read at once, and the chain holds")
    func concurrency() async throws {
        let store = self.store
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for index in 0..<20 {
                        try store.audit(.userRemoved(user: "\(worker)-\(index)"), actor: "a")
                        if index % 5 == 0 {
                            try store.addUser("u\(worker)-\(index)", keys: [], passwordHash: nil, by: "a")
                        }
                        _ = try store.accessRules()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try store.checkedAuditRows() == 8 * 20 + 8 * 4)
        #expect(try store.accessRules().users.count == 8 * 4)
    }

    @Test("a database that can't be opened says where and why")
    func unusable() throws {
        let path = self.folder.path + "/none/sallyport.db"
        #expect(throws: StoreError(.database, "database \(path): No such file or directory")) {
            try SessionStore(path: path)
        }
        let garbage = self.folder.path + "/garbage.db"
        try Data(repeating: 0x41, count: 4096).write(to: URL(filePath: garbage))
        let error = #expect(throws: StoreError.self) { try SessionStore(path: garbage) }
        #expect(error?.message == "database \(garbage): file is not a database")
    }
}

/// A folder that goes away with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        self.path = FileManager.default.temporaryDirectory.appending(path: "sallyport-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: self.path) }
}
