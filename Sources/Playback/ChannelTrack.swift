import RecordingFormat

/// Snapshots of one channel's screen at key frames, made on the way of a scan: from the nearest one before it, the
/// screen at any time takes little reading.
struct ChannelTrack {
    struct Snapshot {
        /// The key frame that comes next, and when it begins.
        var start: KeyStart
        var view: ChannelScreen
    }

    /// How densely snapshots are kept.
    struct Density {
        /// Bytes written to the screen between two snapshots; passing over and decoding counts for less.
        var cost: UInt64 = 1 << 19
        /// Cells that all snapshots may hold together, 28 bytes each. Beyond it every other one is dropped.
        var cellBudget = 4 << 20
    }

    /// What decoding takes, in the unit of ``Density/cost``: a byte, and an event. Measured; see
    /// docs/decisions/0007-snapshots-by-the-reader.md.
    private static let bytesPerCost: UInt64 = 32
    private static let eventBytes: UInt64 = 512

    let channel: UInt32
    /// When something to see happened: times of output and of resizes, ascending, each once.
    private(set) var moments: [UInt64] = []
    private var snapshots: [Snapshot]
    private var view: ChannelScreen
    /// Events that ``view`` has not seen yet: of much output at once little has to be written.
    private var unseen = EventBatch()
    private var density: Density
    private var decoded: UInt64 = 0
    private var cells = 0

    /// - parameter start: nothing of the channel comes before.
    init(channel: UInt32, start: KeyStart, density: Density) {
        self.channel = channel
        self.view = ChannelScreen(channel: channel)
        self.snapshots = [Snapshot(start: start, view: self.view)]
        self.density = density
    }

    /// A key frame comes next.
    mutating func reached(_ start: KeyStart) {
        self.unseen.apply(to: &self.view)
        guard let last = self.snapshots.last, last.start.place.frame < start.place.frame else { return }
        let written = self.view.screen.writtenBytes - last.view.screen.writtenBytes
        guard written + self.decoded / Self.bytesPerCost >= self.density.cost else { return }
        self.decoded = 0
        self.snapshots.append(Snapshot(start: start, view: self.view))
        // Rows are shared with the screen and with each other where they are alike: this is the most they can be.
        self.cells += self.view.screen.size.columns * self.view.screen.size.rows
        guard self.cells > self.density.cellBudget else { return }
        self.density.cost *= 2
        self.snapshots = self.snapshots.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        self.cells = self.snapshots.reduce(0) { $0 + $1.view.screen.size.columns * $1.view.screen.size.rows }
    }

    /// The next events of the recording, of all channels, in order.
    mutating func add(_ events: [RecordedEvent]) {
        for event in events {
            self.decoded += Self.eventBytes + UInt64(event.dataBytes)
            guard event.channel == self.channel else { continue }
            self.unseen.append(event)
            if Self.isVisible(event), event.time != self.moments.last { self.moments.append(event.time) }
        }
        if self.unseen.isFull { self.unseen.apply(to: &self.view) }
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
