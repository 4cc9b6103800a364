import Platform

/// One OpenID provider and the client that the gateway is to it. Everything in it has been checked.
public struct OIDCSettings: Sendable {
    /// `https://host[:port][/path]`, exactly as tokens have it; `http` to this machine only.
    public var issuer: String
    public var clientID: String
    /// Read anew for each request; nil for a public client. Blocks for a small file.
    public var clientSecret: (@Sendable () throws(OIDCError) -> SecretBytes)?
    /// `openid` is among them.
    public var scopes: [String]
    public var nameClaim: String
    /// Nil for none.
    public var groupsClaim: String?
    /// File of certificates (PEM) that the provider's must come from; nil for the system's.
    public var caFile: String?
    /// For one request.
    public var timeoutSeconds: Int

    public init(
        issuer: String, clientID: String, clientSecret: (@Sendable () throws(OIDCError) -> SecretBytes)? = nil,
        scopes: [String] = ["openid", "profile"], nameClaim: String = "preferred_username", groupsClaim: String? = nil,
        caFile: String? = nil, timeoutSeconds: Int = 10
    ) {
        self.issuer = issuer
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.scopes = scopes
        self.nameClaim = nameClaim
        self.groupsClaim = groupsClaim
        self.caFile = caFile
        self.timeoutSeconds = timeoutSeconds
    }

    /// Whether secrets may be sent to `address`: by TLS, or on this machine.
    public static func isPermitted(address: String) -> Bool {
        guard address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else { return false }
        for (scheme, isSafe) in [("https://", true), ("http://", false)] where address.hasPrefix(scheme) {
            let authority = address.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
            guard !authority.isEmpty, !authority.contains("@") else { return false }
            if isSafe { return true }
            let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
            return ["127.0.0.1", "[::1]", "localhost"].contains(String(host))
        }
        return false
    }
}
