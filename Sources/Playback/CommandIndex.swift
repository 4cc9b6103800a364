import RecordingFormat

/// A command that was run in a recorded session.
public struct RecordedCommand: Hashable, Sendable {
    /// How surely this is what was run, the surest first.
    public enum Confidence: String, CaseIterable, Hashable, Sendable {
        /// The client asked for it with an exec request.
        case requested
        /// The shell marked its prompt and the command's start (OSC 133).
        case marked
        /// It stood behind what looks like a prompt when Enter was pressed. A program can show what it likes.
        case echoed
        /// It was sent to a shell without a terminal, perhaps for a program to read.
        case sent
    }

    /// Microseconds since the start, when it was entered.
    public let time: UInt64
    public let channel: UInt32
    /// One harmless line.
    public let text: String
    public let confidence: Confidence
}

/// Finds the commands of a recording, fed with its events in order.
///
/// It reads no more of the output than the line that the cursor is on, so that floods of output cost little.
public struct CommandIndex: Sendable {
    /// Commands of one recording; later ones are left out.
    public static let maximumCommands = 10_000
    /// Channels at once that are looked at.
    private static let maximumOpenChannels = 256
    /// A command is cut after so many Unicode scalars.
    static let maximumText = 4096

    private var channels: [UInt32: ChannelCommands] = [:]
    private var count = 0

    public init() {}

    /// All commands of `events`.
    public static func commands(of events: some Sequence<RecordedEvent>) -> [RecordedCommand] {
        var index = CommandIndex()
        return events.flatMap { index.append($0) }
    }

    /// The commands that `event` completes.
    public mutating func append(_ event: RecordedEvent) -> [RecordedCommand] {
        guard event.channel != 0, self.count < Self.maximumCommands else { return [] }
        if case .channelClosed = event.body {
            self.channels[event.channel] = nil
            return []
        }
        guard self.channels[event.channel] != nil || self.channels.count < Self.maximumOpenChannels else { return [] }
        var found = self.channels[event.channel, default: ChannelCommands(channel: event.channel)].append(event)
        found.removeLast(max(0, self.count + found.count - Self.maximumCommands))
        self.count += found.count
        return found
    }
}

extension TimelineMark {
    /// A command as a place to go to.
    public init(_ command: RecordedCommand) {
        self.init(time: command.time, channel: command.channel, label: "$ " + command.text)
    }
}
