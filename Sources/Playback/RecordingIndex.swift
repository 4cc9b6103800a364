import RecordingFormat

/// A key frame, and the time of the last event before it.
struct KeyStart: Hashable, Sendable {
    var place: FrameReader.Place
    /// Microseconds, in order: see ``EventClock``.
    var time: UInt64

    static let start = KeyStart(place: .start, time: 0)
}

/// Puts the times of a recording in order: they never decrease, and none is later than ``Timeline/longestTime``.
struct EventClock {
    /// Microseconds of the last event.
    private(set) var time: UInt64

    /// - parameter time: the last event's, before those that come.
    init(_ time: UInt64 = 0) { self.time = time }

    /// The next events, with their times put in order.
    mutating func order(_ events: [RecordedEvent]) -> [RecordedEvent] {
        var ordered = events
        for index in ordered.indices {
            self.time = max(self.time, min(ordered[index].time, Timeline.longestTime))
            if ordered[index].time != self.time { ordered[index].time = self.time }
        }
        return ordered
    }
}

/// What a scan finds in a recording, without its content.
struct RecordingIndex {
    private var summaries: [UInt32: ChannelSummary] = [:]
    private var starts: [UInt32: KeyStart] = [:]
    private(set) var keys: [KeyStart] = []
    /// Commands, markers and what others did, in order of time.
    private(set) var marks: [TimelineMark] = []
    /// Frames that it knows.
    private(set) var frames: UInt64 = 0
    private var commands = CommandIndex()

    init() {}

    /// One that was made before, of all frames. Everything is in its order.
    init(
        channels: [(summary: ChannelSummary, start: KeyStart)], keys: [KeyStart], marks: [TimelineMark], frames: UInt64
    ) {
        for (summary, start) in channels {
            self.summaries[summary.number] = summary
            self.starts[summary.number] = start
        }
        self.keys = keys
        self.marks = marks
        self.frames = frames
    }

    /// In order of their numbers; channel 0 is not among them.
    var channels: [ChannelSummary] { self.summaries.values.sorted { $0.number < $1.number } }

    var channelCount: Int { self.summaries.count }

    func channel(_ number: UInt32) -> ChannelSummary? { self.summaries[number] }

    /// The key frame before which there is nothing of `channel`.
    func start(of channel: UInt32) -> KeyStart { self.starts[channel] ?? .start }

    /// The last key frame that begins no later than `time`.
    func key(upTo time: UInt64) -> KeyStart { self.keys.last { $0.time <= time } ?? .start }

    /// A frame's events; of frames that it knows already nothing is added.
    /// - parameter key: the key frame that the frame belongs to.
    mutating func add(_ events: [RecordedEvent], frame: UInt64, key: KeyStart) {
        guard frame >= self.frames else { return }
        self.frames = frame + 1
        if self.keys.last != key { self.keys.append(key) }
        for event in events {
            if let mark = TimelineMark(event) { self.insert(mark) }
            // What an exec request asked for is a mark by itself.
            for command in self.commands.append(event) where command.confidence != .requested {
                self.insert(TimelineMark(command))
            }
            guard event.channel != 0 else { continue }
            if self.summaries[event.channel] == nil {
                self.summaries[event.channel] = ChannelSummary(number: event.channel, opened: event.time)
                self.starts[event.channel] = key
            }
            self.summaries[event.channel]?.add(event)
        }
    }

    /// A command is known only some time after it was entered.
    private mutating func insert(_ mark: TimelineMark) {
        let index = self.marks.lastIndex { $0.time <= mark.time }.map { $0 + 1 } ?? 0
        self.marks.insert(mark, at: index)
    }
}
