import AdminAPI
import AuditLog
import GatewayConfiguration
import Platform
import RecordingFormat
import SessionStore

extension GatewayAdministration {
    /// The same for every reason.
    static let notSignedIn = AdminError(
        .unauthenticated, "user, password or code are not right, or the user has no role here")

    func signInMethods() async -> SignInMethods { SignInMethods(passwords: true, provider: self.consoleProvider?.name) }

    func signIn(_ request: ConsoleSignIn, from host: String) async throws -> ConsoleSession {
        let methods = try await self.live.judge(consoleSignIn: request, from: host)
        return try await self.openConsole(for: request.user, by: methods, from: host)
    }

    /// A sign-in of somebody who has proved who they are. Throws ``notSignedIn`` for who has no role.
    /// - parameter seconds: how long it lasts; nil as usual.
    func openConsole(
        for user: String, by methods: [LoginMethod], from host: String, lasting seconds: Int? = nil
    ) async throws -> ConsoleSession {
        let store = self.store
        let permissions = try await self.perform { UserRoles(try store.roles(ofUser: user)).permissions }
        guard !permissions.isEmpty else {
            await self.live.noteFailedSignIn(of: user, from: host, cause: "the user has no role")
            throw Self.notSignedIn
        }
        let cookie = ConsoleCookieText.random()
        let now = Clock.wallNanoseconds()
        let session = StoredConsoleSession(
            hash: cookie.hash, user: user, from: host, beganNanoseconds: now,
            expiresNanoseconds: now + Int64(seconds ?? self.consoleTerms.sessionSeconds) * 1_000_000_000)
        try await self.perform {
            try store.addConsoleSession(
                session, audited: .console(.signedIn(user: user, methods: methods, from: host)))
        }
        return ConsoleSession(
            cookie: SecretField(Array(cookie.text.utf8)),
            expires: Timestamp(nanosecondsSince1970: session.expiresNanoseconds))
    }

    func holder(
        ofConsoleSession shown: SecretField, from host: String, isUse: Bool
    ) async throws -> ConsoleHolder {
        let (store, terms) = (self.store, self.consoleTerms)
        let found = try await self.perform { () -> (StoredConsoleSession, ConsoleCookieText, [Permission])? in
            guard let cookie = ConsoleCookieText(shown: shown.bytes),
                let session = try store.consoleSession(cookie.hash)
            else { return nil }
            let now = Clock.wallNanoseconds()
            let idle = Int64(terms.idleSeconds) * 1_000_000_000
            guard now < session.expiresNanoseconds, now - session.lastUsedNanoseconds < idle else { return nil }
            let permissions = UserRoles(try store.roles(ofUser: session.user)).permissions
            guard !permissions.isEmpty else { return nil }
            if isUse, now - session.lastUsedNanoseconds > min(Self.consoleUseGrain, idle / 4) {
                try store.noteUse(ofConsoleSession: session.hash, atNanoseconds: now)
            }
            return (session, cookie, permissions)
        }
        guard let (session, cookie, permissions) = found else {
            throw AdminError(.unauthenticated, "nobody is signed in, or not any more", hint: "sign in at /sign-in")
        }
        let actor = AdminActor(
            name: session.user, origin: .console(session: HexText.encode(session.hash), from: host),
            permissions: Set(permissions), owner: session.user)
        return ConsoleHolder(actor: actor, csrf: cookie.csrf)
    }

    func signOut(_ shown: SecretField, from host: String) async {
        let store = self.store
        try? await self.perform {
            guard let cookie = ConsoleCookieText(shown: shown.bytes),
                let session = try store.consoleSession(cookie.hash)
            else { return }
            try store.endConsoleSession(session, audited: .console(.signedOut(user: session.user, from: host)))
        }
    }

    /// Of what goes on for long, such as a stream: whether it may go on. That nobody clicks meanwhile doesn't count.
    func isStillSignedIn(_ session: String, _ permissions: Set<Permission>) async -> Bool {
        let store = self.store
        let now = Clock.wallNanoseconds()
        let held = try? await self.perform { () -> Set<Permission>? in
            guard let hash = HexText.decode(session), let found = try store.consoleSession(hash),
                now < found.expiresNanoseconds
            else { return nil }
            return Set(UserRoles(try store.roles(ofUser: found.user)).permissions)
        }
        return (held ?? nil).map { permissions.isSubset(of: $0) } ?? false
    }

    /// How often the use of a sign-in is noted, in nanoseconds.
    private static let consoleUseGrain: Int64 = 60_000_000_000
}
