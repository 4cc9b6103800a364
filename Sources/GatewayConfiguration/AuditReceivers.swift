/// A syslog server (RFC 5424) that gets every row of the audit log over TCP or TLS.
public struct SyslogDestination: Hashable, Sendable {
    /// Unique among all receivers: what was delivered is remembered by it.
    public var name: String
    public var address: NetworkAddress
    /// Nil: in clear.
    public var tls: TLSFiles?
    /// Beginnings of the codes of the events that it gets, such as `SP31`; empty for all.
    public var codes: [String] = []
}

/// An HTTP server that gets every row of the audit log in signed requests.
public struct WebhookDestination: Hashable, Sendable {
    /// As ``SyslogDestination/name``.
    public var name: String
    public var url: String
    /// File of the secret that requests are signed with.
    public var secretFile: String
    public var tls: TLSFiles
    /// As ``SyslogDestination/codes``.
    public var codes: [String] = []
}

/// A program that is told of events, each by a run of its own.
public struct CommandDestination: Hashable, Sendable {
    public var name: String
    /// An absolute path, and arguments.
    public var command: [String]
    /// For one run; it is killed then.
    public var timeoutSeconds: Int
    public var codes: [String]

    public init(name: String, command: [String], timeoutSeconds: Int, codes: [String]) {
        self.name = name
        self.command = command
        self.timeoutSeconds = timeoutSeconds
        self.codes = codes
    }
}

/// Absolute paths of files in PEM form.
public struct TLSFiles: Hashable, Sendable {
    /// Certificate authorities that vouch for the receiver; nil means the system's.
    public var authorities: String?
    /// What the gateway shows of itself, with its key; nil shows nothing.
    public var certificate: String?
    public var key: String?
}
