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

    public init(
        version: String, pid: Int32, started: Timestamp, listen: String, sessions: Int, users: Int, targets: Int,
        recordings: Int, hostKeys: [PublicKeyInfo], recordingSigningKey: PublicKeyInfo
    ) {
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
    }

    private enum CodingKeys: String, CodingKey {
        case version, pid, started, listen, sessions, users, targets, recordings
        case hostKeys = "host_keys"
        case recordingSigningKey = "recording_signing_key"
    }
}
