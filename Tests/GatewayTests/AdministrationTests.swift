import AdminAPI
import AuditLog
import Foundation
import SessionStore
import Testing
import Vault

@testable import Gateway

@Suite("Administration")
struct AdministrationTests {
    private let fixture: AdministrationFixture
    private var service: GatewayAdministration { self.fixture.service }
    private var actor: AdminActor { self.fixture.actor }

    init() throws { self.fixture = try AdministrationFixture() }

    @Test("users are added with keys or a password, listed, given keys, and removed")
    func users() async throws {
        let added = try await self.service.addUser(
            AddUserRequest(name: "alice", keys: [AdministrationFixture.ed25519Line + " laptop"]), by: self.actor)
        #expect(added.keys.map(\.line) == [AdministrationFixture.ed25519Line + " laptop"])
        #expect(!added.hasPassword)
        _ = try await self.service.addUser(
            AddUserRequest(name: "bob", keys: [], password: SecretField(Array("secret".utf8))), by: self.actor)
        #expect(try await self.service.listUsers(by: self.actor).map(\.name) == ["alice", "bob"])
        #expect(try await self.service.showUser("bob", by: self.actor).hasPassword)

        try await self.service.setPassword(
            SetPasswordRequest(password: SecretField(Array("x y".utf8))), ofUser: "alice", by: self.actor)
        let hash = try #require(try self.fixture.store.user("alice")?.passwordHash)
        #expect(hash.hasPrefix("$argon2id$"))
        _ = try await self.service.removeUser("bob", reason: nil, by: self.actor)
        #expect(try await self.service.listUsers(by: self.actor).map(\.name) == ["alice"])
    }

    @Test("bad users are refused with what to do")
    func badUsers() async throws {
        let service = self.service
        let actor = self.actor
        let nothing = await self.fixture.refusal {
            _ = try await service.addUser(AddUserRequest(name: "eve", keys: []), by: actor)
        }
        #expect(nothing?.code == .invalidInput)
        #expect(nothing?.hint?.contains("--key") == true)
        let garbage = await self.fixture.refusal {
            _ = try await service.addUser(AddUserRequest(name: "eve", keys: ["garbage"]), by: actor)
        }
        #expect(garbage?.message == "not an OpenSSH public key line")
        #expect(garbage?.hint != nil)
        let name = await self.fixture.refusal {
            _ = try await service.addUser(
                AddUserRequest(name: "e v e", keys: [AdministrationFixture.ed25519Line]), by: actor)
        }
        #expect(name?.code == .invalidInput)
        let missing = await self.fixture.refusal {
            _ = try await service.removeUser("eve", reason: nil, by: actor)
        }
        #expect(missing?.code == .notFound)
        let hostile = await self.fixture.refusal {
            _ = try await service.removeUser("a\n\u{1B}[2Jb", reason: nil, by: actor)
        }
        #expect(hostile?.message == "there is no user a\\u{a}\\u{1b}[2Jb")
        let empty = await self.fixture.refusal {
            _ = try await service.addUser(
                AddUserRequest(name: "eve", keys: [], password: SecretField([])), by: actor)
        }
        #expect(empty?.code == .invalidInput)
        #expect(try self.fixture.store.users().isEmpty)
    }

    @Test("targets are added with given host keys, shown and pinned again")
    func targets() async throws {
        let added = try await self.service.addTarget(
            AddTargetRequest(
                name: "web1", address: "[::1]:2222",
                hostKeys: .lines(["[::1]:2222 " + AdministrationFixture.ed25519Line])), by: self.actor)
        #expect(added.address == "[::1]:2222")
        #expect(added.hostKeys.map(\.type) == ["ssh-ed25519"])
        let plain = try await self.service.addTarget(
            AddTargetRequest(
                name: "web2", address: "web2.example.org", hostKeys: .lines([AdministrationFixture.ed25519Line])),
            by: self.actor)
        #expect(plain.address == "web2.example.org:22")
        #expect(try await self.service.listTargets(by: self.actor).map(\.name) == ["web1", "web2"])
    }

