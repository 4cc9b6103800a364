/// A session that runs now. Its recording has the same id.
public struct SessionInfo: Codable, Hashable, Sendable {
    public var id: String
    public var user: String
    public var account: String
    public var target: String
    /// Address of the admin's client, `host:port`.
    public var from: String
    public var started: Timestamp
    /// Process id of the worker.
    public var pid: Int32
    /// Name of the grant that allowed it.
    public var grant: String
    /// Size of the recording so far, in bytes.
    public var recordedBytes: UInt64
    /// Who has locked it; nil while it is open.
    public var lockedBy: String?
    /// Who watches it now, longest first.
    public var watchers: [WatcherInfo]
    /// Dual control holds its input: no supervisor watches.
    public var held: Bool
    /// Commands that wait for a supervisor, longest first.
    public var heldCommands: [HeldCommandInfo]

    public init(
        id: String, user: String, account: String, target: String, from: String, started: Timestamp, pid: Int32,
        grant: String, recordedBytes: UInt64, lockedBy: String? = nil, watchers: [WatcherInfo] = [],
        held: Bool = false, heldCommands: [HeldCommandInfo] = []
    ) {
        self.id = id
        self.user = user
        self.account = account
        self.target = target
        self.from = from
        self.started = started
        self.pid = pid
        self.grant = grant
        self.recordedBytes = recordedBytes
        self.lockedBy = lockedBy
        self.watchers = watchers
        self.held = held
        self.heldCommands = heldCommands
    }

    private enum CodingKeys: String, CodingKey {
        case id, user, account, target, from, started, pid, grant, watchers, held
        case recordedBytes = "recorded_bytes"
        case lockedBy = "locked_by"
        case heldCommands = "held_commands"
    }
}

public struct KillSessionRequest: Codable, Hashable, Sendable {
    public var reason: String

    public init(reason: String) {
        self.reason = reason
    }
}

public struct LockSessionRequest: Codable, Hashable, Sendable {
    /// Shown to the admin.
    public var reason: String

    public init(reason: String) { self.reason = reason }
}

public struct MessageSessionRequest: Codable, Hashable, Sendable {
    /// One line.
    public var text: String
    /// The session is as if locked until the admin presses Enter.
    public var mustAcknowledge: Bool

    public init(text: String, mustAcknowledge: Bool) {
        self.text = text
        self.mustAcknowledge = mustAcknowledge
    }

    private enum CodingKeys: String, CodingKey {
        case text
        case mustAcknowledge = "must_acknowledge"
    }
}

/// A session that was locked, unlocked or told something.
public struct ControlledSession: Codable, Hashable, Sendable {
    public var id: String
    /// False when it was locked, or unlocked, before.
    public var changed: Bool

    public init(id: String, changed: Bool) {
        self.id = id
        self.changed = changed
    }
}

public struct KillResult: Codable, Hashable, Sendable {
    public var id: String
    /// Milliseconds from the call until both legs were closed.
    public var closedMilliseconds: Double
    /// The worker is proven dead and both legs are proven closed.
    public var verified: Bool

    public init(id: String, closedMilliseconds: Double, verified: Bool) {
        self.id = id
        self.closedMilliseconds = closedMilliseconds
        self.verified = verified
    }

    private enum CodingKeys: String, CodingKey {
        case id, verified
        case closedMilliseconds = "closed_ms"
    }
}
