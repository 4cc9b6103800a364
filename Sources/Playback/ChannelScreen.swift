import RecordingFormat
import TerminalModel

/// What the admin saw of one channel: a value that each event moves on, and whose copy is an exact snapshot.
///
/// With a pty it is the terminal's screen. Without one it is what a terminal shows of the program's output and errors,
/// under the command's line; of a subsystem or a forward, how many bytes went which way.
public struct ChannelScreen: Sendable {
    public private(set) var screen = TerminalScreen()
    public private(set) var summary: ChannelSummary
    private var hasTitle = false

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
        case .input, .withheld: if self.summary.purpose.isProtocol { self.showCounts() }
        default: break
        }
    }

    /// How many bytes of `event` take time to show.
    static func cost(of event: RecordedEvent) -> Int {
        switch event.body {
        case .output(let bytes), .stderr(let bytes): bytes.count
        default: 0
        }
    }

    private mutating func show(_ bytes: [UInt8]) {
        if self.summary.purpose.isProtocol { return self.showCounts() }
        if self.isTerminal { return self.screen.feed(bytes) }
        // The admin's own terminal made a line feed start a new line.
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            if line.offset > 0 { self.screen.feed([0x0D, 0x0A]) }
            self.screen.feed(line.element)
        }
    }

    private mutating func showTitle() {
        guard !self.isTerminal, !self.hasTitle else { return }
        self.hasTitle = true
        self.screen.feed(Array("\u{1B}[1m\(self.summary.purpose.label)\u{1B}[0m\r\n".utf8))
    }

    private mutating func showCounts() {
        let text = "\r\(self.summary.inputBytes) bytes to the target, \(self.summary.outputBytes) from it"
        self.screen.feed(Array(text.utf8))
    }
}