    @Test("scanned host keys are pinned and the scan is audited; without any, nothing is added")
    func scan() async throws {
        let service = self.service
        let actor = self.actor
        let request = AddTargetRequest(name: "web1", address: "127.0.0.1:22", hostKeys: .scan)
        self.fixture.live.state.withLock {
            $0.hostKeys = .success([AdministrationFixture.ed25519Line, "ssh-dss AAAA"])
        }
        let scanned = try await service.scanHostKeys(ScanHostKeysRequest(address: "127.0.0.1:22"), by: actor)
        #expect(scanned.map(\.line) == [AdministrationFixture.ed25519Line])
        #expect(try self.fixture.store.targets().isEmpty)
        #expect(try await service.addTarget(request, by: actor).hostKeys == scanned)
        let codes = try self.fixture.store.auditRecords(limit: 10).map(\.code)
        let expected: [AuditCode] = [.targetScanned, .targetScanned, .targetAdded]
        #expect(codes == expected.map(\.rawValue))

        let again = await self.fixture.refusal { _ = try await service.addTarget(request, by: actor) }
        #expect(again?.code == .conflict)
        self.fixture.live.state.withLock { $0.hostKeys = .success([]) }
        let none = await self.fixture.refusal {
            _ = try await service.pinHostKeys(PinHostKeysRequest(hostKeys: .scan), ofTarget: "web1", by: actor)
        }
        #expect(none?.code == .failed)
        self.fixture.live.state.withLock { $0.hostKeys = .failure(HostKeyScanFailure(reason: "connection refused")) }
        let refused = await self.fixture.refusal {
            _ = try await service.scanHostKeys(ScanHostKeysRequest(address: "127.0.0.1:22"), by: actor)
        }
        #expect(refused?.message == "127.0.0.1:22 can't be reached: connection refused")
        #expect(try self.fixture.store.target("web1")?.hostKeys.count == 1)
    }

    @Test("bad addresses and keys are refused", arguments: ["", "web1:0", "web1:x", "::1", "a b"])
    func badAddresses(address: String) async {
        let service = self.service
        let actor = self.actor
        let refusal = await self.fixture.refusal {
            _ = try await service.addTarget(
                AddTargetRequest(name: "t", address: address, hostKeys: .lines([AdministrationFixture.ed25519Line])),
                by: actor)
        }
        #expect(refusal?.code == .invalidInput)
    }

    @Test("a credential is sealed for its own target and account, and never shown")
    func credentials() async throws {
        try await self.fixture.addEverything()
        let stored = try #require(try self.fixture.store.credential(target: "web1", account: "ops"))
        let opened = try self.fixture.vault.openPassword(
            stored.sealed, for: .password(target: "web1", account: "ops"))
        #expect(opened.withUnsafeBytes { Array($0) } == Array("hunter2".utf8))
        let listed = try await self.service.listCredentials(by: self.actor)
        #expect(listed.map { "\($0.target)/\($0.account) \($0.kind.rawValue)" } == ["web1/ops password"])
        let json = String(decoding: try AdminJSON.encode(listed), as: UTF8.self)
        #expect(!json.contains("hunter2"))
        #expect(!json.contains(Data("hunter2".utf8).base64EncodedString()))

        try await self.service.removeCredential(target: "web1", account: "ops", by: self.actor)
        #expect(try await self.service.showTarget("web1", by: self.actor).accounts == [])
    }

    @Test("a private key is read, sealed, and shown by its public half")
    func privateKey() async throws {
        try await self.fixture.addEverything()
        let path = self.fixture.folder + "/login-key"
        try #require(system("ssh-keygen -q -t ed25519 -N '' -f '\(path)'") == 0)
        let publicKey = try OpenSSHPublicKey(line: try String(contentsOfFile: path + ".pub", encoding: .utf8))
        let info = try await self.service.setCredential(
            SetCredentialRequest(
                target: "web1", account: "ops", kind: .privateKey,
                secret: SecretField(Array(try Data(contentsOf: URL(fileURLWithPath: path))))), by: self.actor)
        #expect(info.publicKey?.fingerprint == publicKey.fingerprint)
        let stored = try #require(try self.fixture.store.credential(target: "web1", account: "ops"))
        let identity = try self.fixture.vault.agentIdentity(
            stored.sealed, for: .privateKey(target: "web1", account: "ops"))
        #expect(identity.publicKey.blob == publicKey.blob)
    }

