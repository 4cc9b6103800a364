import RecordingFormat
import TerminalModel

/// The transcript of one channel.
struct ChannelTranscript: Sendable {
    /// Bytes of output that go to the terminal between two looks at what scrolled off.
    private static let slice = 4096
    /// What was typed at a terminal is kept to be shown in one place, up to so many lines.
    private static let maximumTypedLines = 10_000

    private var summary: ChannelSummary
    private let includesInput: Bool
    private var screen = TerminalScreen()
    private var joiner = TerminalLineJoiner()
    private var output = PlainLines()
    private var errors = PlainLines()
    private var input = PlainLines()
    private var typing = TypedLines()
    private var typed: [TranscriptLine] = []
    private var time: UInt64 = 0

    init(number: UInt32, includesInput: Bool) {
        self.summary = ChannelSummary(number: number, opened: 0)
        self.includesInput = includesInput
        self.screen.keepsDepartedLines = true
    }

    mutating func append(_ event: RecordedEvent) -> [TranscriptLine] {
        self.time = event.time
        self.summary.add(event)
        switch event.body {
        case .request(let request): return self.append(request)
        case .output(let bytes): return self.show(bytes, isError: false)
        case .stderr(let bytes): return self.show(bytes, isError: true)
        case .input(let bytes): return self.take(input: bytes)
        case .revealed(let bytes): return self.take(input: bytes)
        case .masked(let bytes): return self.hide(bytes)
        case .exitStatus(let status): return self.drain() + self.heading("exit status \(status)")
        case .exitSignal(let name, let coreDumped, _):
            let text = "ended by signal \(SafeText.line(name))" + (coreDumped ? ", core dumped" : "")
            return self.drain() + self.heading(text)
        case .channelRefused(let type, let reason, let text):
            return self.heading("\(SafeText.line(type)) refused: \(SafeText.line(text)) (reason \(reason))")
        case .forwardOpened, .fileOperation, .fileChange, .marker, .control:
            return TimelineMark(event).map { self.drain() + self.heading($0.label) } ?? []
        case .channelOpened, .channelClosed, .requestAnswered, .endOfFile, .withheld, .omitted, .targetRequest,
            .unknown:
            return []
        }
    }

    private mutating func append(_ request: RecordedRequest) -> [TranscriptLine] {
        switch request {
        case .pty:
            guard let size = self.summary.terminal else { return [] }
            self.screen.resize(to: size)
            return self.drain()
        case .windowChange(let columns, let rows, _, _):
            self.screen.resize(to: TerminalSize(requestedColumns: columns, rows: rows))
            return self.drain()
        case .shell: return self.heading(self.terminalLabel)
        case .subsystem: return self.heading(self.summary.purpose.label)
        case .exec(let command):
            let heading = self.heading(self.summary.terminal == nil ? "command" : "command, " + self.terminalLabel)
            return heading + [self.line(.command, SafeText.line(command, limit: 16 * 1024))]
        case .signal(let name): return self.drain() + self.heading("signal \(SafeText.line(name)) sent")
        case .environment, .breakSignal, .agentForwarding, .x11, .other: return []
        }
    }

    private var terminalLabel: String {
        guard let size = self.summary.terminal else { return "shell" }
        return "terminal \(SafeText.line(self.summary.terminalType)) \(size.columns)×\(size.rows)"
    }

    private func line(_ kind: TranscriptLine.Kind, _ text: String) -> TranscriptLine {
        TranscriptLine(time: self.time, channel: self.summary.number, kind: kind, text: text)
    }

    private func heading(_ text: String) -> [TranscriptLine] {
        [self.line(.heading, ClockText.clock(self.time) + " channel \(self.summary.number): " + text)]
    }

    private func note(_ text: String) -> [TranscriptLine] { [self.line(.note, text)] }

