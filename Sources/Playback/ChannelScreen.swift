import RecordingFormat
import TerminalModel

/// What the admin saw of one channel: a value that each event moves on, and whose copy is an exact snapshot.
///
/// With a pty it is the terminal's screen. Without one it is what a terminal shows of the program's output and errors,
/// under the command's line; of a subsystem or a forward, how many bytes went which way.
public struct ChannelScreen: Sendable {
    public internal(set) var screen = TerminalScreen()
    public internal(set) var summary: ChannelSummary
    /// The end of what was typed, as the keys' bytes; `[n hidden]` for those that the recording doesn't hold.
    public internal(set) var recentInput: [UInt8] = []
    var hasTitle = false

    /// Bytes that ``recentInput`` keeps at least, if there were as many.
    static let recentBytes = 512

    public init(channel: UInt32) {
        self.summary = ChannelSummary(number: channel, opened: 0)
    }

    /// Whether the screen is that of a pty.
    public var isTerminal: Bool { self.summary.terminal != nil }

    /// Takes the channel's next event. Events of other channels are the caller's to leave out.
    public mutating func apply(_ event: RecordedEvent) {
        self.summary.add(event)
        switch event.body {
        case .request(.pty): if let size = self.summary.terminal { self.screen.resize(to: size) }
        case .request(.windowChange(let columns, let rows, _, _)):
            if self.isTerminal { self.screen.resize(to: TerminalSize(requestedColumns: columns, rows: rows)) }
        case .request(.exec), .request(.subsystem), .forwardOpened, .channelRefused: self.showTitle()
        case .output(let bytes), .stderr(let bytes): self.show(bytes)
        case .input(let bytes):
            if self.summary.purpose.isProtocol { self.showCounts() } else { self.remember(bytes) }
        case .revealed(let bytes): self.remember(bytes)
        case .masked(let count): self.remember(Array("[\(count) hidden]".utf8))
        case .withheld, .omitted: if self.summary.purpose.isProtocol { self.showCounts() }
        default: break
        }
    }

    /// Takes the channel's next events. Neighbouring output is shown in one go, of which what scrolls away again costs
    /// little.
    mutating func apply(_ events: [RecordedEvent]) {
        var output: [UInt8] = []
        for event in events {
            switch event.body {
            case .output(let bytes), .stderr(let bytes):
                self.summary.add(event)
                output += bytes
            default:
                if !output.isEmpty { self.show(output) }
                output.removeAll(keepingCapacity: true)
                self.apply(event)
            }
        }
        if !output.isEmpty { self.show(output) }
    }

    private mutating func show(_ bytes: [UInt8]) {
        if self.summary.purpose.isProtocol { return self.showCounts() }
        if self.isTerminal { return self.screen.feed(bytes) }
        // The admin's own terminal made a line feed start a new line.
        var lines: [UInt8] = []
        lines.reserveCapacity(bytes.count + bytes.count / 16)
        for byte in bytes {
            if byte == 0x0A { lines.append(0x0D) }
            lines.append(byte)
        }
        self.screen.feed(lines)
    }

    private mutating func remember(_ input: [UInt8]) {
        self.recentInput += input.suffix(Self.recentBytes)
        if self.recentInput.count > 2 * Self.recentBytes { self.recentInput.removeFirst(Self.recentBytes) }
    }

    private mutating func showTitle() {
        guard !self.isTerminal, !self.hasTitle else { return }
        self.hasTitle = true
        self.screen.feed(Array("\u{1B}[1m\(self.summary.purpose.label)\u{1B}[0m\r\n".utf8))
    }

    private mutating func showCounts() {
        self.screen.feed(Array("\r\(self.summary.byteCounts)".utf8))
    }
}
