import AdminAPI
import Platform
import SessionStore
import Testing

@testable import Gateway

/// Sign-ins to the web console, once it is proved who it is.
@Suite("sign-ins to the web console")
struct ConsoleSessionTests {
    private let fixture: AdministrationFixture
    private var service: GatewayAdministration { self.fixture.service }
    private let operation = AdminActor(name: "root", uid: 0)

    init() async throws {
        self.fixture = try AdministrationFixture()
        try await self.fixture.addEverything()
    }

    private func give(_ roles: Role..., to user: String = "alice") async throws {
        _ = try await self.service.setRoles(SetRolesRequest(roles: roles), ofUser: user, by: self.operation)
    }

    private func signIn(from host: String = "10.0.0.1") async throws -> SecretField {
        let request = ConsoleSignIn(user: "alice", password: SecretField([1]), code: SecretField([2]))
        return try await self.service.signIn(request, from: host).cookie
    }

    private func holder(_ cookie: SecretField) async throws -> ConsoleHolder {
        try await self.service.holder(ofConsoleSession: cookie, from: "10.0.0.1", isUse: true)
    }

    private func refusal(_ work: () async throws -> some Sendable) async -> AdminError.Code? {
        do {
            _ = try await work()
            return nil
        } catch {
            return (error as? AdminError)?.code
        }
    }

    @Test("who has a role is let in for what it permits, and is audited by name")
    func signingIn() async throws {
        try await self.give(.auditor)
        let cookie = try await self.signIn()
        let holder = try await self.holder(cookie)
        #expect(holder.actor.name == "alice" && holder.actor.signedIn == "alice")
        #expect(holder.actor.permissions == Role.auditor.permissions)
        #expect(holder.actor.place == "10.0.0.1")
        let other = try await self.signIn()
        #expect(other != cookie)
        #expect(try await self.holder(other).csrf != holder.csrf)
        // Neither the cookie nor what follows from it stands in the database.
        #expect(!holder.csrf.isEmpty && Array(holder.csrf.utf8) != cookie.bytes)
        let events = try self.fixture.store.auditRecords(limit: 10, code: "SP8021I")
        #expect(events.count == 2 && events.allSatisfy { $0.actor == "alice" })
    }

    @Test("who has no role is let in nowhere, with the words for everybody")
    func noRole() async throws {
        #expect(await self.refusal { try await self.signIn() } == .unauthenticated)
        #expect(self.fixture.live.state.withLock { $0.failedSignIns } == ["alice 10.0.0.1 the user has no role"])
    }

    @Test("a sign-in ends with the role, the user, the password, the codes, and when it is signed out")
    func endings() async throws {
        let service = self.service
        let ends: [(String, @Sendable () async throws -> Void)] = [
            ("role", { _ = try await service.setRoles(SetRolesRequest(roles: []), ofUser: "alice", by: operation) }),
            (
                "disabled",
                {
                    _ = try await service.changeUser(
                        ChangeUserRequest(enabled: false), named: "alice", by: operation)
                }
            ),
            (
                "password",
                {
                    try await service.setPassword(
                        SetPasswordRequest(password: SecretField(Array("a new password".utf8))), ofUser: "alice",
                        by: operation)
                }
            ),
            ("codes", { _ = try await service.beginSecondFactor(ofUser: "alice", by: operation) }),
            ("user", { _ = try await service.removeUser("alice", reason: nil, by: operation) }),
        ]
        for (name, end) in ends {
            try await self.give(.auditor)
            let cookie = try await self.signIn()
            let holder = try await self.holder(cookie)
            #expect(await self.service.isStillGood(holder.actor), "\(name)")
            try await end()
            #expect(await self.refusal { try await self.holder(cookie) } == .unauthenticated, "\(name)")
            #expect(await !self.service.isStillGood(holder.actor), "\(name)")
            if name == "disabled" {
                _ = try await self.service.changeUser(
                    ChangeUserRequest(enabled: true), named: "alice", by: self.operation)
            }
        }
    }

    @Test("signed out, a cookie is worth nothing, and others of the same user go on")
    func signingOut() async throws {
        try await self.give(.auditor)
        let (first, second) = (try await self.signIn(), try await self.signIn())
        await self.service.signOut(first, from: "10.0.0.1")
        #expect(await self.refusal { try await self.holder(first) } == .unauthenticated)
        #expect(try await self.holder(second).actor.name == "alice")
        #expect(try self.fixture.store.auditRecords(limit: 10, code: "SP8023I").count == 1)
    }

