import RecordingFormat

/// A recording in its file, and the screen of one of its channels at any time. Not thread safe.
///
/// Opening reads the file's record headers, its first and its last second; what lies between is scanned a frame at a
/// time by ``scan()``, by whoever has time for it. The screen is exact whether or not the scan has come by; after it
/// has, any screen takes a few dozen milliseconds. A ``ReelIndex`` stands for the scan.
public final class Reel {
    /// Microseconds from the start to the last event. Of a file whose end can't be read it grows with the scan.
    public private(set) var duration: UInt64 = 0
    /// The channel shown.
    public var channel: UInt32 { self.track.channel }
    /// Its screen after all events up to ``position``.
    public private(set) var view: ChannelScreen
    /// Microseconds since the start.
    public private(set) var position: UInt64 = 0
    /// The scan for this channel has come to the end.
    public private(set) var isScanned = false

    private let file: FrameReader.Read
    private let keys: RecordingSubkeys
    /// End of the records that can be followed.
    private let end: UInt64
    private let stored: ReelIndex?
    private let density: ChannelTrack.Density
    private let scanner: FrameReader
    private var scanClock = EventClock()
    private var scanKey = KeyStart.start
    private var index: RecordingIndex
    /// What decoding took so far, since the scan began.
    private var decoded: UInt64 = 0
    private var track: ChannelTrack
    private let player: FrameReader
    private var playClock = EventClock()
    /// Number of the frame that ``player`` reads next.
    private var nextFrame: UInt64 = 0
    /// Events of the frame before it that are later than ``position``.
    private var pending: ArraySlice<RecordedEvent> = []

    /// - parameters:
    ///   - file: gives parts of the file.
    ///   - index: of this very file, or nil to scan it. Not used with the key of an input track: what is typed there
    ///     is in no index.
    /// - throws: what `file` throws.
    public convenience init(keys: RecordingSubkeys, file: @escaping FrameReader.Read, index: ReelIndex? = nil) throws {
        try self.init(keys: keys, file: file, index: index, density: ChannelTrack.Density())
    }

    init(
        keys: RecordingSubkeys, file: @escaping FrameReader.Read, index: ReelIndex?, density: ChannelTrack.Density
    ) throws {
        let index = keys.input == nil ? index : nil
        self.file = file
        self.keys = keys
        self.density = density
        self.stored = index
        self.scanner = FrameReader(keys: keys, read: file)
        self.player = FrameReader(keys: keys, read: file)
        self.view = ChannelScreen(channel: 0)
        self.track = ChannelTrack(channel: 0, start: .start, density: density)
        if let index {
            self.index = index.index
            self.end = index.end
            self.duration = index.duration
            // For the metadata.
            _ = try self.scanner.next()
        } else {
            let map = try FrameMap(file)
            self.index = RecordingIndex()
            self.end = map.end
            self.duration = try self.lastTime(map)
            // The channels of the first megabyte or minute decide which one is shown.
            while self.index.keys.count < 2, try self.scan() {}
        }
        // A recording without channels has a channel 1 that shows nothing.
        self.show(channel: ChannelSummary.principal(of: self.index.channels) ?? 1)
    }

    private func lastTime(_ map: FrameMap) throws -> UInt64 {
        guard let place = map.lastKeyFrame else { return 0 }
        let reader = FrameReader(keys: self.keys, read: self.file)
        reader.go(to: place)
        var clock = EventClock()
        while let piece = try reader.next() { _ = clock.order(piece.events) }
        return clock.time
    }

    /// Who, what and where; nil if the keys do not open it.
    public var metadata: RecordingMetadata? { self.scanner.metadata }

    /// Whose fingerprints can read what was typed, if that is for others; nil if it is shown.
    public var typedForOthers: [String]? { self.scanner.header?.inputReaders(without: self.keys) }

    /// What the keys did not open of what was scanned.
    public var badRecords: [RecordingStream.BadRecord] { self.scanner.badRecords }

    /// Channels found so far, in order of their numbers.
    public var channels: [ChannelSummary] { self.index.channels }
    public var channelCount: Int { self.index.channelCount }

    /// Of the channel with this number, if it was found.
    public func summary(of channel: UInt32) -> ChannelSummary? { self.index.channel(channel) }

    /// Commands, markers and what others did, as far as found, in order of time.
    public var marks: [TimelineMark] { self.index.marks }

