import RecordingFormat
import TerminalModel

/// One channel of a recording as script(1) of util-linux writes it: a typescript of the output, a file of times that
/// scriptreplay(1) plays it by, in the advanced format of util-linux 2.35 and later, and if asked for one of the input.
///
/// The bytes are the program's, errors among the output, as they came. The first and the last line of the typescript
/// and of the input are script's own, and not replayed.
public struct Typescript: Sendable {
    /// What goes to the end of each file.
    public struct Piece: Hashable, Sendable {
        public var typescript: [UInt8] = []
        public var timing: [UInt8] = []
        /// Stays empty unless input was asked for.
        public var input: [UInt8] = []

        public init() {}
    }

    private let channel: UInt32
    private let started: UInt64
    private let includesInput: Bool
    private var summary: ChannelSummary
    private var wroteHeader = false
    private var time: UInt64 = 0
    /// Time of the last step in the file of times: each counts from the one before.
    private var lastStep: UInt64 = 0

    /// - parameter startedAt: wall clock at the start of the recording, in nanoseconds since 1970.
    public init(channel: UInt32, startedAt: UInt64, includesInput: Bool = false) {
        self.channel = channel
        self.started = startedAt / 1_000_000_000
        self.includesInput = includesInput
        self.summary = ChannelSummary(number: channel, opened: 0)
    }

    public mutating func append(_ event: RecordedEvent) -> Piece {
        guard event.channel == self.channel else { return Piece() }
        self.time = max(self.time, min(event.time, Timeline.longestTime))
        self.summary.add(event)
        switch event.body {
        case .output(let bytes), .stderr(let bytes): return self.step("O", bytes)
        case .input(let bytes), .revealed(let bytes): return self.includesInput ? self.step("I", bytes) : Piece()
        case .request(.windowChange(let columns, let rows, _, _)):
            let size = TerminalSize(requestedColumns: columns, rows: rows)
            var piece = self.header()
            piece.timing += self.line("S", self.interval(), "SIGWINCH ROWS=\(size.rows) COLS=\(size.columns)")
            return piece
        default: return Piece()
        }
    }

    /// The lines that end the files.
    public mutating func finish() -> Piece {
        var piece = self.header()
        let status = self.summary.exitStatus.map { " [COMMAND_EXIT_CODE=\"\($0)\"]" } ?? ""
        let end = "\nScript done on \(self.wallClock(after: self.time))\(status)\n"
        piece.typescript += Array(end.utf8)
        if self.includesInput { piece.input += Array(end.utf8) }
        piece.timing += self.line("H", 0, "DURATION \(ClockText.seconds(self.time))")
        if let status = self.summary.exitStatus { piece.timing += self.line("H", 0, "EXIT_CODE \(status)") }
        return piece
    }

    private mutating func step(_ stream: String, _ bytes: [UInt8]) -> Piece {
        guard !bytes.isEmpty else { return Piece() }
        var piece = self.header()
        if stream == "I" { piece.input += bytes } else { piece.typescript += bytes }
        piece.timing += self.line(stream, self.interval(), "\(bytes.count)")
        return piece
    }

    private mutating func interval() -> UInt64 {
        defer { self.lastStep = self.time }
        return self.time - self.lastStep
    }

    private func line(_ code: String, _ interval: UInt64, _ text: String) -> [UInt8] {
        Array("\(code) \(ClockText.seconds(interval)) \(text)\n".utf8)
    }

    /// The first lines: with the first step, when size and command are known.
    private mutating func header() -> Piece {
        guard !self.wroteHeader else { return Piece() }
        self.wroteHeader = true
        var facts: [(name: String, value: String)] = []
        if let size = self.summary.terminal {
            facts = [
                ("TERM", SafeText.line(self.summary.terminalType)), ("COLUMNS", "\(size.columns)"),
                ("LINES", "\(size.rows)"),
            ]
        }
        if case .exec(let command) = self.summary.purpose { facts.append(("COMMAND", SafeText.line(command))) }
        let start = self.wallClock(after: 0)
        var piece = Piece()
        let about = facts.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: " ")
        let begin = Array("Script started on \(start)\(about.isEmpty ? "" : " [\(about)]")\n".utf8)
        piece.typescript = begin
        if self.includesInput { piece.input = begin }
        for (name, value) in [("START_TIME", start)] + facts { piece.timing += self.line("H", 0, "\(name) \(value)") }
        return piece
    }

    /// As script writes it: `2026-01-31 08:05:09+00:00`.
    private func wallClock(after microseconds: UInt64) -> String {
        ClockText.date(self.started + microseconds / 1_000_000) + "+00:00"
    }
}
