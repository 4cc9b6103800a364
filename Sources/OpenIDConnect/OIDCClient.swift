import Platform
import Synchronization

/// Signs people in at an OpenID provider by the device flow (RFC 8628). No thread waits; free to use from any.
public final class OIDCClient: Sendable {
    public let settings: OIDCSettings
    private let http: OIDCHTTP
    private let known = Mutex(Known())

    private struct Known {
        var provider: Provider?
        var keys: KeySet?
        /// When both were had, on the monotonic clock, in nanoseconds.
        var time: UInt64 = 0
        /// When a key was last looked for in vain, on the same clock.
        var searched: UInt64 = 0
    }

    /// OpenID Connect Discovery, RFC 8628 section 4.
    private struct Provider: Decodable, Sendable {
        var issuer: String
        var deviceAuthorizationEndpoint: String?
        var authorizationEndpoint: String?
        var tokenEndpoint: String
        var jwksUri: String
    }

    /// After this the provider's description is read anew, in nanoseconds.
    private static let freshness: UInt64 = 3600 * 1_000_000_000
    /// Shortest time between two looks for a key that isn't known, in nanoseconds.
    private static let keyPause: UInt64 = 5_000_000_000

    public init(_ settings: OIDCSettings) {
        self.settings = settings
        self.http = OIDCHTTP(settings)
    }

    /// To be called once, at the end; the client must not be used afterwards.
    public func shutdown() async { await self.http.shutdown() }

    /// Reaches the provider and finds that it can do what is asked of it.
    public func check() async throws(OIDCError) {
        _ = try self.deviceEndpoint(try await self.discover(anew: true).provider)
    }

    // MARK: The device flow

    /// A sign-in under way.
    public struct DeviceGrant: Hashable, Sendable {
        /// Where the user goes, on any machine. Printable.
        public let address: String
        /// What they type there. Printable.
        public let userCode: String
        let deviceCode: String
        let intervalSeconds: Int
        /// On the monotonic clock, in nanoseconds.
        let expires: UInt64
    }

    private struct DeviceAnswer: Decodable {
        var deviceCode: String
        var userCode: String
        var verificationUri: String
        var expiresIn: Double
        var interval: Double?
    }

    /// Begins one. Throws `unreachable` or `unusable`.
    public func begin() async throws(OIDCError) -> DeviceGrant {
        let endpoint = try self.deviceEndpoint(try await self.discover().provider)
        let answer = try await self.http.post(endpoint, [("scope", self.settings.scopes.joined(separator: " "))])
        guard answer.status == 200 else { throw Self.refusal(answer) }
        let device = try answer.decoded(DeviceAnswer.self)
        func isPrintable(_ text: String) -> Bool {
            (1...512).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        }
        guard isPrintable(device.userCode), isPrintable(device.verificationUri), device.expiresIn > 0 else {
            throw OIDCError(.unusable, "the provider's code can't be shown")
        }
        return DeviceGrant(
            address: device.verificationUri, userCode: device.userCode, deviceCode: device.deviceCode,
            intervalSeconds: min(max(1, Int(exactly: (device.interval ?? 5).rounded()) ?? 5), 60),
            expires: Clock.monotonicNanoseconds() + UInt64(min(device.expiresIn, 3600) * 1e9))
    }

    /// What a finished sign-in gives.
    public struct Tokens: Hashable, Sendable {
        public var person: SignedIn
        /// Nil unless offline access was granted. Not wiped: it goes into requests, whose copies can't be either.
        public var refreshToken: String?
    }

    private struct TokenAnswer: Decodable {
        var idToken: String?
        var refreshToken: String?
    }

    /// Asks until the user has signed in, at the pace that the provider wants.
    /// - throws: `denied` when they, the provider or the time say no; `CancellationError` never: a cancelled task ends
    ///   with `denied` too.
    public func finish(_ grant: DeviceGrant, withinSeconds limit: Int) async throws(OIDCError) -> Tokens {
        let end = min(grant.expires, Clock.monotonicNanoseconds() + UInt64(limit) * 1_000_000_000)
        var interval = grant.intervalSeconds
        let endpoint = try await self.discover().provider.tokenEndpoint
        while true {
            let form = [
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", grant.deviceCode),
            ]
            do throws(OIDCError) {
                let answer = try await self.http.post(endpoint, form)
                if answer.status == 200 { return try await self.tokens(answer) }
                switch Self.error(answer) {
                case "authorization_pending": break
                // RFC 8628 section 3.5.
                case "slow_down": interval += 5
                case "access_denied": throw OIDCError(.denied, "the sign-in was denied at the provider")
                case "expired_token": throw OIDCError(.denied, "the code has expired")
                default: throw Self.refusal(answer)
                }
            } catch {
                // A provider that is away for a moment: RFC 8628 section 3.5 wants a longer pause.
                guard error.code == .unreachable else { throw error }
                interval = min(interval * 2, 60)
            }
            guard Clock.monotonicNanoseconds() + UInt64(interval) * 1_000_000_000 < end else {
                throw OIDCError(.denied, "nobody has signed in in time")
            }
            do {
                try await Task.sleep(for: .seconds(interval))
            } catch {
                throw OIDCError(.denied, "the sign-in was given up")
            }
        }
    }

    private func tokens(_ answer: OIDCHTTP.Answer) async throws(OIDCError) -> Tokens {
        let tokens = try answer.decoded(TokenAnswer.self)
        guard let text = tokens.idToken else {
            throw OIDCError(.unusable, "the provider gave no ID token: is openid among oidc.scopes?")
        }
        return Tokens(person: try await self.verify(text), refreshToken: tokens.refreshToken)
    }

