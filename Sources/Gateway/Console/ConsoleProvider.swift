import AdminAPI
import Crypto
import Foundation
import OpenIDConnect
import Platform
import SessionStore
import Synchronization

/// Sign-ins to the web console at the OpenID provider, from where the browser is sent there to where it is back.
final class ConsoleProvider: Sendable {
    private struct Begun {
        let signIn: OIDCClient.BrowserSignIn
        /// On the monotonic clock, in nanoseconds.
        let expires: UInt64
    }

    private let provider: SignInProvider
    private let redirect: String
    private let begun = Mutex<[String: Begun]>([:])
    /// Beyond, the oldest are forgotten: whoever began them begins again.
    private static let mostBegun = 1000
    private static let patience: UInt64 = 600_000_000_000
    private static let longestCode = 2048

    var name: String { URL(string: self.provider.terms.issuer)?.host() ?? self.provider.terms.issuer }
    var terms: SignInTerms { self.provider.terms }

    /// Nil without a provider, or without an address of the console.
    init?(_ provider: SignInProvider?, url: String) {
        guard let provider, !url.isEmpty else { return nil }
        self.provider = provider
        self.redirect = url + "/sign-in/callback"
    }

    /// - throws: `AdminError` (unavailable) when the provider is not there.
    func begin() async throws -> BegunSignIn {
        let signIn = OIDCClient.BrowserSignIn(redirect: self.redirect)
        let location: String
        do {
            location = try await self.provider.client.address(of: signIn)
        } catch {
            throw AdminError(.unavailable, "the provider can't be reached", hint: error.message)
        }
        let proof = ConsoleCookieText.random()
        let now = Clock.monotonicNanoseconds()
        self.begun.withLock { begun in
            begun = begun.filter { $0.value.expires > now }
            if begun.count >= Self.mostBegun, let oldest = begun.min(by: { $0.value.expires < $1.value.expires }) {
                begun[oldest.key] = nil
            }
            begun[proof.text] = Begun(signIn: signIn, expires: now + Self.patience)
        }
        return BegunSignIn(location: location, proof: SecretField(Array(proof.text.utf8)))
    }

    /// Serves once, whatever comes of it.
    /// - throws: `OIDCError` for the audit log.
    func finish(code: SecretField, state: String, proof: SecretField) async throws(OIDCError) -> SignedIn {
        let key = String(decoding: proof.bytes, as: UTF8.self)
        let found = self.begun.withLock { $0.removeValue(forKey: key) }
        guard let found, found.expires > Clock.monotonicNanoseconds() else {
            throw OIDCError(.denied, "no sign-in was begun in this browser, or too long ago")
        }
        guard found.signIn.state == state else {
            throw OIDCError(.denied, "the answer is to another sign-in than this browser's")
        }
        guard (1...Self.longestCode).contains(code.bytes.count) else {
            throw OIDCError(.denied, "the provider's code can't be one")
        }
        return try await self.provider.client.finish(found.signIn, code: String(decoding: code.bytes, as: UTF8.self))
    }
}

extension GatewayAdministration {
    /// How long a sign-in at the provider lasts at most, in seconds: the provider isn't asked again meanwhile.
    private static let providerSessionSeconds = 3600

    func beginSignIn() async throws -> BegunSignIn {
        guard let provider = self.consoleProvider else {
            throw AdminError(.unavailable, "no provider is configured for the web console")
        }
        return try await provider.begin()
    }

    func finishSignIn(
        code: SecretField, state: String, proof: SecretField, from host: String
    ) async throws -> ConsoleSession {
        guard let provider = self.consoleProvider else {
            throw AdminError(.unavailable, "no provider is configured for the web console")
        }
        let person: SignedIn
        do {
            person = try await provider.finish(code: code, state: state, proof: proof)
        } catch {
            await self.live.noteFailedSignIn(of: "", from: host, cause: error.message)
            throw AdminError(.unauthenticated, "the provider let nobody in", hint: "try again")
        }
        let (store, terms) = (self.store, provider.terms)
        let objection = try await self.perform { try Self.takeOver(person, terms, store) }
        if let objection {
            await self.live.noteFailedSignIn(of: person.name, from: host, cause: objection)
            throw Self.notSignedIn
        }
        return try await self.openConsole(
            for: person.name, by: [.oidc], from: host,
            lasting: min(Self.providerSessionSeconds, self.consoleTerms.sessionSeconds))
    }

    /// Brings the provider's user up to date, or makes them.
    /// - returns: why the person is none that may come this way; nil for nothing.
    private static func takeOver(
        _ person: SignedIn, _ terms: SignInTerms, _ store: SessionStore
    ) throws -> String? {
        guard let user = try store.user(person.name) else {
            guard terms.createsUsers else { return "unknown user; signed in at the provider as \(person.name)" }
            _ = try store.follow(terms.account(person), creating: true)
            return nil
        }
        guard user.source == .oidc else { return "a sign-in at the provider alone is for the provider's own users" }
        guard user.directoryID == terms.identifier(person) else {
            return "the provider's person of this name is another one than it was"
        }
        _ = try store.followKnown(terms.account(person))
        return nil
    }
}
