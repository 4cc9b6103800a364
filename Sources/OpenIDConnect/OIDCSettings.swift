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
}
