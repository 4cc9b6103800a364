/// How long recordings are kept.
public struct RetentionRule: Hashable, Sendable {
    /// Which recordings a rule is about.
    public enum Subject: Hashable, Sendable {
        /// Of sessions that this grant was among those to permit.
        case grant(String)
        case target(String)
        /// Of targets that have this label now, `key=value`.
        case label(String)

        /// As it stands in the database and in the API.
        public var kind: String {
            switch self {
            case .grant: "grant"
            case .target: "target"
            case .label: "label"
            }
        }

        public var name: String {
            switch self {
            case .grant(let name), .target(let name), .label(let name): name
            }
        }

        /// Such as `target web1`.
        public var text: String { "\(self.kind) \(self.name)" }

        /// Nil for a kind that there is not.
        public init?(kind: String, name: String) {
            switch kind {
            case "grant": self = .grant(name)
            case "target": self = .target(name)
            case "label": self = .label(name)
            default: return nil
            }
        }
    }

    public let subject: Subject
    /// From a session's end on; nil for ever.
    public let keepSeconds: Int?
    /// UTC.
    public let addedNanoseconds: Int64

    public init(subject: Subject, keepSeconds: Int?, addedNanoseconds: Int64 = 0) {
        self.subject = subject
        self.keepSeconds = keepSeconds
        self.addedNanoseconds = addedNanoseconds
    }
}

/// Recordings that nothing deletes until it is released.
public struct LegalHold: Hashable, Sendable {
    public enum Subject: Hashable, Sendable {
        /// One, by its id.
        case recording(String)
        /// All of a user, and all on a target: those that there are, and those to come.
        case user(String)
        case target(String)

        public var kind: String {
            switch self {
            case .recording: "recording"
            case .user: "user"
            case .target: "target"
            }
        }

        public var name: String {
            switch self {
            case .recording(let name), .user(let name), .target(let name): name
            }
        }

        /// Such as `user alice`.
        public var text: String { "\(self.kind) \(self.name)" }

        /// Nil for a kind that there is not.
        public init?(kind: String, name: String) {
            switch kind {
            case "recording": self = .recording(name)
            case "user": self = .user(name)
            case "target": self = .target(name)
            default: return nil
            }
        }

        public func covers(_ session: StoredSession) -> Bool {
            switch self {
            case .recording(let id): session.id.description == id
            case .user(let name): session.user == name
            case .target(let name): session.target == name
            }
        }
    }

    public let subject: Subject
    public let reason: String
    public let actor: String
    /// UTC.
    public let placedNanoseconds: Int64

    public init(subject: Subject, reason: String, actor: String, placedNanoseconds: Int64) {
        self.subject = subject
        self.reason = reason
        self.actor = actor
        self.placedNanoseconds = placedNanoseconds
    }
}

/// What is known of a recording that was deleted.
public struct DeletedRecording: Hashable, Sendable {
    /// By which rule, such as `target web1, 90 d`, or `by hand`.
    public let rule: String
    /// Of a deletion by hand.
    public let reason: String?
    public let actor: String
    /// UTC.
    public let timeNanoseconds: Int64
    /// The file was seen to be gone: what is found in its place later has come back.
    public let isGone: Bool
    /// The first bytes of the file, its header.
    public let firstRecord: [UInt8]
    /// The last bytes of the file, its seal.
    public let lastRecord: [UInt8]
}
