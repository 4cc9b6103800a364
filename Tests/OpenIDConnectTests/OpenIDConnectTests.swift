import Crypto
import Foundation
import Testing

@testable import OpenIDConnect

@Suite("OpenID") struct OpenIDConnectTests {
    private static let key = P256.Signing.PrivateKey()
    private static let now = 1_700_000_000.0
    private static let settings = OIDCSettings(issuer: "https://id", clientID: "gateway", groupsClaim: "groups")

    private static func encode(_ data: some Sequence<UInt8>) -> String {
        Data(data).base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }

    private static func keys() throws -> KeySet {
        let point = Self.key.publicKey.rawRepresentation
        let text = """
            {"keys": [{"kty": 7}, {"kty": "EC", "crv": "P-256", "kid": "1",
              "x": "\(Self.encode(point.prefix(32)))", "y": "\(Self.encode(point.suffix(32)))"}]}
            """
        return try JSONDecoder().decode(KeySet.self, from: Data(text.utf8))
    }

    private static func token(
        header: String = #"{"alg":"ES256","kid":"1"}"#, changing changes: [String: String?] = [:]
    ) throws -> String {
        var claims: [String: String?] = [
            "iss": #""https://id""#, "aud": #""gateway""#, "sub": #""7""#, "preferred_username": #""dana""#,
            "exp": "1700000100", "iat": "1700000000", "groups": #"["a","b"]"#,
        ]
        claims.merge(changes) { $1 }
        let body = claims.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }.joined(separator: ",")
        let signed = "\(Self.encode(header.utf8)).\(Self.encode("{\(body)}".utf8))"
        return "\(signed).\(Self.encode(try Self.key.signature(for: Data(signed.utf8)).rawRepresentation))"
    }

    private static func verified(_ token: String) throws -> SignedIn {
        try IDToken(parsing: token).verified(Self.settings, keys: try Self.keys(), now: Self.now)
    }

    @Test("a right token says who signed in")
    func right() throws {
        let person = try Self.verified(try Self.token())
        #expect(person == SignedIn(subject: "7", name: "dana", groups: ["a", "b"]))
        let many = try Self.verified(
            try Self.token(changing: ["aud": #"["gateway","x"]"#, "azp": #""gateway""#, "groups": #""one""#]))
        #expect(many.groups == ["one"])
    }

    @Test(
        "any claim that is not as it should be makes it nobody's",
        arguments: [
            ["iss": #""https://id/""#], ["iss": nil], ["aud": #""other""#], ["aud": nil],
            ["aud": #"["gateway","x"]"#], ["azp": #""other""#], ["azp": "7"], ["exp": "1699999000"], ["exp": nil],
            ["exp": #""later""#], ["iat": "1700009000"], ["nbf": "1700009000"], ["nbf": #""x""#], ["sub": nil],
            ["sub": #""""#], ["preferred_username": nil], ["preferred_username": #"["dana"]"#],
        ] as [[String: String?]])
    func claims(_ changes: [String: String?]) throws {
        let token = try Self.token(changing: changes)
        #expect(throws: OIDCError.self) { try Self.verified(token) }
    }

    @Test(
        "no signature of another kind, key or token counts",
        arguments: [
            #"{"alg":"none","kid":"1"}"#, #"{"alg":"HS256","kid":"1"}"#, #"{"alg":"RS256","kid":"1"}"#,
            #"{"alg":"ES256","kid":"2"}"#, #"{"alg":"ES256","kid":"1","crit":["x"]}"#, #"{"kid":"1"}"#,
        ])
    func headers(_ header: String) throws {
        let token = try Self.token(header: header)
        #expect(throws: OIDCError.self) { try Self.verified(token) }
    }

    @Test("an altered token is refused wherever it was altered")
    func altered() throws {
        let token = try Self.token()
        let parts = token.split(separator: ".")
        let other = try Self.token(changing: ["preferred_username": #""root""#]).split(separator: ".")
        for text in [
            "\(parts[0]).\(other[1]).\(parts[2])", "\(parts[0]).\(parts[1]).\(other[2])", "\(parts[0]).\(parts[1]).",
            "\(parts[0]).\(parts[1])", token + ".x", token + "=", "", "..",
        ] { #expect(throws: OIDCError.self) { try Self.verified(text) } }
    }
}
