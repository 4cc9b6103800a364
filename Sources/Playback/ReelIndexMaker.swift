import RecordingFormat

/// Reads a whole recording and makes its index: the snapshots of all channels at once. Not thread safe.
public final class ReelIndexMaker {
    /// What making an index is worth its while for.
    public struct Limits: Sendable {
        /// A recording that takes less to scan has none, in bytes written to a screen: a tenth of a second.
        public var leastCost: UInt64
        /// One that takes more has none either: some four minutes.
        public var mostCost: UInt64
        /// Channels with snapshots; others are scanned when they are shown.
        public var channels: Int
        /// Of them, open at once: each may take some megabytes of memory while the index is made.
        public var openChannels: Int
        /// Bytes of all snapshots together.
        public var snapshotBytes: Int
        /// Moments of all channels together, 8 bytes each while the index is made.
        public var moments: Int
        /// Of key frames, of marks, and of channels without snapshots, each.
        public var entries: Int

        public init(
            leastCost: UInt64 = 4 << 20, mostCost: UInt64 = 8 << 30, channels: Int = 512, openChannels: Int = 16,
            snapshotBytes: Int = 8 << 20, moments: Int = 4 << 20, entries: Int = 1 << 18
        ) {
            self.leastCost = leastCost
            self.mostCost = mostCost
            self.channels = channels
            self.openChannels = openChannels
            self.snapshotBytes = snapshotBytes
            self.moments = moments
            self.entries = entries
        }
    }

    private let reader: FrameReader
    private let limits: Limits
    private let density: ChannelTrack.Density
    private var clock = EventClock()
    private var key = KeyStart.start
    private var index = RecordingIndex()
    /// In order of their channels' first events.
    private var tracks: [ChannelTrack] = []
    private var places: [UInt32: Int] = [:]
    private var decoded: UInt64 = 0
    private var momentCount = 0
    /// What scanning takes up to the last key frame, in bytes written to a screen.
    private var cost: UInt64 = 0

    /// - parameters:
    ///   - keys: what they open of the main track can come to stand in the index, which all can read who can read that.
    ///     An input track with its own readers is never read for it.
    ///   - file: gives parts of the file.
    public convenience init(keys: RecordingSubkeys, file: @escaping FrameReader.Read, limits: Limits = Limits()) {
        self.init(keys: keys, file: file, limits: limits, density: ChannelTrack.Density())
    }

    init(
        keys: RecordingSubkeys, file: @escaping FrameReader.Read, limits: Limits, density: ChannelTrack.Density
    ) {
        self.reader = FrameReader(keys: keys.withoutInput, read: file)
        self.limits = limits
        self.density = density
    }

    /// Every record up to here could be read; in bytes of the file.
    public var readBytes: UInt64 { self.reader.badRecords.isEmpty ? self.reader.offset : 0 }

    /// A limit was passed: there will be no index, however much is read.
    public private(set) var isGivenUp = false

    private func isBeyondLimits() -> Bool {
        self.momentCount > self.limits.moments || self.cost > self.limits.mostCost
            || max(self.index.keys.count, self.index.marks.count, self.index.channelCount) > self.limits.entries
            || !self.reader.badRecords.isEmpty
    }

    /// Reads the next frame and returns its events, with their times in order; nil at the end.
    /// - throws: what reading the file throws.
    public func next() throws -> [RecordedEvent]? {
        guard let piece = try self.reader.next() else { return nil }
        if piece.isKey {
            self.key = KeyStart(place: piece.place, time: self.clock.time)
            self.reachedKey()
        }
        let events = self.clock.order(piece.events)
        self.isGivenUp = self.isGivenUp || self.isBeyondLimits()
        guard !self.isGivenUp else {
            self.tracks = []
            return events
        }
        self.index.add(events, frame: piece.place.frame, key: self.key)
        self.decoded += EventBatch.decodingCost(of: events)
        for event in events where event.channel != 0 { self.add(event) }
        return events
    }

    private func reachedKey() {
        for place in self.tracks.indices { self.tracks[place].reached(self.key, decoded: self.decoded) }
        self.addUpCost()
        guard self.tracks.reduce(0, { $0 + $1.bytes }) > self.limits.snapshotBytes else { return }
        for place in self.tracks.indices { self.tracks[place].thin() }
    }

    private func add(_ event: RecordedEvent) {
        var place = self.places[event.channel]
        if place == nil, self.tracks.count < self.limits.channels, self.hasRoom {
            place = self.tracks.count
            self.places[event.channel] = place
            self.tracks.append(
                ChannelTrack(
                    channel: event.channel, start: self.key, density: self.density, decoded: self.decoded))
        } else if let place, self.tracks[place].isResting, !self.hasRoom {
            // Only a recording that breaks the rules goes on with closed channels.
            self.isGivenUp = true
            return
        }
        guard let place else { return }
        let moments = self.tracks[place].moments.count
        self.tracks[place].add(event)
        self.momentCount += self.tracks[place].moments.count - moments
    }

    private func addUpCost() { self.cost = self.tracks.reduce(self.decoded) { $0 + $1.writtenBytes } }

    private var hasRoom: Bool { self.tracks.count { !$0.isResting } < self.limits.openChannels }

    /// After the last frame: the content of the index.
    /// - parameter end: of the recording's records, its seal included.
    /// - returns: nil if the recording can't be read as a whole, is too small to need an index, or too large for one.
    public func finish(end: UInt64) -> [UInt8]? {
        for place in self.tracks.indices { self.tracks[place].finish() }
        self.addUpCost()
        guard !self.isGivenUp, !self.isBeyondLimits(), self.readBytes == end, self.cost >= self.limits.leastCost else {
            return nil
        }
        return ReelIndex.encode(duration: self.clock.time, end: end, index: self.index, tracks: self.tracks)
    }
}
