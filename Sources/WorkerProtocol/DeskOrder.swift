/// What a user asks the gateway itself for, on a connection without a target: `ssh alice@gateway checkout web1/root`.
public struct DeskOrder: Hashable, Sendable {
    /// As the client sent it; at most ``WireLimits/text`` bytes.
    public var command: [UInt8]
    /// The answer goes to a terminal: a person looks at it.
    public var hasTerminal: Bool

    public init(command: [UInt8], hasTerminal: Bool) {
        self.command = command
        self.hasTerminal = hasTerminal
    }
}

/// The broker's answer to a ``DeskOrder``.
public struct DeskAnswer: Hashable, Sendable {
    /// For the user: lines without the last line end, at most ``WireLimits/text`` bytes.
    public var text: [UInt8]
    /// What the client exits with; 0 for text that was asked for, else it is a complaint.
    public var status: UInt32

    public init(text: [UInt8], status: UInt32) {
        self.text = text
        self.status = status
    }
}

extension WireLimits {
    /// Most orders on one connection.
    public static let orders = 16
}
