/// A command, or a line at a shell, that waits for a supervisor.
public struct HeldCommandInfo: Codable, Hashable, Sendable {
    public var number: UInt32
    /// Name of the rule that holds it.
    public var rule: String
    /// As the session's terminal shows it.
    public var command: String
    public var since: Timestamp

    public init(number: UInt32, rule: String, command: String, since: Timestamp) {
        self.number = number
        self.rule = rule
        self.command = command
        self.since = since
    }
}

public struct DecideCommandRequest: Codable, Hashable, Sendable {
    public var approve: Bool
    /// Nil for the only one that waits.
    public var number: UInt32?

    public init(approve: Bool, number: UInt32?) {
        self.approve = approve
        self.number = number
    }
}
