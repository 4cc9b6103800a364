/// How much of what a grant permits. nil is no limit.
public struct AccessLimits: Hashable, Sendable {
    /// From a session's begin to its end, in seconds.
    public let sessionSeconds: Int?
    /// Without a sign of the user, in seconds.
    public let idleSeconds: Int?
    /// At once, of the user on all targets together.
    public let sessionsPerUser: Int?
    /// At once, on the target by all users together.
    public let sessionsPerTarget: Int?
    /// At most one of each kind and direction.
    public let bytes: Set<ByteLimit>

    public static let none = AccessLimits()

    public init(
        sessionSeconds: Int? = nil, idleSeconds: Int? = nil, sessionsPerUser: Int? = nil,
        sessionsPerTarget: Int? = nil, bytes: Set<ByteLimit> = []
    ) {
        self.sessionSeconds = sessionSeconds
        self.idleSeconds = idleSeconds
        self.sessionsPerUser = sessionsPerUser
        self.sessionsPerTarget = sessionsPerTarget
        self.bytes = Self.least(bytes)
    }

    /// Of several grants that apply, the least of each counts.
    public static func strictest(of limits: [AccessLimits]) -> AccessLimits {
        AccessLimits(
            sessionSeconds: limits.compactMap(\.sessionSeconds).min(),
            idleSeconds: limits.compactMap(\.idleSeconds).min(),
            sessionsPerUser: limits.compactMap(\.sessionsPerUser).min(),
            sessionsPerTarget: limits.compactMap(\.sessionsPerTarget).min(),
            bytes: limits.reduce(into: []) { $0.formUnion($1.bytes) })
    }

    private static func least(_ limits: Set<ByteLimit>) -> Set<ByteLimit> {
        struct Place: Hashable {
            let kind: ChannelKind
            let direction: ByteLimit.Direction
        }
        let groups = Dictionary(grouping: limits) { Place(kind: $0.kind, direction: $0.direction) }
        return Set(groups.values.compactMap { $0.min { $0.bytes < $1.bytes } })
    }

    /// Each limit in a few words.
    public var words: [String] {
        var words: [String] = []
        if let seconds = self.sessionSeconds { words.append("sessions of at most \(Self.length(seconds))") }
        if let seconds = self.idleSeconds { words.append("idle at most \(Self.length(seconds))") }
        if let count = self.sessionsPerUser { words.append("at most \(count) sessions of the user") }
        if let count = self.sessionsPerTarget { words.append("at most \(count) sessions on the target") }
        return words + self.bytes.map(\.text).sorted().map { "at most \($0) bytes" }
    }

    /// `90 s`, `15 min`, `8 h`, as long as nothing is lost.
    public static func length(_ seconds: Int) -> String {
        switch seconds {
        case let seconds where seconds.isMultiple(of: 3600): "\(seconds / 3600) h"
        case let seconds where seconds.isMultiple(of: 60): "\(seconds / 60) min"
        default: "\(seconds) s"
        }
    }
}

/// Most bytes that one channel of a kind may carry in one direction.
public struct ByteLimit: Hashable, Sendable {
    public enum Direction: String, CaseIterable, Hashable, Sendable {
        /// To the target.
        case upload
        /// From the target.
        case download
    }

    /// Why a limit can't be read: one line that says what to do.
    public struct Invalid: Error, Hashable, Sendable {
        public let message: String
    }

    /// Kinds whose bytes are counted.
    public static let kinds: [ChannelKind] = [.shell, .exec, .sftp, .scp]

    public let kind: ChannelKind
    public let direction: Direction
    public let bytes: UInt64

    public init(kind: ChannelKind, direction: Direction, bytes: UInt64) {
        self.kind = kind
        self.direction = direction
        self.bytes = bytes
    }

    /// Reads `sftp upload 1048576`.
    public init(parsing text: String) throws(Invalid) {
        let words = text.split(separator: " ")
        guard words.count == 3, let kind = ChannelKind(rawValue: String(words[0])), Self.kinds.contains(kind),
            let direction = Direction(rawValue: String(words[1])), let bytes = UInt64(words[2]), bytes > 0
        else {
            let kinds = Self.kinds.map(\.rawValue).joined(separator: ", ")
            throw Invalid(message: "a limit of bytes is KIND upload|download BYTES, where KIND is one of \(kinds)")
        }
        self.init(kind: kind, direction: direction, bytes: bytes)
    }

    /// As ``init(parsing:)`` reads it.
    public var text: String { "\(self.kind.rawValue) \(self.direction.rawValue) \(self.bytes)" }
}
