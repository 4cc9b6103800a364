/// Which audit events to list.
public struct AuditQuery: Codable, Hashable, Sendable {
    /// At most this many, the newest ones.
    public var limit: Int
    /// Only events of this code.
    public var code: String?
    /// Only events about the session of this id.
    public var session: String?

    /// Most events that one answer holds.
    public static let maximumLimit = 10_000

    public init(limit: Int = 1000, code: String? = nil, session: String? = nil) {
        self.limit = limit
        self.code = code
        self.session = session
    }
}

public struct AuditEventInfo: Codable, Hashable, Sendable {
    /// Position in the log, from 1.
    public var sequence: UInt64
    public var time: Timestamp
    /// Stable code, such as `SP1001I`.
    public var code: String
    /// Who did it, or whose doing it was.
    public var actor: String
    /// The event in one line.
    public var text: String
    /// The fields of the event by name.
    public var fields: [String: String]

    public init(
        sequence: UInt64, time: Timestamp, code: String, actor: String, text: String, fields: [String: String]
    ) {
        self.sequence = sequence
        self.time = time
        self.code = code
        self.actor = actor
        self.text = text
        self.fields = fields
    }
}
