import Platform

/// How an OpenBao or HashiCorp Vault server is reached, and who the gateway is there.
public struct BaoSettings: Hashable, Sendable {
    /// `https://host:port`, without a path; `http` to this machine only.
    public var address: String
    /// File of certificates (PEM) that the server's must come from; nil for the system's.
    public var caFile: String?
    /// OpenBao's and Vault Enterprise's namespaces; nil for the root one.
    public var namespace: String?
    public var login: Login
    /// Where the KV version 2 engine is mounted.
    public var kvMount: String
    /// Where the SSH engine is mounted.
    public var sshMount: String
    /// For one request, from connecting to the last byte.
    public var timeoutSeconds: Int

    public enum Login: Hashable, Sendable {
        /// A file that holds a token. Read again when the token is refused, so that it may be replaced while the
        /// gateway runs.
        case tokenFile(String)
        /// `secretIDFile` is read at each login.
        case appRole(mount: String, roleID: String, secretIDFile: String)
    }

    public init(
        address: String, caFile: String? = nil, namespace: String? = nil, login: Login, kvMount: String = "secret",
        sshMount: String = "ssh", timeoutSeconds: Int = 10
    ) {
        self.address = address
        self.caFile = caFile
        self.namespace = namespace
        self.login = login
        self.kvMount = kvMount
        self.sshMount = sshMount
        self.timeoutSeconds = timeoutSeconds
    }

    /// Whether a token may be sent to `address`, which is a host and a port and no more.
    public static func isPermitted(address: String) -> Bool {
        guard ServerAddress.mayGetSecrets(address),
            let scheme = ["https://", "http://"].first(where: address.hasPrefix)
        else { return false }
        return address.dropFirst(scheme.count).utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || ".-:[]".utf8.contains(byte)
        }
    }
}
