extension GatewayConfiguration {
    /// An LDAP directory, or an Active Directory, that knows users, their passwords and their groups.
    public struct LDAP: Hashable, Sendable {
        /// `ldaps://host[:port]` or `ldap://host[:port]`, in the order in which they are tried; empty for no directory.
        public var servers: [String] = []
        /// Passwords go to `ldap://` servers in clear. Otherwise StartTLS has to succeed.
        public var permitsPlainText = false
        /// Empty for the system's authorities.
        public var caFile = ""
        /// Who searches; empty searches without a name.
        public var bindName = ""
        /// Where the password of `bindName` is: a file, or a systemd credential's name.
        public var bindPasswordFile = ""
        public var bindCredential = ""
        public var userBase = ""
        public var userFilter = "(uid={user})"
        public var nameAttribute = "uid"
        /// Empty for none.
        public var memberOfAttribute = "memberOf"
        /// Empty for no search.
        public var groupBase = ""
        public var groupFilter = "(member={dn})"
        /// Groups of the gateway, with the distinguished names of the groups whose members are theirs.
        public var groups: [String: [String]] = [:]
        /// Empty for none.
        public var publicKeyAttribute = ""
        /// Empty for none.
        public var disabledFilter = ""
        /// People in the directory become users when they first log in.
        public var createsUsers = true
        /// For one question to one server.
        public var timeoutSeconds = 5
        /// Users with live connections are looked up again after so many seconds.
        public var refreshSeconds = 20
    }

    /// What the template shows for directories.
    static var directoryDefaults: [String: String] {
        let ldap = LDAP()
        return [
            "ldap.servers": "[]",
            "ldap.plain_text": String(ldap.permitsPlainText),
            "ldap.ca_file": "\"/etc/ssl/certs/ca-certificates.crt\"",
            "ldap.bind_dn": "\"\"",
            "ldap.bind_password_file": "\"ldap-password\"",
            "ldap.bind_credential": "\"\"",
            "ldap.user_base": "\"\"",
            "ldap.user_filter": "\"\(ldap.userFilter)\"",
            "ldap.name_attribute": "\"\(ldap.nameAttribute)\"",
            "ldap.member_of": "\"\(ldap.memberOfAttribute)\"",
            "ldap.group_base": "\"\"",
            "ldap.group_filter": "\"\(ldap.groupFilter)\"",
            "ldap.groups": "{}",
            "ldap.public_keys": "\"\"",
            "ldap.disabled_filter": "\"\"",
            "ldap.create_users": String(ldap.createsUsers),
            "ldap.timeout_seconds": String(ldap.timeoutSeconds),
            "ldap.refresh_seconds": String(ldap.refreshSeconds),
        ]
    }
}
