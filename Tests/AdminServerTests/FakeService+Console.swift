import AdminAPI

extension FakeService {
    func signInMethods() async -> SignInMethods { SignInMethods(passwords: true) }

    func signIn(_ request: ConsoleSignIn, from: String) async throws -> ConsoleSession {
        throw AdminError(.unauthenticated, "not let in")
    }

    func beginSignIn() async throws -> BegunSignIn { throw AdminError(.unavailable, "there is no provider") }

    func finishSignIn(
        code: SecretField, state: String, proof: SecretField, from: String
    ) async throws -> ConsoleSession { throw AdminError(.unavailable, "there is no provider") }

    func holder(ofConsoleSession cookie: SecretField, from: String) async throws -> ConsoleHolder {
        throw AdminError(.unauthenticated, "sign in first")
    }

    func signOut(_ cookie: SecretField, from: String) async {}
}
