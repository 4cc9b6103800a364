import AdminAPI

extension GatewayAdministration {
    func signInMethods() async -> SignInMethods { SignInMethods(passwords: false) }

    func signIn(_ request: ConsoleSignIn, from: String) async throws -> ConsoleSession {
        throw AdminError(.unavailable, "nobody can sign in yet")
    }

    func beginSignIn() async throws -> BegunSignIn { throw AdminError(.unavailable, "nobody can sign in yet") }

    func finishSignIn(
        code: SecretField, state: String, proof: SecretField, from: String
    ) async throws -> ConsoleSession { throw AdminError(.unavailable, "nobody can sign in yet") }

    func holder(ofConsoleSession cookie: SecretField, from: String) async throws -> ConsoleHolder {
        throw AdminError(.unauthenticated, "sign in first")
    }

    func signOut(_ cookie: SecretField, from: String) async {}
}
