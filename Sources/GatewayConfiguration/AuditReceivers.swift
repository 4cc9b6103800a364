/// A syslog server (RFC 5424) that gets every row of the audit log over TCP or TLS.
public struct SyslogDestination: Hashable, Sendable {
    /// Unique among all receivers: what was delivered is remembered by it.
    public var name: String
    public var address: NetworkAddress
    /// Nil: in clear.
    public var tls: TLSFiles?
}

/// An HTTP server that gets every row of the audit log in signed requests.
public struct WebhookDestination: Hashable, Sendable {
    /// As ``SyslogDestination/name``.
    public var name: String
    public var url: String
    /// File of the secret that requests are signed with.
    public var secretFile: String
    public var tls: TLSFiles
}

/// Absolute paths of files in PEM form.
public struct TLSFiles: Hashable, Sendable {
    /// Certificate authorities that vouch for the receiver; nil means the system's.
    public var authorities: String?
    /// What the gateway shows of itself, with its key; nil shows nothing.
    public var certificate: String?
    public var key: String?
}