    @Test("bad credentials are refused without repeating the secret")
    func badCredentials() async throws {
        try await self.fixture.addEverything()
        let service = self.service
        let actor = self.actor
        let secret = SecretField(Array("not a key, but a secret".utf8))
        let badKey = await self.fixture.refusal {
            _ = try await service.setCredential(
                SetCredentialRequest(target: "web1", account: "ops", kind: .privateKey, secret: secret), by: actor)
        }
        #expect(badKey?.code == .invalidInput)
        #expect(badKey?.message.contains("secret") == false)
        let noTarget = await self.fixture.refusal {
            _ = try await service.setCredential(
                SetCredentialRequest(target: "web9", account: "ops", kind: .password, secret: secret), by: actor)
        }
        #expect(noTarget?.code == .notFound)
        let empty = await self.fixture.refusal {
            _ = try await service.setCredential(
                SetCredentialRequest(target: "web1", account: "ops", kind: .password, secret: SecretField([])),
                by: actor)
        }
        #expect(empty?.code == .invalidInput)
    }

    @Test("grants are explained by the rules that were looked at")
    func explain() async throws {
        try await self.fixture.addEverything()
        let allowed = try await self.service.explain(
            ExplainRequest(user: "alice", account: "ops", target: "web1"), by: self.actor)
        #expect(allowed.allowed)
        #expect(allowed.reason == "allowed by g")
        #expect(allowed.allow == ["shell", "exec"])
        #expect(allowed.trace.last == Explanation.Step(rule: "grant g", matched: true, reason: "applies"))
        let denied = try await self.service.explain(
            ExplainRequest(user: "alice", account: "root", target: "web1"), by: self.actor)
        #expect(!denied.allowed)
        #expect(denied.allow.isEmpty)
        #expect(denied.trace.last == Explanation.Step(rule: "account root", matched: false, reason: "does not exist"))
    }

    @Test("bad grants are refused")
    func badGrants() async throws {
        try await self.fixture.addEverything()
        let service = self.service
        let actor = self.actor
        for (request, code) in [
            (
                AddGrantRequest(name: "h", users: ["bob"], targets: ["web1"], accounts: ["ops"], allow: ["shell"]),
                AdminError.Code.notFound
            ),
            (
                AddGrantRequest(name: "h", users: ["alice"], targets: ["web9"], accounts: ["ops"], allow: ["shell"]),
                .notFound
            ),
            (
                AddGrantRequest(name: "h", users: ["alice"], targets: ["web1"], accounts: ["ops"], allow: ["teleport"]),
                .invalidInput
            ),
            (
                AddGrantRequest(name: "h", users: ["alice"], targets: ["web1"], accounts: ["ops"], allow: []),
                .invalidInput
            ),
            (
                AddGrantRequest(name: "h", users: [], targets: ["web1"], accounts: ["ops"], allow: ["shell"]),
                .invalidInput
            ),
            (
                AddGrantRequest(name: "g", users: ["alice"], targets: ["web1"], accounts: ["ops"], allow: ["shell"]),
                .conflict
            ),
            (
                AddGrantRequest(
                    name: "h", users: ["alice"], targets: ["web1"], accounts: ["ops"], allow: ["local-forward"],
                    forwards: ["db1"]), .invalidInput
            ),
            (
                AddGrantRequest(
                    name: "h", users: ["alice"], targets: ["web1"], accounts: ["ops"], allow: ["shell"],
                    forwards: ["db1:22"]), .invalidInput
            ),
            (
                AddGrantRequest(
                    name: "h", users: ["alice"], targets: ["web1"], accounts: ["ops"], allow: ["shell"],
                    nestedSSH: true), .invalidInput
            ),
        ] {
            let refusal = await self.fixture.refusal { _ = try await service.addGrant(request, by: actor) }
            #expect(refusal?.code == code, "\(request)")
        }
        #expect(try await service.listGrants(by: actor).map(\.name) == ["g"])
        let itself = try await service.addGrant(
            AddGrantRequest(
                name: "h", users: ["alice"], targets: ["web1"], accounts: ["ops"],
                allow: ["local-forward", "remote-forward"], listens: ["*:8080"]), by: actor)
        #expect(itself.forwards == ["127.0.0.1:*", "[::1]:*", "localhost:*"])
        #expect(itself.listens == ["*:8080"])
        let explained = try await service.explain(
            ExplainRequest(user: "alice", account: "ops", target: "web1"), by: actor)
        #expect(explained.forwards.contains("remote *:8080"))
        _ = try await service.removeGrant("h", reason: nil, by: actor)
        _ = try await service.removeGrant("g", reason: nil, by: actor)
        #expect(try await service.listGrants(by: actor).isEmpty)
    }

