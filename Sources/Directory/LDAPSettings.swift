import Platform

/// How to ask an LDAP directory for people. Everything in it has been checked.
public struct LDAPSettings: Sendable {
    /// `ldaps://host[:port]`, or `ldap://host[:port]`, in the order in which they are tried.
    public var servers: [String]
    /// Speaks in clear to `ldap://` servers, passwords included. Otherwise StartTLS must succeed there.
    public var permitsPlainText = false
    /// File of certificates (PEM) that the servers' must come from.
    public var caFile: String
    /// Who searches; nil searches without a name.
    public var bindName: String?
    /// Read anew for each connection, so that it may be replaced while the gateway runs. Blocks.
    public var bindPassword: @Sendable () throws(DirectoryError) -> SecretBytes
    /// Below which people are searched for.
    public var userBase: String
    /// With `{user}` in it.
    public var userFilter: String
    /// The attribute that holds a person's name.
    public var nameAttribute: String
    /// The attribute that lists a person's groups; nil for none.
    public var memberOfAttribute: String?
    /// Below which groups are searched for; nil for no search.
    public var groupBase: String?
    /// With `{dn}` or `{user}` in it.
    public var groupFilter: String
    /// What the directory's groups lead to: by ``DistinguishedName/normalized(_:)``, groups of the gateway.
    public var groups: [String: Set<String>]
    /// The attribute that holds OpenSSH public keys; nil for none.
    public var publicKeyAttribute: String?
    /// Who fits may not sign in; nil for no more than the usual marks.
    public var disabledFilter: String?
    /// For one question to one server, from connecting to the last answer.
    public var timeoutSeconds: Int

    public init(
        servers: [String], caFile: String, bindName: String?,
        bindPassword: @escaping @Sendable () throws(DirectoryError) -> SecretBytes, userBase: String,
        userFilter: String, nameAttribute: String = "uid", memberOfAttribute: String? = "memberOf",
        groupBase: String? = nil, groupFilter: String = "(member={dn})", groups: [String: Set<String>] = [:],
        publicKeyAttribute: String? = nil, disabledFilter: String? = nil, timeoutSeconds: Int = 5
    ) {
        self.servers = servers
        self.caFile = caFile
        self.bindName = bindName
        self.bindPassword = bindPassword
        self.userBase = userBase
        self.userFilter = userFilter
        self.nameAttribute = nameAttribute
        self.memberOfAttribute = memberOfAttribute
        self.groupBase = groupBase
        self.groupFilter = groupFilter
        self.groups = groups
        self.publicKeyAttribute = publicKeyAttribute
        self.disabledFilter = disabledFilter
        self.timeoutSeconds = timeoutSeconds
    }

    /// Whether `text` is `ldap://` or `ldaps://` with a host, perhaps a port, and nothing else.
    public static func isServer(_ text: String) -> Bool {
        for scheme in ["ldap://", "ldaps://"] where text.hasPrefix(scheme) {
            let rest = text.dropFirst(scheme.count)
            return !rest.isEmpty && !rest.hasPrefix(":")
                && rest.utf8.allSatisfy { byte in
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || ".-:[]".utf8.contains(byte)
                }
        }
        return false
    }
}
