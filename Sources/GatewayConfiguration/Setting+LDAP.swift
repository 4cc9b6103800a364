import TOMLKit

extension Setting {
    /// `[ldap]`
    static var ldap: [Setting] {
        [
            Setting(
                name: "ldap.servers", explanation: "LDAP servers, in order: \"ldaps://dc1.example.org\""
            ) { configuration, value, _ in
                let servers = value.array?.map { $0.string ?? "" }
                guard let servers, servers.allSatisfy({ !$0.isEmpty }) else {
                    return Complaint(expected: "a list of addresses such as \"ldaps://dc1.example.org\"")
                }
                configuration.ldap.servers = servers
                return nil
            },
            flag(
                "ldap.plain_text", "passwords go to ldap:// servers in clear; otherwise StartTLS must succeed",
                \.ldap.permitsPlainText),
            path("ldap.ca_file", "what the servers' certificates must come from", \.ldap.caFile),
            text("ldap.bind_dn", "who searches; empty for nobody in particular", 0...1024, \.ldap.bindName),
            path("ldap.bind_password_file", "a file that holds the password of bind_dn", \.ldap.bindPasswordFile),
            text(
                "ldap.bind_credential", "in its place: the name of a systemd credential", 0...255, \.ldap.bindCredential
            ),
            text("ldap.user_base", "below which people are searched for", 0...1024, \.ldap.userBase),
            text("ldap.user_filter", "how they are found by name", 1...4096, \.ldap.userFilter),
            text("ldap.name_attribute", "which attribute holds the name", 1...256, \.ldap.nameAttribute),
            text(
                "ldap.member_of", "which attribute lists their groups; empty for none", 0...256,
                \.ldap.memberOfAttribute),
            text(
                "ldap.group_base", "below which groups are searched for; empty for no search", 0...1024,
                \.ldap.groupBase),
            text("ldap.group_filter", "how groups are found, by {dn} or {user}", 1...4096, \.ldap.groupFilter),
            groups(
                "ldap.groups",
                "groups here, each with the distinguished names of those whose members are theirs",
                \.ldap.groups),
            text(
                "ldap.public_keys", "which attribute holds public keys, such as sshPublicKey", 0...256,
                \.ldap.publicKeyAttribute),
            text("ldap.disabled_filter", "who fits may not sign in", 0...4096, \.ldap.disabledFilter),
            flag("ldap.create_users", "people become users when they first log in", \.ldap.createsUsers),
            number("ldap.timeout_seconds", "time for one question to a server", 1...60, \.ldap.timeoutSeconds),
            number(
                "ldap.refresh_seconds", "users with live sessions are looked up again after this", 1...30,
                \.ldap.refreshSeconds),
        ]
    }

    /// Groups of the gateway, each with one text or a list of them.
    static func groups(
        _ name: String, _ explanation: String, _ target: WritableKeyPath<GatewayConfiguration, [String: [String]]>
    ) -> Setting {
        Setting(name: name, explanation: explanation) { configuration, value, _ in
            let expected = "a table of group names, each with a text in quotes or a list of them"
            guard let table = value.table else { return Complaint(expected: expected) }
            var groups: [String: [String]] = [:]
            for key in table.keys {
                let names = table[key]?.array?.map { $0.string ?? "" } ?? [table[key]?.string ?? ""]
                guard !names.isEmpty, names.allSatisfy({ !$0.isEmpty }) else { return Complaint(expected: expected) }
                groups[key] = names
            }
            configuration[keyPath: target] = groups
            return nil
        }
    }

    static func flag(
        _ name: String, _ explanation: String, _ target: WritableKeyPath<GatewayConfiguration, Bool>
    ) -> Setting {
        Setting(name: name, explanation: explanation) { configuration, value, _ in
            guard let isOn = value.bool else { return Complaint(expected: "true or false") }
            configuration[keyPath: target] = isOn
            return nil
        }
    }
}
