/// The part of ``AdministrationService`` that is about how long recordings are kept.
public protocol RetentionAdministration: Sendable {
    func listRetention(by actor: AdminActor) async throws -> RetentionSettings
    /// Sets one rule, in place of what was said of its subject.
    func setRetention(_ rule: RetentionRuleInfo, by actor: AdminActor) async throws -> RetentionSettings
    func removeRetention(kind: String, subject: String, by actor: AdminActor) async throws -> RetentionSettings
    /// Deletes the recordings whose time is over, or says which they are.
    func runRetention(_ request: RunRetentionRequest, by actor: AdminActor) async throws -> RetentionResult
    /// Deletes one recording. Throws `conflict` for one that is being made, damaged, held, or gone.
    func deleteRecording(_ id: String, reason: String?, by actor: AdminActor) async throws -> RecordingInfo

    /// Oldest first.
    func listHolds(by actor: AdminActor) async throws -> [LegalHoldInfo]
    func placeHold(_ request: LegalHoldRequest, by actor: AdminActor) async throws
    func releaseHold(_ request: LegalHoldRequest, by actor: AdminActor) async throws
}

/// How long recordings are kept that a rule is about.
public struct RetentionRuleInfo: Codable, Hashable, Sendable {
    /// `grant`, `target` or `label`.
    public var kind: String
    public var subject: String
    /// From a session's end on; nil for ever.
    public var keepSeconds: Int?

    public init(kind: String, subject: String, keepSeconds: Int?) {
        self.kind = kind
        self.subject = subject
        self.keepSeconds = keepSeconds
    }

    private enum CodingKeys: String, CodingKey {
        case kind, subject
        case keepSeconds = "keep_seconds"
    }
}

public struct RetentionSettings: Codable, Hashable, Sendable {
    /// Where no rule is about a recording; nil for ever.
    public var defaultSeconds: Int?
    public var rules: [RetentionRuleInfo]

    public init(defaultSeconds: Int?, rules: [RetentionRuleInfo]) {
        self.defaultSeconds = defaultSeconds
        self.rules = rules
    }

    private enum CodingKeys: String, CodingKey {
        case rules
        case defaultSeconds = "default_seconds"
    }
}

public struct RunRetentionRequest: Codable, Hashable, Sendable {
    public var dryRun: Bool

    public init(dryRun: Bool) { self.dryRun = dryRun }

    private enum CodingKeys: String, CodingKey {
        case dryRun = "dry_run"
    }
}

public struct RetentionResult: Codable, Hashable, Sendable {
    public struct Item: Codable, Hashable, Sendable {
        public var id: String
        public var user: String
        public var target: String
        public var ended: Timestamp
        public var bytes: UInt64
        /// The rule, the legal hold, or what went wrong.
        public var why: String

        public init(id: String, user: String, target: String, ended: Timestamp, bytes: UInt64, why: String) {
            self.id = id
            self.user = user
            self.target = target
            self.ended = ended
            self.bytes = bytes
            self.why = why
        }
    }

    /// Or would be, of a dry run.
    public var deleted: [Item]
    /// Whose time is over, under a legal hold.
    public var held: [Item]
    public var failed: [Item]

    public init(deleted: [Item], held: [Item], failed: [Item]) {
        self.deleted = deleted
        self.held = held
        self.failed = failed
    }
}

/// What is left of a recording that was deleted.
public struct RecordingDeletionInfo: Codable, Hashable, Sendable {
    public var time: Timestamp
    /// Such as `target web1, 90 d`, or `by hand`.
    public var rule: String
    public var reason: String?
    public var by: String
    /// The first bytes of the file, its header, in hexadecimal.
    public var start: String
    /// The last bytes of the file, its seal, in hexadecimal.
    public var seal: String

    public init(time: Timestamp, rule: String, reason: String?, by: String, start: String, seal: String) {
        self.time = time
        self.rule = rule
        self.reason = reason
        self.by = by
        self.start = start
        self.seal = seal
    }
}

public struct LegalHoldInfo: Codable, Hashable, Sendable {
    /// `recording`, `user` or `target`.
    public var kind: String
    public var subject: String
    public var reason: String
    public var actor: String
    public var placed: Timestamp

    public init(kind: String, subject: String, reason: String, actor: String, placed: Timestamp) {
        self.kind = kind
        self.subject = subject
        self.reason = reason
        self.actor = actor
        self.placed = placed
    }
}

/// To place one, or to release it.
public struct LegalHoldRequest: Codable, Hashable, Sendable {
    public var kind: String
    public var subject: String
    public var reason: String

    public init(kind: String, subject: String, reason: String) {
        self.kind = kind
        self.subject = subject
        self.reason = reason
    }
}
