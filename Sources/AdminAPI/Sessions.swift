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

    public init(
        id: String, user: String, account: String, target: String, from: String, started: Timestamp, pid: Int32,
        grant: String, recordedBytes: UInt64
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
    }

    private enum CodingKeys: String, CodingKey {
        case id, user, account, target, from, started, pid, grant
        case recordedBytes = "recorded_bytes"
    }
}

public struct KillSessionRequest: Codable, Hashable, Sendable {
    public var reason: String

    public init(reason: String) {
        self.reason = reason
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
