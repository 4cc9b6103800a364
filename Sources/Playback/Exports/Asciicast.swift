import RecordingFormat
import TerminalModel

/// One channel of a recording as asciicast, the format of asciinema: a JSON line for the header, then one for each
/// event. (<https://docs.asciinema.org/manual/asciicast/v2/>, <https://docs.asciinema.org/manual/asciicast/v3/>)
///
/// Each line is returned with its line feed as soon as its events are there, so that a recording of any length can be
/// exported in pieces. The output is what the program wrote, escape sequences included: it is for players, not for
/// reading on a terminal.
public struct Asciicast: Sendable {
    public enum Version: Hashable, Sendable {
        /// Times since the start; what asciinema 2 plays, and every later one.
        case v2
        /// Times since the line before, and the exit status; from asciinema 3 on.
        case v3
    }

    public struct Options: Hashable, Sendable {
        /// The channel to export; ``Timeline/principalChannel`` is a good choice.
        public var channel: UInt32
        public var version: Version
        /// Wall clock at the start of the recording, in seconds since 1970.
        public var startedAt: Int64?
        public var title: String?
        /// Adds what was typed, as far as the recording holds it.
        public var includesInput: Bool
        /// Players shorten longer pauses to this many microseconds.
        public var idleLimit: UInt64?

        public init(
            channel: UInt32, version: Version = .v2, startedAt: Int64? = nil, title: String? = nil,
            includesInput: Bool = false, idleLimit: UInt64? = nil
        ) {
            self.channel = channel
            self.version = version
            self.startedAt = startedAt
            self.title = title
            self.includesInput = includesInput
            self.idleLimit = idleLimit
        }
    }

    private static let maximumEarlyMarks = 100

    private let options: Options
    private var summary: ChannelSummary
    private var wroteHeader = false
    /// Marks from before the header: at most ``maximumEarlyMarks``, so that they stay few in memory.
    private var earlyMarks: [(time: UInt64, label: String)] = []
    private var output = UTF8Stream()
    private var errors = UTF8Stream()
    private var input = UTF8Stream()
    private var time: UInt64 = 0
    /// Time of the last line written, which v3 counts from.
    private var lastLine: UInt64 = 0

    public init(_ options: Options) {
        self.options = options
        self.summary = ChannelSummary(number: options.channel, opened: 0)
    }

    /// The whole of `events`, in one piece.
    public static func text(of events: some Sequence<RecordedEvent>, options: Options) -> String {
        var export = Asciicast(options)
        var text = ""
        for event in events { text += export.append(event) }
        return text + export.finish()
    }

    /// The lines that `event` completes: none, one, or two.
    public mutating func append(_ event: RecordedEvent) -> String {
        self.time = max(self.time, event.time)
        if event.channel == 0 { return self.mark(event) }
        guard event.channel == self.options.channel else { return "" }
        self.summary.add(event)
        switch event.body {
        // The header comes with the first event that shows something, when the size is known.
        case .request(.windowChange(let columns, let rows, _, _)):
            let size = TerminalSize(requestedColumns: columns, rows: rows)
            return self.line("r", "\(size.columns)x\(size.rows)")
        case .output(let bytes): return self.line("o", self.shown(self.output.append(bytes)))
        case .stderr(let bytes): return self.line("o", self.shown(self.errors.append(bytes)))
        case .input(let bytes), .revealed(let bytes):
            return self.options.includesInput ? self.line("i", self.input.append(bytes)) : ""
        default: return self.mark(event)
        }
    }

    /// The last lines: a character that was cut off, the exit status, or the header of a recording that shows nothing.
    public mutating func finish() -> String {
        var rest = self.header()
        rest += self.line("o", self.output.finish()) + self.line("o", self.errors.finish())
        rest += self.line("i", self.input.finish())
        // A target may send more output after the status, and for players the status is the end.
        if self.options.version == .v3, let status = self.summary.exitStatus { rest += self.line("x", "\(status)") }
        return rest
    }

    private mutating func mark(_ event: RecordedEvent) -> String {
        switch event.body {
        case .request(.exec), .marker, .control: break
        default: return ""
        }
        guard let label = TimelineMark(event)?.label else { return "" }
        if self.wroteHeader { return self.line("m", label) }
        if self.earlyMarks.count < Self.maximumEarlyMarks { self.earlyMarks.append((self.time, label)) }
        return ""
    }

    /// Without a pty a line feed is all that ends a line, and a player's terminal needs a carriage return too.
    private func shown(_ text: String) -> String {
        guard self.summary.terminal == nil else { return text }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\n" { shown.append("\r") }
            shown.append(scalar)
        }
        return String(shown)
    }

    private mutating func line(_ code: String, _ data: String) -> String {
        guard !data.isEmpty else { return "" }
        let header = self.header()
        return header + self.record(self.time, code, data)
    }

    private mutating func record(_ time: UInt64, _ code: String, _ data: String) -> String {
        defer { self.lastLine = time }
        let shown = self.options.version == .v2 ? time : time - self.lastLine
        return "[\(ClockText.seconds(shown)), \"\(code)\", \(JSONText.quoted(data))]\n"
    }

    private mutating func header() -> String {
        guard !self.wroteHeader else { return "" }
        self.wroteHeader = true
        var members = self.terminalMembers
        if let startedAt = self.options.startedAt { members.append("\"timestamp\": \(startedAt)") }
        if let limit = self.options.idleLimit { members.append("\"idle_time_limit\": \(ClockText.seconds(limit))") }
        if case .exec(let command) = self.summary.purpose {
            members.append("\"command\": \(JSONText.quoted(String(decoding: command, as: UTF8.self)))")
        }
        if let title = self.options.title { members.append("\"title\": \(JSONText.quoted(title))") }
        var text = "{\(members.joined(separator: ", "))}\n"
        for mark in self.earlyMarks { text += self.record(mark.time, "m", mark.label) }
        self.earlyMarks = []
        return text
    }

    /// Version, size and TERM, where each version has them.
    private var terminalMembers: [String] {
        let size = self.summary.terminal ?? .standard
        let name = String(decoding: self.summary.terminalType, as: UTF8.self)
        let type = name.isEmpty ? nil : JSONText.quoted(name)
        switch self.options.version {
        case .v2:
            let environment = type.map { ["\"env\": {\"TERM\": \($0)}"] } ?? []
            return ["\"version\": 2", "\"width\": \(size.columns)", "\"height\": \(size.rows)"] + environment
        case .v3:
            let cells = "\"cols\": \(size.columns), \"rows\": \(size.rows)"
            return ["\"version\": 3", "\"term\": {\(cells)\(type.map { ", \"type\": \($0)" } ?? "")}"]
        }
    }
}
