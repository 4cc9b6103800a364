import AccessPolicy
import Foundation
import GRDB
import Testing

@testable import SessionStore

@Suite("terms of grants, kept")
struct GrantTermsTests {
    private let path: String
    private let store: SessionStore

    init() throws {
        self.path = FileManager.default.temporaryDirectory.appending(path: "terms-\(UUID().uuidString).db").path
        self.store = try SessionStore(path: self.path)
        let key = StoredKey(type: "ssh-ed25519", blob: [1], comment: "c", fingerprint: "SHA256:1")
        try self.store.addUser("alice", keys: [StoredUserKey(key: key)], passwordHash: nil, by: "admin")
        try self.store.addTarget(
            "web1", host: "::1", port: 22, hostKeys: [key],
            labels: [try Label(parsing: "env=prod"), try Label(parsing: "team=web")], by: "admin")
        try self.store.setCredential(
            target: "web1", account: "root", kind: .password, sealed: [1, 2], publicKey: nil, by: "admin")
    }

    private func grant(_ name: String = "g", effect: Grant.Effect = .allow) throws -> Grant {
        Grant(
            name: name, effect: effect, users: ["alice"], targets: [],
            targetLabels: LabelSelector([try Label(parsing: "env=prod")]), accounts: [Grant.anyAccount],
            channels: [.shell],
            conditions: AccessConditions(
                windows: [try WeeklyWindow(parsing: "mon-fri 08:00-18:00 Europe/Berlin")], notBefore: 5, notAfter: 50,
                sources: [try IPNetwork(parsing: "10.0.0.0/8")]),
            limits: effect == .deny
                ? .none
                : AccessLimits(
                    sessionSeconds: 60, idleSeconds: 61, sessionsPerUser: 2, sessionsPerTarget: 3,
                    bytes: [try ByteLimit(parsing: "sftp upload 9")]))
    }

    @Test("labels and all terms of a grant are kept as they were")
    func kept() throws {
        try self.store.addGrant(try self.grant(), by: "admin")
        try self.store.addGrant(try self.grant("d", effect: .deny), by: "admin")
        #expect(try self.store.grants().map(\.grant) == [try self.grant("d", effect: .deny), try self.grant()])
        #expect(try self.store.accessRules().targets["web1"]?.labels == ["env": "prod", "team": "web"])
        #expect(try self.store.target("web1")?.labels == ["env=prod", "team=web"])
        try self.store.changeTarget(
            "web1", algorithms: nil, passwordPrompt: nil, labels: [try Label(parsing: "env=test")], by: "admin")
        #expect(try self.store.accessRules().targets["web1"]?.labels == ["env": "test"])
        try self.store.removeGrant("g", by: "admin")
        let left = try self.store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM grant_windows") }
        #expect(left == 1)
    }

    @Test(
        "terms that can't be read open nothing: a grant that allows permits no channel, one that denies always applies",
        arguments: [
            "UPDATE grant_windows SET window = 'mon-fri 08:00-18:00 Mars/Olympus'",
            "UPDATE grant_sources SET network = '10.0.0.0/99'", "UPDATE grant_labels SET label = 'env'",
            "UPDATE grant_byte_limits SET byte_limit = 'sftp sideways 9'", "UPDATE grants SET effect = 'maybe'",
        ])
    func unreadable(sql: String) throws {
        try self.store.addGrant(try self.grant(), by: "admin")
        try self.store.addGrant(try self.grant("d", effect: .deny), by: "admin")
        try self.store.write { try $0.execute(sql: sql) }
        for grant in try self.store.grants().map(\.grant) {
            switch grant.effect {
            case .allow: #expect(grant.channels.isEmpty || sql.contains("byte_limit") && grant.name == "d")
            case .deny where sql.contains("byte_limit"): break
            case .deny:
                #expect(grant.conditions == AccessConditions())
                #expect(grant.channels.isEmpty)
            }
        }
    }

    @Test("a grant that names no target, or ends before it begins, is refused; one that denies may name no channel")
    func refused() throws {
        func grant(_ labels: LabelSelector, _ conditions: AccessConditions, _ effect: Grant.Effect = .allow) -> Grant {
            Grant(
                name: "x", effect: effect, users: ["alice"], targets: [], targetLabels: labels, accounts: ["root"],
                channels: effect == .deny ? [] : [.shell], conditions: conditions)
        }
        let labels = LabelSelector([try Label(parsing: "a=b")])
        #expect(throws: StoreError.self) {
            try self.store.addGrant(grant(LabelSelector(), AccessConditions()), by: "x")
        }
        #expect(throws: StoreError.self) {
            try self.store.addGrant(grant(labels, AccessConditions(notBefore: 9, notAfter: 9)), by: "x")
        }
        try self.store.addGrant(grant(labels, AccessConditions(), .deny), by: "x")
    }

    @Test("activity is summed by user, account and target, and a grant was used when a session of its own began")
    func reports() throws {
        try self.store.addGrant(try self.grant(), by: "admin")
        let added = try #require(try self.store.grants().first).addedNanoseconds
        func session(_ grants: [String], _ started: Int64, ended: Int64?) throws {
            let id = RecordingID.random()
            try self.store.startSession(
                StoredSession(
                    id: id, user: "alice", account: "root", target: "web1", from: "f", grants: grants,
                    recordingPath: "\(id)", startedNanoseconds: started))
            guard let ended else { return }
            try self.store.endSession(
                id, StoredSession.Ending(how: .closed, bytes: 100, endedNanoseconds: ended), head: nil)
        }
        // Of an earlier grant of the name, and of one whose name is longer.
        try session(["g"], added - 1000, ended: added - 400)
        try session(["gg", "xg"], added + 5, ended: nil)
        #expect(try self.store.grantUses() == [:])
        try session(["f", "g"], added + 7, ended: added + 9)
        #expect(try self.store.grantUses() == ["g": added + 7])
        #expect(
            try self.store.activity(since: .min) == [
                SessionActivity(
                    user: "alice", account: "root", target: "web1", sessions: 3, running: 1,
                    firstNanoseconds: added - 1000, lastNanoseconds: added + 7, totalNanoseconds: 602, bytes: 200)
            ])
        #expect(try self.store.activity(since: added).first?.sessions == 2)
    }
}
