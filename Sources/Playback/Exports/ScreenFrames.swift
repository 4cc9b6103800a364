import RecordingFormat

/// The screen of one channel over time, as ``ScreenChunk``s: what it showed at rest is exact, and what went by faster
/// than an eye follows is left out.
///
/// Bounded: however much a recording shows, a frame is written only when its share of space is there, so that a flood
/// gets fewer frames for each second and what comes after it is as smooth as before.
struct ScreenFrames {
    /// Changes within this time are one frame; microseconds.
    private static let shortestFrame: UInt64 = 33_000
    /// A chunk is ended at so many bytes, or cells to compare with: what a player has to read for a jump, and what the
    /// export keeps in memory.
    private static let chunkBytes = 256 * 1024
    private static let chunkCells = 1 << 20
    /// What a burst may take, in bytes, and what is added for each second of the recording.
    static let burstBytes = 8 << 20
    private static let bytesPerSecond: UInt64 = 16 * 1024
    /// From here on less is added: half of it each time that so much more was written.
    private static let generousBytes: UInt64 = 64 << 20
    private static let halvingBytes: UInt64 = 16 << 20

    private(set) var view: ChannelScreen
    private var chunk: ScreenChunk?
    /// Time of the first and of the last change that is in no frame yet.
    private var changed: (first: UInt64, last: UInt64)?
    private var allowance: Int
    private let burstBytes: Int
    /// Up to when the allowance was added to.
    private var allowedAt: UInt64 = 0
    private var written: UInt64 = 0

    init(channel: UInt32, burstBytes: Int = ScreenFrames.burstBytes) {
        self.view = ChannelScreen(channel: channel)
        self.burstBytes = burstBytes
        self.allowance = burstBytes
    }

    /// Takes the channel's next event; the chunk that is full, as JSON. Times do not decrease.
    mutating func append(_ event: RecordedEvent) -> ScreenChunk? {
        let full = self.isDue(at: event.time) ? self.writeFrame() : nil
        self.view.apply(event)
        self.changed = (self.changed?.first ?? event.time, event.time)
        return full
    }

    /// The last chunks.
    mutating func finish() -> [ScreenChunk] {
        let full = self.writeFrame()
        return [full, self.chunk].compactMap { $0 }
    }

    private mutating func isDue(at time: UInt64) -> Bool {
        guard let changed, time - changed.first >= Self.shortestFrame else { return false }
        let excess = self.written > Self.generousBytes ? self.written - Self.generousBytes : 0
        let rate = Self.bytesPerSecond >> min((excess + Self.halvingBytes - 1) / Self.halvingBytes, 63)
        // Elapsed times are cut to an hour, more than fills the burst at the full rate.
        let added = rate * min(time - self.allowedAt, 3_600_000_000) / 1_000_000
        if added > 0 {
            self.allowance = min(self.allowance + Int(added), self.burstBytes)
            self.allowedAt = time
        }
        return self.allowance > 0
    }

    private mutating func writeFrame() -> ScreenChunk? {
        guard let changed else { return nil }
        self.changed = nil
        var full: ScreenChunk?
        if let chunk, chunk.bytes >= Self.chunkBytes || chunk.cells >= Self.chunkCells {
            full = chunk
            self.chunk = nil
        }
        let time = changed.last / 1000
        var chunk = self.chunk ?? ScreenChunk(start: time)
        // Taken out while it changes, or its text would be copied.
        self.chunk = nil
        let before = chunk.bytes
        chunk.append(self.view.screen, at: time)
        let size = chunk.bytes - before
        self.allowance -= size
        self.written += UInt64(size)
        self.chunk = chunk
        return full
    }
}
