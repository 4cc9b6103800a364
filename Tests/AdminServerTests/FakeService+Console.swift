import AdminAPI

extension FakeService {
    /// The only cookie that is good: alice's, who may do what `tokenPermissions` says.
    static let cookie = "good"
    static let csrf = "csrf-of-alice"

    func signInMethods() async -> SignInMethods { SignInMethods(passwords: true) }

    func signIn(_ request: ConsoleSignIn, from: String) async throws -> ConsoleSession {
        throw AdminError(.unauthenticated, "not let in")
    }

    func beginSignIn() async throws -> BegunSignIn { throw AdminError(.unavailable, "there is no provider") }

    func finishSignIn(
        code: SecretField, state: String, proof: SecretField, from: String
    ) async throws -> ConsoleSession { throw AdminError(.unavailable, "there is no provider") }

    func holder(ofConsoleSession cookie: SecretField, from: String, isUse: Bool) async throws -> ConsoleHolder {
        guard cookie.bytes == Array(Self.cookie.utf8) else { throw AdminError(.unauthenticated, "sign in first") }
        let actor = AdminActor(
            name: "alice", origin: .token(name: "console", from: from), permissions: self.seen.tokenPermissions,
            owner: "alice")
        return ConsoleHolder(actor: actor, csrf: Self.csrf)
    }

    func signOut(_ cookie: SecretField, from: String) async {}
}
