import RecordingFormat

/// A recording's events in order, with what there is to find in them.
public struct Timeline: Sendable {
    /// Times never decrease, and none is later than ``longestTime``.
    public let events: [RecordedEvent]
    /// Microseconds from the start to the last event.
    public let duration: UInt64
    /// In order of their numbers; channel 0, the connection as a whole, is not among them.
    public let channels: [ChannelSummary]
    /// Commands, markers and what others did, in order of time.
    public let marks: [TimelineMark]

    /// A hundred years in microseconds: a broken file must not make times overflow.
    public static let longestTime: UInt64 = 100 * 366 * 86_400 * 1_000_000

    public init(_ events: [RecordedEvent]) {
        var ordered = events
        var channels: [UInt32: ChannelSummary] = [:]
        var marks: [TimelineMark] = []
        var latest: UInt64 = 0
        for index in ordered.indices {
            latest = max(latest, min(ordered[index].time, Self.longestTime))
            ordered[index].time = latest
            let event = ordered[index]
            if let mark = TimelineMark(event) { marks.append(mark) }
            guard event.channel != 0 else { continue }
            channels[event.channel, default: ChannelSummary(number: event.channel, opened: latest)].add(event)
        }
        self.events = ordered
        self.duration = latest
        self.channels = channels.values.sorted { $0.number < $1.number }
        self.marks = marks
    }

    /// The channel to show first: the first with a pty, else the first whose bytes are for people, else the first.
    public var principalChannel: UInt32? { ChannelSummary.principal(of: self.channels) }

    /// The channel with this number.
    public func channel(_ number: UInt32) -> ChannelSummary? { self.channels.first { $0.number == number } }
}

/// A moment that a viewer may want to go to.
public struct TimelineMark: Hashable, Sendable {
    /// Microseconds since the start.
    public let time: UInt64
    public let channel: UInt32
    /// One harmless line.
    public let label: String

    init(time: UInt64, channel: UInt32, label: String) {
        self.time = time
        self.channel = channel
        self.label = label
    }

    /// Nil for events that are not marks.
    init?(_ event: RecordedEvent) {
        guard let label = Self.label(event.body) else { return nil }
        self.time = event.time
        self.channel = event.channel
        self.label = label
    }

    private static func label(_ body: EventBody) -> String? {
        switch body {
        case .request(.exec(let command)): "$ " + SafeText.line(command)
        case .request(.shell): "shell"
        case .request(.subsystem(let name)): "subsystem " + SafeText.line(name)
        case .forwardOpened(let host, let port, _, _): "forward to " + ForwardPlaceText.line(host, port)
        case .fileOperation(let operation): "file " + SafeText.line(operation.path)
        case .fileChange(let change): change.label
        case .marker(let text): SafeText.line(text)
        // Each key is one; that somebody types along is a mark of its own.
        case .control(.inputBy): nil
        case .control(let control): control.label
        case .channelOpened, .channelRefused, .channelClosed, .request, .requestAnswered, .input, .output, .stderr,
            .endOfFile, .exitStatus, .exitSignal, .withheld, .revealed, .masked, .omitted, .targetRequest,
            .unknown:
            nil
        }
    }
}

extension ControlEvent {
    /// One harmless line: `locked by bob`.
    public var label: String {
        switch self {
        case .locked(let name): "locked by " + SafeText.line(name)
        case .unlocked(let name): "unlocked by " + SafeText.line(name)
        case .message(let name, let text): "message from " + SafeText.line(name) + ": " + SafeText.line(text)
        case .watcherJoined(let name): "watched by " + SafeText.line(name)
        case .watcherLeft(let name): "no longer watched by " + SafeText.line(name)
        case .killed(let name, let reason): "killed by " + SafeText.line(name) + ": " + SafeText.line(reason)
        case .inputDropped(let bytes): "\(bytes) bytes of input dropped while locked"
        case .inputBy(let name, _, let bytes): "\(bytes) bytes typed by " + SafeText.line(name)
        }
    }
}