    @Test("a kill passes on who and why on one line, and reports what was proved")
    func kill() async throws {
        let service = self.service
        let actor = self.actor
        self.fixture.live.state.withLock { $0.kill = KillOutcome(microseconds: 1500, isVerified: true) }
        let result = try await service.killSession(
            "x", KillSessionRequest(reason: "line\u{1B}[2J"), by: actor)
        #expect(result == KillResult(id: "x", closedMilliseconds: 1.5, verified: true))
        #expect(self.fixture.live.state.withLock { $0.kills } == ["x admin line\\u{1b}[2J"])

        self.fixture.live.state.withLock { $0.kill = KillOutcome(microseconds: 1500, isVerified: false) }
        let unproved = await self.fixture.refusal {
            _ = try await service.killSession("x", KillSessionRequest(reason: "r"), by: actor)
        }
        #expect(unproved?.code == .failed)
        self.fixture.live.state.withLock { $0.kill = nil }
        let gone = await self.fixture.refusal {
            _ = try await service.killSession("x", KillSessionRequest(reason: "r"), by: actor)
        }
        #expect(gone?.code == .notFound)
        let reasonless = await self.fixture.refusal {
            _ = try await service.killSession("x", KillSessionRequest(reason: ""), by: actor)
        }
        #expect(reasonless?.code == .invalidInput)
    }

    @Test("live sessions are listed oldest first")
    func sessions() async throws {
        func session(_ id: String, _ started: Int64) -> LiveSession {
            LiveSession(
                id: id, user: "alice", account: "ops", target: "web1", from: "1.2.3.4:5", startedNanoseconds: started,
                pid: 7, grants: ["g"])
        }
        self.fixture.live.state.withLock { $0.sessions = [session("b", 2), session("a", 1)] }
        #expect(try await self.service.listSessions(by: self.actor).map(\.id) == ["a", "b"])
        #expect(try await self.service.showSession("b", by: self.actor).grant == "g")
        let service = self.service
        let actor = self.actor
        let gone = await self.fixture.refusal { _ = try await service.showSession("c", by: actor) }
        #expect(gone?.code == .notFound)
    }

    @Test("status counts, and names the address and the keys")
    func status() async throws {
        try await self.fixture.addEverything()
        let status = try await self.service.status(by: self.actor)
        #expect(status.listen == "127.0.0.1:2222")
        let counts: [Int] = [status.users, status.targets, status.sessions, status.recordings]
        #expect(counts == [1, 1, 0, 0] as [Int])
        #expect(status.hostKeys.map(\.type) == ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
        #expect(status.recordingSigningKey.line == self.fixture.keys.recordingSigner.publicKey.line)
    }

    @Test("audit rows are listed with their fields; denied requests are among them")
    func audit() async throws {
        await self.service.denied(
            DeniedAdminRequest(method: "GET", path: "/v1/users", pid: 9), by: AdminActor(name: "eve", uid: 1001))
        let events = try await self.service.listAuditEvents(AuditQuery(), by: self.actor)
        #expect(events.map(\.code) == [AuditCode.adminRequestDenied.rawValue])
        #expect(events[0].actor == "eve")
        #expect(events[0].fields == ["method": "GET", "path": "/v1/users", "uid": "1001", "pid": "9"])
        let service = self.service
        let actor = self.actor
        let refusal = await self.fixture.refusal {
            _ = try await service.listAuditEvents(AuditQuery(limit: -1), by: actor)
        }
        #expect(refusal?.code == .invalidInput)
    }

    @Test("whoever watches by a token does so as its owner, with the owner's groups")
    func watcherByToken() async throws {
        _ = try await self.service.addUser(
            AddUserRequest(name: "alice", keys: [AdministrationFixture.ed25519Line]), by: self.actor)
        _ = try await self.service.addGroup(AddGroupRequest(name: "guards", members: ["alice"]), by: self.actor)
        let actors = [
            AdminActor(
                name: "alice by token t", origin: .token(name: "t", from: "192.0.2.1"), permissions: [.recordingsOpen],
                owner: "alice"),
            AdminActor(name: "token u", origin: .token(name: "u", from: "192.0.2.1"), permissions: [.recordingsOpen]),
        ]
        for actor in actors {
            _ = try? await self.service.issueWatch(ofSession: "s", by: actor)
        }
        #expect(self.fixture.live.state.withLock { $0.watchers } == ["alice guards", "token u"])
    }
}