    @Test("a sign-in ends after its time, and sooner when nobody makes use of it")
    func time() async throws {
        try await self.give(.auditor)
        let second: Int64 = 1_000_000_000
        let now = Clock.wallNanoseconds()
        func session(began: Int64, expires: Int64) throws -> SecretField {
            let cookie = ConsoleCookieText.random()
            try self.fixture.store.addConsoleSession(
                StoredConsoleSession(
                    hash: cookie.hash, user: "alice", from: "10.0.0.1", beganNanoseconds: now + began * second,
                    expiresNanoseconds: now + expires * second),
                audited: .console(.signedIn(user: "alice", methods: [], from: "10.0.0.1")))
            return SecretField(Array(cookie.text.utf8))
        }
        #expect(await self.refusal { try await self.holder(session(began: -100, expires: -1)) } == .unauthenticated)
        #expect(await self.refusal { try await self.holder(session(began: -1801, expires: 60)) } == .unauthenticated)
        let kept = try session(began: -1700, expires: 60)
        // What a page asks by itself keeps nothing alive; what a person does, does.
        _ = try await self.service.holder(ofConsoleSession: kept, from: "10.0.0.1", isUse: false)
        let hash = try #require(ConsoleCookieText(shown: kept.bytes)).hash
        #expect(try self.fixture.store.consoleSession(hash)?.lastUsedNanoseconds == now - 1700 * second)
        _ = try await self.holder(kept)
        let used = try #require(try self.fixture.store.consoleSession(hash))
        #expect(used.lastUsedNanoseconds >= now)
    }

    @Test("no other text is a cookie", arguments: ["", "x", String(repeating: "a", count: 43), "spt_abc"])
    func foreign(text: String) async throws {
        try await self.give(.auditor)
        _ = try await self.signIn()
        #expect(await self.refusal { try await self.holder(SecretField(Array(text.utf8))) } == .unauthenticated)
    }

    @Test("nobody lets a request of their own pass, not as an administrator and not by a token")
    func ownRequests() async throws {
        let grant = AddGrantRequest(
            name: "asked", users: ["alice"], targets: ["web1"], accounts: ["ops"], allow: ["shell"],
            terms: GrantTerms(approval: ApprovalTerms(approvals: 1, approvers: ["leads"])))
        _ = try await self.service.addGroup(AddGroupRequest(name: "leads"), by: self.operation)
        _ = try await self.service.addGrant(grant, by: self.operation)
        let request = try self.fixture.store.fileRequest(
            NewRequest(
                user: "alice", account: "ops", target: "web1", grant: "asked", seconds: 60, reason: "r", ticket: "",
                from: "10.0.0.1"), by: "alice")
        try await self.give(.admin)
        let signedIn = try await self.holder(try await self.signIn()).actor
        let token = AdminActor(
            name: "alice by token t", origin: .token(name: "t", from: "10.0.0.1"),
            permissions: Role.admin.permissions, owner: "alice")
        let override = DecideRequestRequest(text: "I need it", override: true)
        for actor in [signedIn, token] {
            let refused = await self.refusal {
                try await self.service.approveRequest(request.number, override, by: actor)
            }
            #expect(refused == .denied)
        }
        let other = AdminActor(
            name: "bob by token t", origin: .token(name: "t", from: "10.0.0.1"), permissions: Role.admin.permissions,
            owner: "bob")
        #expect(
            await self.refusal { try await self.service.approveRequest(request.number, override, by: other) }
                != .denied)
    }

    @Test("an approval by who has signed in is their own; an override is the operation's, with a reason")
    func decisions() async throws {
        try await self.give(.approver)
        let holder = try await self.holder(try await self.signIn())
        let error = await self.refusal {
            try await self.service.approveRequest(1, DecideRequestRequest(), by: holder.actor)
        }
        // It got as far as the broker, which this is none of.
        #expect(error != .denied)
        let token = AdminActor(
            name: "alice by token t", origin: .token(name: "t", from: "10.0.0.1"),
            permissions: Role.approver.permissions, owner: "alice")
        #expect(
            await self.refusal { try await self.service.approveRequest(1, DecideRequestRequest(), by: token) }
                == .denied)
    }
}

private let operation = AdminActor(name: "root", uid: 0)
