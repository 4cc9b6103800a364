/// One line of an exported audit log: where it begins, a row, or a signed statement about the row before it.
public enum AuditExportLine: Codable, Hashable, Sendable {
    case start(AuditExportStart)
    case row(AuditExportRow)
    case head(AuditExportHead)

    private enum CodingKeys: String, CodingKey { case format, signature }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        if keys.contains(.format) {
            self = .start(try AuditExportStart(from: decoder))
        } else if keys.contains(.signature) {
            self = .head(try AuditExportHead(from: decoder))
        } else {
            self = .row(try AuditExportRow(from: decoder))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .start(let start): try start.encode(to: encoder)
        case .row(let row): try row.encode(to: encoder)
        case .head(let head): try head.encode(to: encoder)
        }
    }
}

/// The first line of an export.
public struct AuditExportStart: Codable, Hashable, Sendable {
    /// ``currentFormat``
    public var format: String
    /// The export begins after the row of this position; 0 stands for the start of the log.
    public var after: UInt64
    /// Hash of that row, in hexadecimal.
    public var hash: String

    public static let currentFormat = "sallyport-audit-1"

    public init(after: UInt64, hash: String) {
        self.format = Self.currentFormat
        self.after = after
        self.hash = hash
    }
}

/// A row of the audit log with all that its hash covers.
public struct AuditExportRow: Codable, Hashable, Sendable {
    public var sequence: UInt64
    /// ISO 8601 in UTC with nanoseconds.
    public var time: String
    /// Stable code, such as `SP1001I`.
    public var code: String
    public var actor: String
    /// The event in one line; made from the others, and not covered by the hash.
    public var text: String
    public var fields: [String: String]
    /// Names of the fields in the order in which they were hashed.
    public var order: [String]
    /// SHA-256 of the row before and this row, in hexadecimal.
    public var hash: String

    public init(
        sequence: UInt64, time: String, code: String, actor: String, text: String, fields: [String: String],
        order: [String], hash: String
    ) {
        self.sequence = sequence
        self.time = time
        self.code = code
        self.actor = actor
        self.text = text
        self.fields = fields
        self.order = order
        self.hash = hash
    }
}

/// What the gateway signed: that the row `sequence` has this hash.
public struct AuditExportHead: Codable, Hashable, Sendable {
    public var sequence: UInt64
    /// When it was signed; as ``AuditExportRow/time``.
    public var time: String
    public var hash: String
    /// Ed25519, in hexadecimal.
    public var signature: String

    public init(sequence: UInt64, time: String, hash: String, signature: String) {
        self.sequence = sequence
        self.time = time
        self.hash = hash
        self.signature = signature
    }
}

/// A stretch of the log: what an export is made of.
public struct AuditPage: Codable, Hashable, Sendable {
    /// Rows in order, each statement after the row that it is about.
    public var lines: [AuditExportLine]
    /// The last row of the page, or the row before it when it has none.
    public var last: UInt64
    /// Hash of the row before the first, in hexadecimal.
    public var before: String
    /// There was nothing after it when it was made.
    public var isLast: Bool

    /// Most rows of one page.
    public static let maximumRows = 5000

    public init(lines: [AuditExportLine], last: UInt64, before: String, isLast: Bool) {
        self.lines = lines
        self.last = last
        self.before = before
        self.isLast = isLast
    }
}
