public struct RecordingInfo: Hashable, Sendable {
    public var id: String
    /// Absolute path of the session file on the gateway's host.
    public var path: String
    public var user: String
    public var account: String
    public var target: String
    /// Address of the admin's client, `host:port`.
    public var from: String
    public var started: Timestamp
    /// Nil while the session runs.
    public var ended: Timestamp?
    /// How it ended: `closed`, `killed`, `interrupted` or `quarantined`; nil while the session runs.
    public var how: String?
    /// Size of the file, in bytes.
    public var bytes: UInt64
    /// Nil while there is a file.
    public var deleted: RecordingDeletionInfo?

    public init(
        id: String, path: String, user: String, account: String, target: String, from: String, started: Timestamp,
        ended: Timestamp?, how: String?, bytes: UInt64, deleted: RecordingDeletionInfo? = nil
    ) {
        self.deleted = deleted
        self.id = id
        self.path = path
        self.user = user
        self.account = account
        self.target = target
        self.from = from
        self.started = started
        self.ended = ended
        self.how = how
        self.bytes = bytes
    }
}

extension RecordingInfo: Codable {
    private enum CodingKeys: String, CodingKey {
        case id, path, user, account, target, from, started, ended, how, bytes, deleted
    }

    // Written by hand so that `ended` and `how` are always there, as null while the session runs.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.id, forKey: .id)
        try container.encode(self.path, forKey: .path)
        try container.encode(self.user, forKey: .user)
        try container.encode(self.account, forKey: .account)
        try container.encode(self.target, forKey: .target)
        try container.encode(self.from, forKey: .from)
        try container.encode(self.started, forKey: .started)
        try container.encode(self.ended, forKey: .ended)
        try container.encode(self.how, forKey: .how)
        try container.encode(self.bytes, forKey: .bytes)
        try container.encodeIfPresent(self.deleted, forKey: .deleted)
    }
}

/// Why somebody opens a recording; audited.
public enum RecordingPurpose: String, Codable, CaseIterable, Sendable {
    case replay, export, transcript, watch, verify

    /// Verifying needs no keys and gets none.
    public var needsKeys: Bool { self != .verify }
}

public struct OpenRecordingRequest: Codable, Hashable, Sendable {
    public var purpose: RecordingPurpose

    public init(purpose: RecordingPurpose) {
        self.purpose = purpose
    }
}

/// What it takes to read one recording.
public struct RecordingAccess: Codable, Hashable, Sendable {
    /// The subkeys of the file (docs/recording-format.md section 4), 32 bytes each.
    public struct Keys: Codable, Hashable, Sendable {
        public var frames: SecretField
        public var gateway: SecretField
        /// Nil if what was typed has no track of its own, or one that the gateway can't read.
        public var input: SecretField?

        public init(frames: SecretField, gateway: SecretField, input: SecretField? = nil) {
            self.frames = frames
            self.gateway = gateway
            self.input = input
        }
    }

    public var recording: RecordingInfo
    /// The Ed25519 key that signs this gateway's recordings.
    public var signingKey: PublicKeyInfo
    /// Nil when the purpose needs none.
    public var keys: Keys?

    public init(recording: RecordingInfo, signingKey: PublicKeyInfo, keys: Keys?) {
        self.recording = recording
        self.signingKey = signingKey
        self.keys = keys
    }

    private enum CodingKeys: String, CodingKey {
        case recording, keys
        case signingKey = "signing_key"
    }
}
