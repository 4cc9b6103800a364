import RecordingFormat

/// One channel of a recording as ttyrec, the format of ttyrec, ttyplay and termplay.
///
/// Nothing but records: seconds and microseconds since 1970 and the number of bytes, `u32` each, little endian, and
/// then the bytes. The bytes are the program's, errors among the output, as they came; sizes and titles have no place
/// in it.
public struct Ttyrec: Sendable {
    private let channel: UInt32
    /// Microseconds since 1970 at event time 0.
    private let started: UInt64
    private var time: UInt64 = 0

    /// - parameter startedAt: wall clock at the start of the recording, in nanoseconds since 1970.
    public init(channel: UInt32, startedAt: UInt64) {
        self.channel = channel
        self.started = startedAt / 1000
    }

    /// The record of `event`; empty for what isn't shown.
    public mutating func append(_ event: RecordedEvent) -> [UInt8] {
        guard event.channel == self.channel else { return [] }
        self.time = max(self.time, min(event.time, Timeline.longestTime))
        switch event.body {
        case .output(let bytes), .stderr(let bytes): return self.record(bytes)
        default: return []
        }
    }

    private func record(_ bytes: [UInt8]) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        // Times are below 2^60 microseconds, so the sum cannot overflow; after 2106 the seconds wrap.
        let time = self.started + self.time
        var record: [UInt8] = []
        record.reserveCapacity(12 + bytes.count)
        for field in [time / 1_000_000, time % 1_000_000, UInt64(bytes.count)] {
            let value = UInt32(truncatingIfNeeded: field)
            for shift in [0, 8, 16, 24] as [UInt32] { record.append(UInt8(truncatingIfNeeded: value >> shift)) }
        }
        return record + bytes
    }
}
