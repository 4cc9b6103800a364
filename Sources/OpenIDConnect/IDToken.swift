import FoundationEssentials

/// Who signed in, by a token whose signature and claims were verified.
public struct SignedIn: Hashable, Sendable {
    /// What the provider knows the person by, for good.
    public var subject: String
    /// The claim that names the user.
    public var name: String
    /// What the claim for groups lists.
    public var groups: [String]

    public init(subject: String, name: String, groups: [String] = []) {
        self.subject = subject
        self.name = name
        self.groups = groups
    }
}

/// An ID token (OpenID Connect Core section 2) in the compact form of RFC 7515.
struct IDToken: Sendable {
    struct Header: Decodable, Sendable {
        var alg: String
        var kid: String?
        var crit: [String]?
    }

    let header: Header
    private let claims: [String: JSONValue]
    private let signed: [UInt8]
    private let signature: [UInt8]

    /// Longest token that is looked at, in bytes.
    static let maximumBytes = 64 * 1024
    /// How far the provider's clock may be off, in seconds.
    static let clockTolerance = 60.0

    init(parsing text: String) throws(OIDCError) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.maximumBytes, parts.count == 3, let header = Base64URL.decode(parts[0]),
            let claims = Base64URL.decode(parts[1]), let signature = Base64URL.decode(parts[2]),
            let readHeader = try? JSONDecoder().decode(Header.self, from: Data(header)),
            let readClaims = try? JSONDecoder().decode([String: JSONValue].self, from: Data(claims))
        else { throw OIDCError(.unusable, "the ID token can't be read") }
        // What must be understood and isn't (RFC 7515 section 4.1.11).
        guard readHeader.crit == nil else { throw OIDCError(.unusable, "the ID token has critical extensions") }
        self.header = readHeader
        self.claims = readClaims
        self.signed = Array("\(parts[0]).\(parts[1])".utf8)
        self.signature = signature
    }

    /// OpenID Connect Core section 3.1.3.7.
    /// - parameters:
    ///   - now: seconds since 1970, UTC.
    ///   - nonce: what the sign-in was begun with; nil for one by the device flow, which has no place for one.
    func verified(
        _ settings: OIDCSettings, keys: KeySet, now: Double, nonce: String? = nil
    ) throws(OIDCError) -> SignedIn {
        guard keys.verify(self.signature, of: self.signed, algorithm: self.header.alg, keyID: self.header.kid) else {
            throw OIDCError(.unusable, "the signature of the ID token is wrong, or of a kind that is not accepted")
        }
        guard self.claims["iss"]?.text == settings.issuer else {
            throw OIDCError(.unusable, "the ID token is another issuer's")
        }
        let audience = self.claims["aud"]?.list ?? []
        let party = self.claims["azp"]
        guard audience.contains(settings.clientID), audience.count == 1 || party != nil,
            party == nil || party?.text == settings.clientID
        else { throw OIDCError(.unusable, "the ID token is for another client") }
        guard nonce == nil || self.claims["nonce"]?.text == nonce else {
            throw OIDCError(.unusable, "the ID token is of another sign-in")
        }
        guard let expires = self.claims["exp"]?.number, now < expires + Self.clockTolerance else {
            throw OIDCError(.unusable, "the ID token has expired")
        }
        for claim in ["iat", "nbf"] {
            guard let value = self.claims[claim] else { continue }
            guard let time = value.number, time <= now + Self.clockTolerance else {
                throw OIDCError(.unusable, "the ID token is of the future: are the clocks right?")
            }
        }
        guard let subject = self.claims["sub"]?.text, !subject.isEmpty else {
            throw OIDCError(.unusable, "the ID token names nobody")
        }
        guard let name = self.claims[settings.nameClaim]?.text, !name.isEmpty else {
            throw OIDCError(
                .unusable, "the ID token has no claim \(settings.nameClaim): look at oidc.scopes and oidc.name_claim")
        }
        return SignedIn(
            subject: subject, name: name, groups: settings.groupsClaim.flatMap { self.claims[$0]?.list } ?? [])
    }
}