    /// What the token endpoint gives for a code.
    func exchange(_ form: [(String, String)], nonce: String) async throws(OIDCError) -> SignedIn {
        let answer = try await self.http.post(try await self.discover().provider.tokenEndpoint, form)
        guard answer.status == 200 else {
            guard Self.error(answer) == "invalid_grant" else { throw Self.refusal(answer) }
            throw OIDCError(.denied, "the provider does not take the code")
        }
        guard let text = try answer.decoded(TokenAnswer.self).idToken else {
            throw OIDCError(.unusable, "the provider gave no ID token: is openid among oidc.scopes?")
        }
        return try await self.verify(text, nonce: nonce)
    }

    func authorizationEndpoint() async throws(OIDCError) -> String {
        let provider = try await self.discover().provider
        guard let endpoint = provider.authorizationEndpoint,
            endpoint.hasPrefix("https://") || endpoint.hasPrefix("http://"),
            endpoint.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw OIDCError(.unusable, "\(self.settings.issuer) sends no browsers anywhere to sign in") }
        return endpoint
    }

    /// What a refresh says of a sign-in that is still good.
    public struct Refreshed: Hashable, Sendable {
        /// Nil when the provider says nothing new.
        public var person: SignedIn?
        /// To be used the next time.
        public var refreshToken: String
    }

    /// Whether the sign-in still holds (RFC 6749 section 6).
    /// - throws: `denied` when it doesn't.
    public func refresh(_ token: String) async throws(OIDCError) -> Refreshed {
        let endpoint = try await self.discover().provider.tokenEndpoint
        let answer = try await self.http.post(endpoint, [("grant_type", "refresh_token"), ("refresh_token", token)])
        guard answer.status == 200 else {
            guard Self.error(answer) == "invalid_grant" else { throw Self.refusal(answer) }
            throw OIDCError(.denied, "the provider takes the sign-in back")
        }
        let tokens = try answer.decoded(TokenAnswer.self)
        var person: SignedIn?
        if let text = tokens.idToken { person = try await self.verify(text) }
        return Refreshed(person: person, refreshToken: tokens.refreshToken ?? token)
    }

    // MARK: Tokens and keys

    private func verify(_ text: String, nonce: String? = nil) async throws(OIDCError) -> SignedIn {
        let token = try IDToken(parsing: text)
        var keys = try await self.discover().keys
        // The provider may have changed its keys.
        if !keys.hasKey(token.header.kid), self.maySearchKeys() { keys = try await self.discover(anew: true).keys }
        return try token.verified(
            self.settings, keys: keys, now: Double(Clock.wallNanoseconds() / 1_000_000) / 1000, nonce: nonce)
    }

    /// Whoever shows tokens with unheard-of keys must not keep the provider busy.
    private func maySearchKeys() -> Bool {
        let now = Clock.monotonicNanoseconds()
        return self.known.withLock { known in
            guard now >= known.searched + Self.keyPause else { return false }
            known.searched = now
            return true
        }
    }

    private func discover(anew: Bool = false) async throws(OIDCError) -> (provider: Provider, keys: KeySet) {
        let now = Clock.monotonicNanoseconds()
        let known = self.known.withLock { $0 }
        if !anew, let provider = known.provider, let keys = known.keys, now < known.time + Self.freshness {
            return (provider, keys)
        }
        let base = self.settings.issuer.hasSuffix("/") ? String(self.settings.issuer.dropLast()) : self.settings.issuer
        let answer = try await self.http.get("\(base)/.well-known/openid-configuration")
        guard answer.status == 200 else {
            throw OIDCError(.unusable, "\(self.settings.issuer) is no OpenID provider (HTTP status \(answer.status))")
        }
        let provider = try answer.decoded(Provider.self)
        // OpenID Connect Discovery section 4.3.
        guard provider.issuer == self.settings.issuer else {
            throw OIDCError(
                .unusable, "the provider calls itself \(provider.issuer.prefix(200)): set oidc.issuer to that")
        }
        let set = try await self.http.get(provider.jwksUri)
        guard set.status == 200 else {
            throw OIDCError(.unusable, "the provider shows no keys (HTTP status \(set.status))")
        }
        let keys = try set.decoded(KeySet.self)
        self.known.withLock { known in
            known.provider = provider
            known.keys = keys
            known.time = now
        }
        return (provider, keys)
    }

    private func deviceEndpoint(_ provider: Provider) throws(OIDCError) -> String {
        guard let endpoint = provider.deviceAuthorizationEndpoint else {
            throw OIDCError(.unusable, "\(self.settings.issuer) has no device flow (RFC 8628)")
        }
        return endpoint
    }

    private struct ErrorAnswer: Decodable {
        var error: String
        var errorDescription: String?
    }

    private static func error(_ answer: OIDCHTTP.Answer) -> String? {
        (try? answer.decoded(ErrorAnswer.self))?.error
    }

    private static func refusal(_ answer: OIDCHTTP.Answer) -> OIDCError {
        guard let said = try? answer.decoded(ErrorAnswer.self) else {
            return OIDCError(.unusable, "the provider refuses (HTTP status \(answer.status))")
        }
        let line = "\(said.error) \(said.errorDescription ?? "")".onOneLine(atMost: 200)
        return OIDCError(.unusable, "the provider refuses: \(line)")
    }
}
