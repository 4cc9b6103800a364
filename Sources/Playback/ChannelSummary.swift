import RecordingFormat
import TerminalModel

/// What a channel of a recording was used for.
public enum ChannelPurpose: Hashable, Sendable {
    /// Opened, and nothing asked for yet.
    case unknown
    case shell
    case exec(command: [UInt8])
    case subsystem(name: [UInt8])
    case forward(host: [UInt8], port: UInt32)
    /// Connections of the target's programs to the client's agent and display.
    case agent
    case display
    case refused

    /// Its bytes are a protocol between programs, not text that a person saw.
    public var isProtocol: Bool {
        switch self {
        case .subsystem, .forward, .agent, .display, .refused: true
        case .exec(let command): ProtocolCommand.label(command) != nil
        case .unknown, .shell: false
        }
    }

    /// One harmless line: `shell`, `$ uptime`, `subsystem sftp`.
    public var label: String {
        switch self {
        case .unknown: "channel"
        case .shell: "shell"
        case .exec(let command): "$ " + SafeText.line(command)
        case .subsystem(let name): "subsystem " + SafeText.line(name)
        case .forward(let host, let port): "forward to " + ForwardPlaceText.line(host, port)
        case .agent: "agent"
        case .display: "X11"
        case .refused: "refused"
        }
    }
}

/// One channel of a recording, as far as its events were seen.
public struct ChannelSummary: Hashable, Sendable {
    public let number: UInt32
    public internal(set) var purpose = ChannelPurpose.unknown
    /// The pty's size when it was granted; nil without a pty.
    public internal(set) var terminal: TerminalSize?
    /// The client's TERM.
    public internal(set) var terminalType: [UInt8] = []
    /// Microseconds of its first and last event.
    public internal(set) var opened: UInt64
    public internal(set) var lastEvent: UInt64
    /// Bytes that the client sent, and that it got on either stream.
    public internal(set) var inputBytes: UInt64 = 0
    public internal(set) var outputBytes: UInt64 = 0
    /// The exit status; nil while it runs and after death by a signal.
    public internal(set) var exitStatus: UInt32?

    /// For a status line: `1: shell (80×24)`.
    public var label: String {
        let size = self.terminal.map { " (\($0.columns)×\($0.rows))" } ?? ""
        return "\(self.number): \(self.purpose.label)\(size)"
    }

    /// What went through, in words. Of what the client sent nothing, if the reader can't know of it.
    var byteCounts: String {
        self.inputBytes == 0
            ? "\(self.outputBytes) bytes from the target"
            : "\(self.inputBytes) bytes to the target, \(self.outputBytes) bytes from it"
    }

    /// The number of the channel to show first: the first with a pty, else the first whose bytes are for people, else
    /// the first. `channels` are in order of their numbers.
    static func principal(of channels: [ChannelSummary]) -> UInt32? {
        let readable = channels.first { !$0.purpose.isProtocol && $0.purpose != .unknown }
        return (channels.first { $0.terminal != nil } ?? readable ?? channels.first)?.number
    }

    /// - parameter opened: microseconds since the start.
    public init(number: UInt32, opened: UInt64) {
        self.number = number
        self.opened = opened
        self.lastEvent = opened
    }

    /// The channel's next event.
    public mutating func add(_ event: RecordedEvent) {
        self.lastEvent = event.time
        switch event.body {
        case .request(let request): self.add(request)
        case .requestAnswered(let accepted):
            // The pty is the first request that wants an answer; a refused one leaves none.
            if !accepted, self.purpose == .unknown { self.terminal = nil }
        case .channelRefused: self.purpose = .refused
        case .channelOpened(let type):
            if type == Array("auth-agent@openssh.com".utf8) { self.purpose = .agent }
            if type == Array("x11".utf8) { self.purpose = .display }
        case .forwardOpened(let host, let port, _, _):
            if self.purpose != .display { self.purpose = .forward(host: host, port: port) }
        case .input(let bytes): self.inputBytes += UInt64(bytes.count)
        case .withheld(let bytes): self.inputBytes = self.inputBytes.addingReportingOverflow(bytes).partialValue
        case .omitted(.toTarget, let bytes):
            self.inputBytes = self.inputBytes.addingReportingOverflow(bytes).partialValue
        case .omitted(.toClient, let bytes):
            self.outputBytes = self.outputBytes.addingReportingOverflow(bytes).partialValue
        case .output(let bytes), .stderr(let bytes): self.outputBytes += UInt64(bytes.count)
        case .exitStatus(let status): self.exitStatus = status
        case .channelClosed, .endOfFile, .exitSignal, .fileOperation, .revealed, .masked, .control,
            .marker, .fileChange, .targetRequest, .unknown:
            break
        }
    }

    private mutating func add(_ request: RecordedRequest) {
        switch request {
        case .pty(let terminal, let columns, let rows, _, _, _):
            self.terminalType = terminal
            self.terminal = TerminalSize(requestedColumns: columns, rows: rows)
        case .shell: self.purpose = .shell
        case .exec(let command): self.purpose = .exec(command: command)
        case .subsystem(let name): self.purpose = .subsystem(name: name)
        case .environment, .windowChange, .signal, .breakSignal, .agentForwarding, .x11, .other: break
        }
    }
}
