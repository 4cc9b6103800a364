import RecordingFormat

/// What a reader of the session would have read, as lines of harmless text.
///
/// A channel with a pty is read through its terminal: lines as they scroll off, wrapped lines joined, progress bars as
/// they ended, full-screen programs as they were left. Other channels give their command, output, errors and input.
/// Lines of channels that ran at the same time alternate, each turn under a heading.
public struct Transcript: Sendable {
    public struct Options: Hashable, Sendable {
        /// Adds what was typed, as far as the recording holds it.
        public var includesInput: Bool
        /// Only this channel; nil for all.
        public var channel: UInt32?

        public init(includesInput: Bool = true, channel: UInt32? = nil) {
            self.includesInput = includesInput
            self.channel = channel
        }
    }

    /// More channels than these at once are counted, not shown: each may hold a terminal.
    static let maximumOpenChannels = 64

    private let options: Options
    private var channels: [UInt32: ChannelTranscript] = [:]
    /// The channel of the last line.
    private var current: UInt32 = 0
    private var time: UInt64 = 0

    public init(_ options: Options = Options()) {
        self.options = options
    }

    /// All lines of `events`.
    public static func lines(of events: some Sequence<RecordedEvent>, _ options: Options = Options())
        -> [TranscriptLine]
    {
        var transcript = Transcript(options)
        var lines: [TranscriptLine] = []
        for event in events { lines += transcript.append(event) }
        return lines + transcript.finish()
    }

    /// ``lines(of:_:)`` as plain text.
    public static func text(of events: some Sequence<RecordedEvent>, _ options: Options = Options()) -> String {
        self.lines(of: events, options).reduce(into: "") { $0 += $1.plainText + "\n" }
    }

    /// The lines that `event` completes.
    public mutating func append(_ event: RecordedEvent) -> [TranscriptLine] {
        self.time = max(self.time, event.time)
        if event.channel == 0 { return self.connectionLines(event) }
        if let only = self.options.channel, only != event.channel { return [] }
        var channel = self.channels.removeValue(forKey: event.channel)
        if channel == nil {
            guard self.channels.count < Self.maximumOpenChannels else { return [] }
            channel = ChannelTranscript(number: event.channel, includesInput: self.options.includesInput)
        }
        guard var channel else { return [] }
        var lines = channel.append(event)
        if case .channelClosed = event.body {
            lines += channel.finish(at: self.time)
        } else if case .channelRefused = event.body {
            lines += channel.finish(at: self.time)
        } else {
            self.channels[event.channel] = channel
        }
        return self.turn(to: event.channel, lines)
    }

    /// The last lines: what is still on the screens.
    public mutating func finish() -> [TranscriptLine] {
        let numbers = self.channels.keys.sorted()
        return numbers.flatMap { number in
            guard var channel = self.channels.removeValue(forKey: number) else { return [TranscriptLine]() }
            return self.turn(to: number, channel.finish(at: self.time))
        }
    }

    private mutating func turn(to channel: UInt32, _ lines: [TranscriptLine]) -> [TranscriptLine] {
        guard let first = lines.first else { return [] }
        defer { self.current = channel }
        guard self.current != channel, self.current != 0, first.kind != .heading else { return lines }
        let heading = TranscriptLine(
            time: first.time, channel: channel, kind: .heading, text: "channel \(channel) again")
        return [heading] + lines
    }

    private func connectionLines(_ event: RecordedEvent) -> [TranscriptLine] {
        guard let label = TimelineMark(event)?.label else { return [] }
        let text = ClockText.clock(event.time) + " " + label
        return [TranscriptLine(time: event.time, channel: 0, kind: .heading, text: text)]
    }
}
