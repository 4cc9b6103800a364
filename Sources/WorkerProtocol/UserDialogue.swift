/// Something that the gateway itself wants to know of a user whose target is not opened yet, at the terminal on which they
/// wait for their program: why they need access, say. Later ones replace earlier ones.
public struct GatewayQuestion: Hashable, Sendable {
    public enum Kind: UInt8, CaseIterable, Hashable, Sendable {
        /// A line is typed for an answer, and shown.
        case line = 1
        /// A line is typed for an answer, and not shown.
        case secret = 2
        /// The user is told something, and may only wait, or leave by Ctrl-C.
        case wait = 3
    }

    public var kind: Kind
    /// Lines without the last line end, at most ``WireLimits/text`` bytes.
    public var text: [UInt8]

    public init(kind: Kind, text: [UInt8]) {
        self.kind = kind
        self.text = text
    }
}

/// What has come of a ``GatewayQuestion``.
public enum GatewayAnswer: Hashable, Sendable {
    /// At most ``WireLimits/password`` bytes.
    case answered([UInt8])
    /// The user has left it by Ctrl-C, or for too long.
    case left
    /// There is nobody to ask: the client wants a program without a terminal.
    case noTerminal
}

extension WireLimits {
    /// Most questions of the gateway's own on one connection, news to somebody who waits among them.
    public static let gatewayQuestions = 256
}

extension WireWriter {
    mutating func write(_ question: GatewayQuestion) {
        self.write(question.kind.rawValue)
        self.write(question.text)
    }
}

extension WireReader {
    mutating func readGatewayQuestion() throws(WireError) -> GatewayQuestion {
        guard let kind = GatewayQuestion.Kind(rawValue: try self.read(UInt8.self)) else { throw .unknownKind }
        return GatewayQuestion(kind: kind, text: try self.read(limit: WireLimits.text))
    }
}
