/// When a worker tells its broker how far the recording has grown, so that every byte is soon on the disk.
///
/// Told at once, or within ``paceNanoseconds`` of silence after a notice. The broker begins a sync that long after each
/// notice, and what was written in the silence is in the file by then. So no byte waits for longer than that until its
/// sync begins, whether or not another one follows.
///
/// A machine without a clock; times are nanoseconds on the monotonic clock, which both processes share.
public struct GrowthNotices: Sendable {
    /// Both the longest silence and the broker's delay. The rest of the promised second is the disk's.
    public static let paceNanoseconds: UInt64 = 800_000_000
    /// Growth that is told in spite of silence, in bytes.
    public static let promptBytes: UInt64 = 1 << 20

    /// The length of the file that the broker knows of.
    public private(set) var toldBytes: UInt64
    private var toldAt: UInt64?

    /// - parameter recordedBytes: of the file, which the broker knows of.
    public init(recordedBytes: UInt64) { self.toldBytes = recordedBytes }

    /// Whether the broker is to hear now of `bytes`, the length of the file.
    ///
    /// - parameter now: read after the last of them was written. An earlier moment breaks the promise: the write may
    ///   then come after the sync that was to cover it.
    public func isDue(_ bytes: UInt64, at now: UInt64) -> Bool {
        guard bytes > self.toldBytes else { return false }
        guard let toldAt = self.toldAt, bytes - self.toldBytes < Self.promptBytes else { return true }
        return now >= toldAt + Self.paceNanoseconds
    }

    /// The broker was told.
    /// - parameter now: read before it was told.
    public mutating func told(_ bytes: UInt64, at now: UInt64) {
        self.toldBytes = bytes
        self.toldAt = now
    }

    /// `count` bytes were appended that the broker has made itself. It would answer news of them with more of the kind,
    /// and so on for ever; it brings them to the disk by itself.
    public mutating func appended(brokersOwn count: UInt64) { self.toldBytes += count }
}
