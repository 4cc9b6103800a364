import RecordingFormat

/// Snapshots of one channel's screen at key frames, made on the way of a scan: from the nearest one before it, the
/// screen at any time takes little reading.
struct ChannelTrack {
    struct Snapshot: Hashable {
        /// The key frame that comes next, and when it begins.
        var start: KeyStart
        var screen: PackedScreen
    }

    /// How densely snapshots are kept.
    struct Density {
        /// Bytes written to the screen between two snapshots; passing over and decoding counts for less.
        var cost: UInt64 = 1 << 19
        /// Bytes that all snapshots may take together. Beyond it every other one is dropped.
        var byteBudget = 8 << 20
    }

    /// Of one that is like the one before: its place.
    private static let repeatedBytes = 24

    let channel: UInt32
    /// When something to see happened: times of output and of resizes, ascending, each once.
    private(set) var moments: [UInt64] = []
    private(set) var snapshots: [Snapshot]
    /// The screen after the channel's last event, and when that was; nil while more may come.
    private(set) var ending: (time: UInt64, screen: PackedScreen)?
    /// What the snapshots take.
    private(set) var bytes = 0
    /// The channel was closed: it has nothing more to show, unless the recording breaks the rules.
    private(set) var isClosed = false
    private var view: ChannelScreen
    /// Events that ``view`` has not seen yet: of much output at once little has to be written.
    private var unseen = EventBatch()
    private var density: Density
    /// At the last snapshot: what ``view`` had written, and what had been decoded.
    private var written: UInt64 = 0
    private var decoded: UInt64
    private var isUnchanged = true
    private var lastEvent: UInt64 = 0
    /// What was written to the screen, as far as it has seen the events, in bytes.
    private(set) var writtenBytes: UInt64 = 0
    /// The screen while the channel is closed and nothing comes, in place of ``view``.
    private var resting: PackedScreen?

    /// - parameters:
    ///   - start: nothing of the channel comes before.
    ///   - decoded: as in ``reached(_:decoded:)``.
    init(channel: UInt32, start: KeyStart, density: Density, decoded: UInt64 = 0) {
        self.channel = channel
        self.view = ChannelScreen(channel: channel)
        self.snapshots = [Snapshot(start: start, screen: PackedScreen(self.view))]
        self.density = density
        self.decoded = decoded
    }

    /// One that was made before, to its end.
    init(
        channel: UInt32, moments: [UInt64], snapshots: [Snapshot], ending: (time: UInt64, screen: PackedScreen)
    ) {
        self.channel = channel
        self.view = ChannelScreen(channel: channel)
        self.moments = moments
        self.snapshots = snapshots
        self.ending = ending
        self.density = Density()
        self.decoded = 0
        self.isClosed = true
    }

    private mutating func show() {
        self.unseen.apply(to: &self.view)
        if self.resting == nil { self.writtenBytes = self.view.screen.writtenBytes }
    }

    /// It takes little memory until another event comes.
    var isResting: Bool { self.resting != nil }

    /// Packs the screen of a closed channel.
    private mutating func rest() {
        self.show()
        self.unseen = EventBatch()
        self.resting = PackedScreen(self.view)
        self.view = ChannelScreen(channel: self.channel)
    }

    /// A key frame comes next.
    /// - parameter decoded: what decoding took so far, as ``EventBatch/decodingCost(of:)`` counts it.
    mutating func reached(_ start: KeyStart, decoded: UInt64) {
        guard !self.isClosed else { return }
        self.show()
        guard let last = self.snapshots.last, last.start.place.frame < start.place.frame else { return }
        let written = self.writtenBytes
        guard written - self.written + (decoded - self.decoded) >= self.density.cost else { return }
        self.written = written
        self.decoded = decoded
        let screen = self.isUnchanged ? last.screen : PackedScreen(self.view)
        self.bytes += self.isUnchanged ? Self.repeatedBytes : screen.bytes.count
        self.isUnchanged = true
        self.snapshots.append(Snapshot(start: start, screen: screen))
        if self.bytes > self.density.byteBudget { self.thin() }
    }

    /// Drops every other snapshot, and makes half as many from now on.
    mutating func thin() {
        self.density.cost *= 2
        self.snapshots = self.snapshots.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        self.bytes = self.snapshots.reduce(0) { $0 + $1.screen.bytes.count }
    }

    /// The channel's next event.
    mutating func add(_ event: RecordedEvent) {
        if let resting = self.resting {
            self.resting = nil
            // What we packed can be unpacked, unless a command of megabytes made it too large.
            if let view = resting.view { self.view = view }
        }
        if case .channelClosed = event.body { self.isClosed = true } else { self.isClosed = false }
        self.isUnchanged = false
        self.lastEvent = event.time
        self.unseen.append(event)
        if Self.isVisible(event), event.time != self.moments.last { self.moments.append(event.time) }
        if self.isClosed { self.rest() } else if self.unseen.isFull { self.show() }
    }

    /// The recording is over.
    mutating func finish() {
        self.show()
        self.ending = (self.lastEvent, self.resting ?? PackedScreen(self.view))
    }

    /// The last snapshot that holds nothing from after `time`.
    func snapshot(upTo time: UInt64) -> Snapshot {
        var low = 0
        var high = self.snapshots.count
        while low < high {
            let middle = (low + high) / 2
            if self.snapshots[middle].start.time <= time { low = middle + 1 } else { high = middle }
        }
        // The first one holds nothing at all.
        return self.snapshots[max(low - 1, 0)]
    }

    private static func isVisible(_ event: RecordedEvent) -> Bool {
        switch event.body {
        case .output, .stderr, .request(.pty), .request(.windowChange), .request(.exec): true
        default: false
        }
    }
}

/// A channel's events on their way to its screen, joined as far as there is reason to.
struct EventBatch {
    private static let maximumBytes = 1 << 20
    private static let maximumCount = 4096
    /// What decoding takes beside writing a byte to a screen: bytes of it for the same, and an event. Measured; see
    /// docs/decisions/0007-snapshots-by-the-reader.md.
    private static let bytesPerCost: UInt64 = 32
    private static let eventBytes: UInt64 = 512

    private var events: [RecordedEvent] = []
    private var bytes = 0

    mutating func append(_ event: RecordedEvent) {
        self.events.append(event)
        self.bytes += event.dataBytes
    }

    var isFull: Bool { self.bytes >= Self.maximumBytes || self.events.count >= Self.maximumCount }

    mutating func apply(to view: inout ChannelScreen) {
        view.apply(self.events)
        self.events.removeAll(keepingCapacity: true)
        self.bytes = 0
    }

    /// What decoding `events` takes, in bytes written to a screen.
    static func decodingCost(of events: [RecordedEvent]) -> UInt64 {
        events.reduce(0) { $0 + self.eventBytes + UInt64($1.dataBytes) } / self.bytesPerCost
    }
}

extension RecordedEvent {
    /// Bytes of its data, if it has any.
    fileprivate var dataBytes: Int {
        switch self.body {
        case .input(let bytes), .output(let bytes), .stderr(let bytes): bytes.count
        default: 0
        }
    }
}