    private mutating func show(_ bytes: [UInt8], isError: Bool) -> [TranscriptLine] {
        // What a protocol's program complains of is for people.
        guard isError || !self.summary.purpose.isProtocol else { return [] }
        guard self.summary.terminal != nil else {
            let pieces = isError ? self.errors.append(bytes) : self.output.append(bytes)
            return self.lines(pieces, isError ? .error : .shown)
        }
        var lines: [TranscriptLine] = []
        var start = 0
        while start < bytes.count {
            let end = min(start + Self.slice, bytes.count)
            self.screen.feed(bytes[start..<end])
            lines += self.drain()
            start = end
        }
        return lines
    }

    private func lines(_ pieces: [PlainLines.Piece], _ kind: TranscriptLine.Kind) -> [TranscriptLine] {
        pieces.map { piece in
            switch piece {
            case .line(let text): self.line(kind, text)
            case .binary(let count):
                self.line(.note, "\(count) bytes of binary \(kind == .typed ? "input" : "output")")
            }
        }
    }

    /// The lines that left the screen since the last look.
    private mutating func drain() -> [TranscriptLine] {
        self.screen.takeDeparted().flatMap { self.lines(of: $0) }
    }

    private mutating func lines(of departed: DepartedLines) -> [TranscriptLine] {
        switch departed.how {
        case .scrolledOff: return departed.rows.compactMap { self.joiner.append($0) }.map(self.shown)
        case .cleared: return self.page(departed.rows).map(self.shown)
        case .leftAlternate:
            let page = TerminalText.lines(of: departed.rows)
            let start = self.line(.note, "full-screen program:")
            return [start] + Self.trimmed(page).map(self.shown) + [self.line(.note, "end of the full screen")]
        case .lost: return self.note("lines that went by too fast are left out")
        }
    }

    /// A screen's rows after whatever line was begun above them.
    private mutating func page(_ rows: [TerminalRow]) -> [String] {
        var lines = rows.compactMap { self.joiner.append($0) }
        if let rest = self.joiner.finish() { lines.append(rest) }
        return Self.trimmed(lines)
    }

    private static func trimmed(_ lines: [String]) -> [String] {
        var lines = lines
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    private func shown(_ text: String) -> TranscriptLine {
        // A terminal's cells hold no controls below 0x80.
        guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return self.line(.shown, text) }
        return self.line(.shown, String(String.UnicodeScalarView(text.unicodeScalars.map(SafeText.harmless))))
    }

    private mutating func take(input bytes: [UInt8]) -> [TranscriptLine] {
        guard self.includesInput, !self.summary.purpose.isProtocol else { return [] }
        guard self.summary.terminal != nil else { return self.lines(self.input.append(bytes), .typed) }
        self.typed += self.typing.append(bytes).map { self.line(.typed, $0) }
        guard self.typed.count >= Self.maximumTypedLines else { return [] }
        defer { self.typed = [] }
        return self.typed
    }

    /// What was typed and is not in the recording stands among the typed lines, by its number of bytes.
    private mutating func hide(_ count: UInt64) -> [TranscriptLine] {
        guard self.includesInput, self.summary.terminal != nil else {
            return self.note("\(count) bytes of input are not in the recording")
        }
        self.typed += self.typing.hide(count).map { self.line(.typed, $0) }
        return []
    }

    /// What is left at the end: the screen, unfinished lines, what was typed, bytes of a protocol.
    mutating func finish(at time: UInt64) -> [TranscriptLine] {
        self.time = time
        if self.summary.purpose.isProtocol, self.summary.inputBytes + self.summary.outputBytes > 0 {
            return self.lines(self.errors.finish(), .error)
                + self.note(self.summary.byteCounts)
        }
        var lines = self.screen.takeRemaining().flatMap { self.lines(of: $0) }
        lines += self.lines(self.output.finish(), .shown) + self.lines(self.errors.finish(), .error)
        lines += self.lines(self.input.finish(), .typed)
        if let rest = self.typing.finish() { self.typed.append(self.line(.typed, rest)) }
        guard !self.typed.isEmpty else { return lines }
        return lines + self.heading("what was typed") + self.typed
    }
}
