extension GatewayConfiguration {
    /// An OpenID provider at which people sign in with a browser.
    public struct OIDC: Hashable, Sendable {
        /// `https://host[:port][/path]`; empty for none.
        public var issuer = ""
        public var clientID = ""
        /// Empty for a public client.
        public var clientSecretFile = ""
        /// Empty for the system's authorities.
        public var caFile = ""
        public var scopes = ["openid", "profile"]
        public var nameClaim = "preferred_username"
        /// Empty for none.
        public var groupsClaim = "groups"
        /// Groups of the gateway, with the values of the claim whose holders are theirs.
        public var groups: [String: [String]] = [:]
        /// People become users when they first sign in.
        public var createsUsers = true
        /// How long a login waits for somebody to sign in.
        public var waitSeconds = 180
        /// For one request.
        public var timeoutSeconds = 10
        /// Sign-ins with offline access are looked at again after so many seconds.
        public var refreshSeconds = 20
    }

    /// What the template shows for the provider.
    static var providerDefaults: [String: String] {
        let oidc = OIDC()
        return [
            "oidc.issuer": "\"\"",
            "oidc.client_id": "\"\"",
            "oidc.client_secret_file": "\"oidc-secret\"",
            "oidc.ca_file": "\"/etc/ssl/oidc-ca.pem\"",
            "oidc.scopes": "[\(oidc.scopes.map { "\"\($0)\"" }.joined(separator: ", "))]",
            "oidc.name_claim": "\"\(oidc.nameClaim)\"",
            "oidc.groups_claim": "\"\(oidc.groupsClaim)\"",
            "oidc.groups": "{}",
            "oidc.create_users": String(oidc.createsUsers),
            "oidc.wait_seconds": String(oidc.waitSeconds),
            "oidc.timeout_seconds": String(oidc.timeoutSeconds),
            "oidc.refresh_seconds": String(oidc.refreshSeconds),
        ]
    }
}
