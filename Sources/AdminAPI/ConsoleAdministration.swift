/// How people can sign in to the web console.
public struct SignInMethods: Hashable, Sendable {
    /// With a password and a one-time code.
    public var passwords: Bool
    /// Name of the OIDC provider that they can come by; nil for none.
    public var provider: String?

    public init(passwords: Bool, provider: String? = nil) {
        self.passwords = passwords
        self.provider = provider
    }
}

/// What somebody signs in with.
public struct ConsoleSignIn: Hashable, Sendable {
    public var user: String
    public var password: SecretField
    /// A one-time code or a recovery code.
    public var code: SecretField

    public init(user: String, password: SecretField, code: SecretField) {
        self.user = user
        self.password = password
        self.code = code
    }
}

/// A sign-in that succeeded: the only time that its cookie is shown.
public struct ConsoleSession: Hashable, Sendable {
    /// ASCII that may stand in a cookie.
    public var cookie: SecretField
    /// Whatever happens until then.
    public var expires: Timestamp

    public init(cookie: SecretField, expires: Timestamp) {
        self.cookie = cookie
        self.expires = expires
    }
}

/// Whose cookie it is.
public struct ConsoleHolder: Hashable, Sendable {
    public var actor: AdminActor
    /// What requests that change something have to show, beside the cookie.
    public var csrf: String

    public init(actor: AdminActor, csrf: String) {
        self.actor = actor
        self.csrf = csrf
    }
}

/// A sign-in at the OIDC provider that has begun.
public struct BegunSignIn: Hashable, Sendable {
    /// Where the browser goes now.
    public var location: String
    /// For a cookie of the browser that began it: nobody else can finish it.
    public var proof: SecretField

    public init(location: String, proof: SecretField) {
        self.location = location
        self.proof = proof
    }
}

/// The part of ``AdministrationService`` that is about people who sign in to the web console.
public protocol ConsoleAdministration: Sendable {
    func signInMethods() async -> SignInMethods
    /// Throws `unauthenticated`, the same for every reason, and `throttled` for who tried too often.
    /// - parameter from: the client's address, without its port.
    func signIn(_ request: ConsoleSignIn, from: String) async throws -> ConsoleSession
    /// Throws `unavailable` where no provider is configured.
    func beginSignIn() async throws -> BegunSignIn
    /// - parameters:
    ///   - code: what the provider gave the browser, with `state`.
    ///   - proof: of ``beginSignIn()``.
    func finishSignIn(
        code: SecretField, state: String, proof: SecretField, from: String
    ) async throws -> ConsoleSession
    /// Throws `unauthenticated` for a cookie that is worth nothing, or nothing any more.
    /// - parameter isUse: a person did something; otherwise a page asked by itself, which keeps no sign-in from ending.
    func holder(ofConsoleSession cookie: SecretField, from: String, isUse: Bool) async throws -> ConsoleHolder
    /// Makes the cookie worthless. One that is so already is no error.
    func signOut(_ cookie: SecretField, from: String) async
}
