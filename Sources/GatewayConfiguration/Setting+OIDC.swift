import TOMLKit

extension Setting {
    /// `[oidc]`
    static var oidc: [Setting] {
        [
            text("oidc.issuer", "an OpenID provider, such as https://id.example.org", 0...512, \.oidc.issuer),
            text("oidc.client_id", "what the gateway is there", 0...512, \.oidc.clientID),
            path("oidc.client_secret_file", "a file that holds its secret there", \.oidc.clientSecretFile),
            path("oidc.ca_file", "what its certificate must come from, in place of the system's", \.oidc.caFile),
            Setting(
                name: "oidc.scopes", explanation: "what is asked for; with \"offline_access\" sign-ins are watched"
            ) { configuration, value, _ in
                let scopes = value.array?.map { $0.string ?? "" }
                let isScope = { (text: String) in
                    !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"\\".utf8.contains($0) }
                }
                guard let scopes, scopes.contains("openid"), scopes.allSatisfy(isScope) else {
                    return Complaint(expected: "a list of scopes in quotes, \"openid\" among them")
                }
                configuration.oidc.scopes = scopes
                return nil
            },
            text("oidc.name_claim", "which claim holds the user's name", 1...256, \.oidc.nameClaim),
            text("oidc.groups_claim", "which claim lists groups; empty for none", 0...256, \.oidc.groupsClaim),
            groups("oidc.groups", "groups here, each with the claim's values whose holders are theirs", \.oidc.groups),
            flag("oidc.create_users", "people become users when they first sign in", \.oidc.createsUsers),
            number("oidc.wait_seconds", "how long a login waits for the sign-in", 10...900, \.oidc.waitSeconds),
            number("oidc.timeout_seconds", "time for one request to it", 1...60, \.oidc.timeoutSeconds),
            number(
                "oidc.refresh_seconds", "sign-ins with offline access are looked at again after this", 1...30,
                \.oidc.refreshSeconds),
        ]
    }
}
