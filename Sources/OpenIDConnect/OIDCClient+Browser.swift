import Crypto
import FoundationEssentials
import Platform

/// The authorization code flow (RFC 6749 section 4.1, OpenID Connect Core section 3.1) with PKCE (RFC 7636), for people
/// whose browser is ours to send.
extension OIDCClient {
    /// What one sign-in is known by, from its beginning to its end.
    public struct BrowserSignIn: Hashable, Sendable {
        /// Comes back with the code.
        public let state: String
        let nonce: String
        let verifier: String
        /// Where the provider sends the browser back to.
        let redirect: String

        public init(redirect: String) {
            func random() -> String {
                Base64URL.encode(SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) })
            }
            self.state = random()
            self.nonce = random()
            self.verifier = random()
            self.redirect = redirect
        }

        /// RFC 7636 section 4.2.
        var challenge: String { Base64URL.encode(Array(SHA256.hash(data: Data(self.verifier.utf8)))) }
    }

    /// Where the browser goes. Throws `unreachable` or `unusable`.
    public func address(of signIn: BrowserSignIn) async throws(OIDCError) -> String {
        let endpoint = try await self.authorizationEndpoint()
        let fields = [
            ("response_type", "code"), ("client_id", self.settings.clientID), ("redirect_uri", signIn.redirect),
            // What would let us ask again is of no use here.
            ("scope", self.settings.scopes.filter { $0 != "offline_access" }.joined(separator: " ")),
            ("state", signIn.state), ("nonce", signIn.nonce), ("code_challenge", signIn.challenge),
            ("code_challenge_method", "S256"),
        ]
        let query = fields.map { "\($0.0)=\(PercentEncoding.encode($0.1))" }.joined(separator: "&")
        return endpoint + (endpoint.contains("?") ? "&" : "?") + query
    }

    /// Who has signed in.
    /// - parameter code: what the provider gave the browser; it serves once.
    /// - throws: `denied` when the provider does not take it.
    public func finish(_ signIn: BrowserSignIn, code: String) async throws(OIDCError) -> SignedIn {
        try await self.exchange(
            [
                ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", signIn.redirect),
                ("code_verifier", signIn.verifier),
            ], nonce: signIn.nonce)
    }
}