    /// When something to see happened on the channel, as far as found: ascending, each time once.
    public var moments: [UInt64] { self.track.moments }

    /// How far the scan for the channel has come, in microseconds.
    public var scannedTime: UInt64 { self.isScanned ? self.duration : self.scanClock.time }

    /// How far the scan has come through the file, in percent.
    public var scannedPercent: Int {
        self.isScanned ? 100 : Int(min(self.scanner.offset, self.end) * 100 / max(self.end, 1))
    }

    /// Scans one frame. Returns whether there may be more.
    /// - throws: what reading the file throws.
    @discardableResult
    public func scan() throws -> Bool {
        guard !self.isScanned else { return false }
        guard let piece = try self.scanner.next() else {
            self.isScanned = true
            self.duration = max(self.duration, self.scanClock.time)
            return false
        }
        if piece.isKey {
            self.scanKey = KeyStart(place: piece.place, time: self.scanClock.time)
            self.track.reached(self.scanKey, decoded: self.decoded)
        }
        let events = self.scanClock.order(piece.events)
        self.index.add(events, frame: piece.place.frame, key: self.scanKey)
        self.decoded += EventBatch.decodingCost(of: events)
        for event in events where event.channel == self.channel { self.track.add(event) }
        return true
    }

    /// Shows another channel, as it was at the start; the scan goes back to where that channel begins.
    public func show(channel: UInt32) {
        let start = self.index.start(of: channel)
        if let track = self.stored?.track(of: channel) {
            self.track = track
            self.isScanned = true
        } else {
            self.track = ChannelTrack(channel: channel, start: start, density: self.density)
            self.isScanned = false
        }
        self.scanner.go(to: start.place)
        self.scanClock = EventClock(start.time)
        self.scanKey = start
        self.decoded = 0
        self.position = 0
        self.rewind(to: self.track.snapshot(upTo: 0))
    }

    /// Shows the screen as it was at `time`, all events of that very microsecond included.
    /// - throws: what reading the file throws.
    public func move(to time: UInt64) throws {
        if let ending = self.track.ending, time >= ending.time, self.moveToEnding(ending, at: time) { return }
        let snapshot = self.track.snapshot(upTo: time)
        if time < self.position || snapshot.start.place.frame > self.nextFrame { self.rewind(to: snapshot) }
        var batch = EventBatch()
        defer { batch.apply(to: &self.view) }
        while true {
            let end = self.pending.firstIndex { $0.time > time } ?? self.pending.endIndex
            for event in self.pending[..<end] where event.channel == self.channel { batch.append(event) }
            if batch.isFull { batch.apply(to: &self.view) }
            self.pending = self.pending[end...]
            guard self.pending.isEmpty, let piece = try self.player.next() else { break }
            self.nextFrame = piece.place.frame + 1
            self.pending = self.playClock.order(piece.events)[...]
        }
        self.position = time
    }

    /// Nothing happens on the channel any more, so that nothing has to be read.
    private func moveToEnding(_ ending: (time: UInt64, screen: PackedScreen), at time: UInt64) -> Bool {
        if self.position < ending.time {
            guard let view = ending.screen.view else { return false }
            self.view = view
        }
        self.position = time
        return true
    }

    private func rewind(to snapshot: ChannelTrack.Snapshot) {
        guard let view = snapshot.screen.view else {
            // No maker of ours writes such a snapshot. The start shows nothing, and leads to the same screen.
            return self.rewind(to: self.index.start(of: self.channel), ChannelScreen(channel: self.channel))
        }
        self.rewind(to: snapshot.start, view)
    }

    private func rewind(to start: KeyStart, _ view: ChannelScreen) {
        self.view = view
        self.pending = []
        self.playClock = EventClock(start.time)
        self.player.go(to: start.place)
        self.nextFrame = start.place.frame
    }

    /// A search of the channel's output for `text`, from after `time` on, or from the start.
    public func search(_ text: String, after time: UInt64? = nil) -> ReelSearch {
        let start = time.map { self.index.key(upTo: $0) } ?? .start
        let reader = FrameReader(keys: self.keys, read: self.file)
        reader.go(to: start.place)
        return ReelSearch(
            reader, clock: EventClock(start.time), channel: self.channel, finder: TextFinder(text), after: time)
    }
}
