public struct GatewayStatus: Codable, Hashable, Sendable {
    public var version: String
    public var pid: Int32
    public var started: Timestamp
    /// Address that accepts SSH, `host:port`.
    public var listen: String
    public var sessions: Int
    public var users: Int
    public var targets: Int
    public var recordings: Int
    public var hostKeys: [PublicKeyInfo]
    /// The Ed25519 key that signs recordings.
    public var recordingSigningKey: PublicKeyInfo
    /// Who gets the audit log, in the order of the configuration.
    public var auditReceivers: [AuditReceiverStatus]
    /// Where users come from beside the gateway itself.
    public var directories: [DirectoryHealth]

    public init(
        version: String, pid: Int32, started: Timestamp, listen: String, sessions: Int, users: Int, targets: Int,
        recordings: Int, hostKeys: [PublicKeyInfo], recordingSigningKey: PublicKeyInfo,
        auditReceivers: [AuditReceiverStatus] = [], directories: [DirectoryHealth] = []
    ) {
        self.directories = directories
        self.version = version
        self.pid = pid
        self.started = started
        self.listen = listen
        self.sessions = sessions
        self.users = users
        self.targets = targets
        self.recordings = recordings
        self.hostKeys = hostKeys
        self.recordingSigningKey = recordingSigningKey
        self.auditReceivers = auditReceivers
    }

    private enum CodingKeys: String, CodingKey {
        case version, pid, started, listen, sessions, users, targets, recordings, directories
        case hostKeys = "host_keys"
        case recordingSigningKey = "recording_signing_key"
        case auditReceivers = "audit_receivers"
    }
}

/// How one receiver of the audit log fares.
public struct AuditReceiverStatus: Codable, Hashable, Sendable {
    public var name: String
    /// `syslog` or `webhook`
    public var kind: String
    /// Position of the last row that it has.
    public var received: UInt64
    /// Rows that it has not.
    public var behind: UInt64
    /// Why it can't be reached; nil while all is well.
    public var failure: String?

    public init(name: String, kind: String, received: UInt64, behind: UInt64, failure: String?) {
        self.name = name
        self.kind = kind
        self.received = received
        self.behind = behind
        self.failure = failure
    }
}
