import RecordingFormat
import TerminalModel

/// One channel of a recording as an HTML file that plays it: nothing else is needed, and it asks nothing of a network.
///
/// The screens are computed here, so that the page holds no terminal, and what was recorded stands in it as base 64
/// alone: it cannot become markup or script. The page's policy names the one script and the one style sheet by hash.
public struct HTMLPlayer: Sendable {
    public struct Options: Sendable {
        public var channel: UInt32
        /// `alice as root on web1`
        public var title: String
        /// Id or file name.
        public var name: String
        /// Nanoseconds since 1970 at event time 0.
        public var startedAt: UInt64
        /// Lists what was typed, line by line.
        public var includesInput: Bool

        public init(channel: UInt32, title: String, name: String, startedAt: UInt64, includesInput: Bool = false) {
            self.channel = channel
            self.title = title
            self.name = name
            self.startedAt = startedAt
            self.includesInput = includesInput
        }
    }

    /// Marks kept to be listed.
    private static let maximumMarks = 5000

    private let options: Options
    private var frames: ScreenFrames
    private var typing = TypedLines()
    /// Milliseconds and label.
    private var marks: [(time: UInt64, label: String)] = []
    private var time: UInt64 = 0

    public init(_ options: Options) {
        self.init(options, burstBytes: ScreenFrames.burstBytes)
    }

    /// - parameter burstBytes: what a burst of output may take in the file before it gets fewer frames.
    init(_ options: Options, burstBytes: Int) {
        self.options = options
        self.frames = ScreenFrames(channel: options.channel, burstBytes: burstBytes)
    }

    /// What the file begins with.
    public func start() -> String { HTMLPage.start }

    /// What `event` adds to the file: mostly nothing, at times a piece of it.
    public mutating func append(_ event: RecordedEvent) -> String {
        self.time = max(self.time, min(event.time, Timeline.longestTime))
        guard event.channel == self.options.channel || event.channel == 0 else { return "" }
        self.mark(event)
        guard event.channel != 0 else { return "" }
        let full = self.frames.append(RecordedEvent(time: self.time, channel: event.channel, body: event.body))
        return full.map(Self.element) ?? ""
    }

    /// What the file ends with.
    /// - Parameters:
    ///   - verification: what the recording's verification said when it was exported, one line.
    ///   - isSound: whether it verified.
    public mutating func finish(verification: String, isSound: Bool) -> String {
        let chunks = self.frames.finish().map(Self.element).joined()
        let marks = self.marks.map { "[\($0.time),\(JSONText.quoted($0.label))]" }.joined(separator: ",")
        let about =
            "{\"title\":\(JSONText.quoted(self.options.title)),\"name\":\(JSONText.quoted(self.options.name)),"
            + "\"started\":\"\(ClockText.date(self.options.startedAt / 1_000_000_000))Z\","
            + "\"channel\":\(JSONText.quoted(self.frames.view.summary.label)),\"duration\":\(self.time / 1000),"
            + "\"verification\":\(JSONText.quoted(verification)),\"sound\":\(isSound),\"marks\":[\(marks)]}"
        return chunks + "<script type=\"application/json\" id=\"about\">\(Base64Text.encode(about.utf8))</script>\n"
            + HTMLPage.end
    }

    private static func element(_ chunk: ScreenChunk) -> String {
        let data = Base64Text.encode(chunk.json.utf8)
        return "<script type=\"application/json\" class=\"chunk\" data-start=\"\(chunk.start)\">\(data)</script>\n"
    }

    private mutating func mark(_ event: RecordedEvent) {
        var labels = TimelineMark(event).map { [$0.label] } ?? []
        if self.options.includesInput, event.channel != 0, self.frames.view.isTerminal {
            switch event.body {
            case .input(let bytes), .revealed(let bytes): labels += self.typing.append(bytes).map { "[typed] " + $0 }
            default: break
            }
        }
        let room = Self.maximumMarks - self.marks.count
        self.marks += labels.prefix(max(room, 0)).map { (self.time / 1000, $0) }
    }
}
