import RecordingFormat

/// Every event of a recording as a JSON object on a line of its own (NDJSON), bytes in base 64 and as text. What the
/// members mean is in docs/exports.md, for programs that others write.
public struct EventLines: Sendable {
    /// What the first line says of the recording.
    public struct Origin: Hashable, Sendable {
        /// Id or file name.
        public var name: String
        /// Nanoseconds since 1970 at event time 0.
        public var startedAt: UInt64
        /// Who, what and under which policy.
        public var metadata: RecordingMetadata?

        public init(name: String, startedAt: UInt64, metadata: RecordingMetadata?) {
            self.name = name
            self.startedAt = startedAt
            self.metadata = metadata
        }
    }

    private let origin: Origin
    private let channel: UInt32?
    private var count: UInt64 = 0

    /// - parameter channel: leaves out the events of other channels, but for those of the connection; nil for all.
    public init(_ origin: Origin, channel: UInt32? = nil) {
        self.origin = origin
        self.channel = channel
    }

    /// The first line.
    public func start() -> String {
        var object = EventObject("recording")
        object.add("version", number: 1)
        object.add("name", text: self.origin.name)
        let started = ClockText.date(self.origin.startedAt / 1_000_000_000).replacing(" ", with: "T")
        object.add("started", text: started + "Z")
        object.add("started_ns", number: self.origin.startedAt)
        var metadata = EventObject()
        for pair in self.origin.metadata?.pairs ?? [] {
            metadata.add(String(decoding: pair.key, as: UTF8.self), text: String(decoding: pair.value, as: UTF8.self))
        }
        object.add("metadata", object: metadata)
        return object.line
    }

    /// The line of `event`; empty for another channel's.
    public mutating func append(_ event: RecordedEvent) -> String {
        if let channel, event.channel != channel, event.channel != 0 { return "" }
        self.count += 1
        var object = EventObject()
        object.add("time", seconds: event.time)
        object.add("channel", number: UInt64(event.channel))
        object.add(event.body)
        return object.line
    }

    /// The last line: by it a reader knows that nothing is missing.
    /// - Parameters:
    ///   - verification: what the recording's verification said, one line.
    ///   - isSound: whether it verified.
    public func finish(verification: String, isSound: Bool) -> String {
        var object = EventObject("end")
        object.add("events", number: self.count)
        object.add("verified", boolean: isSound)
        object.add("verification", text: verification)
        return object.line
    }
}
