import AccessPolicy
import GatewayConfiguration
import OpenIDConnect
import SessionStore

/// The OpenID provider of the configuration, and how it fares.
final class SignInProvider: Sendable {
    let client: OIDCClient
    let terms: SignInTerms
    let waitSeconds: Int
    let refreshSeconds: Int
    let health = ServiceHealth()

    /// Nil where the configuration names none.
    /// - throws: `GatewayError` for what can't be right.
    init?(_ configuration: GatewayConfiguration.OIDC, standard: LoginRequirement) throws {
        guard let settings = try OIDCSettings(configuration) else { return nil }
        let groups = try Self.groups(configuration.groups)
        let factors = standard.alternatives.reduce(into: Set<LoginFactor>()) { $0.formUnion($1) }
        self.terms = SignInTerms(
            issuer: settings.issuer, createsUsers: configuration.createsUsers,
            groups: groups,
            isAskedFirst: factors.contains(.oidc) && !factors.contains(.password))
        self.waitSeconds = configuration.waitSeconds
        self.refreshSeconds = configuration.refreshSeconds
        // Last: it has to be shut down once it is there.
        self.client = OIDCClient(settings)
    }

    private static func groups(_ table: [String: [String]]) throws -> [String: Set<String>] {
        var groups: [String: Set<String>] = [:]
        for (name, values) in table {
            do {
                try ObjectName.validate(name, as: .group)
            } catch {
                throw GatewayError("oidc.groups: \(name): \(error.message)")
            }
            for value in values { groups[value, default: []].insert(name) }
        }
        return groups
    }
}

/// How people who sign in at the provider become users.
struct SignInTerms: Hashable, Sendable {
    var issuer: String
    var createsUsers: Bool
    /// The gateway's groups by the claim's values.
    var groups: [String: Set<String>]
    /// Whoever has proved nothing is sent to the provider, and is not asked for a password.
    var isAskedFirst: Bool

    /// What the provider says of a person, as the store takes it.
    func account(_ person: SignedIn) -> DirectoryAccount {
        DirectoryAccount(
            name: person.name, source: .oidc, identifiers: [self.identifier(person)],
            groups: person.groups.reduce(into: Set<String>()) { $0.formUnion(self.groups[$1] ?? []) }.sorted())
    }

    /// Subjects are unique with one issuer (OpenID Connect Core section 2).
    func identifier(_ person: SignedIn) -> String { "\(self.issuer)#\(person.subject)" }
}

/// A sign-in that lets connections in, for as long as the provider stands by it.
struct HeldSignIn: Sendable {
    let user: String
    var refreshToken: String
    /// The provider was asked with the token and did not answer: whether it has replaced it nobody knows.
    var isUncertain = false
    /// On the monotonic clock, in nanoseconds.
    let begun: UInt64
}
