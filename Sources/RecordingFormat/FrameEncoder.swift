/// Turns events into frame records: the session worker's end of the format. Not thread safe.
///
/// Appending copies the bytes; `sealFrame` hands out whole records, to be written before the bytes are relayed. After
/// its buffers have grown to what the session needs it does not allocate.
public final class FrameEncoder {
    /// Data are cut into frames of at most this many bytes.
    static let preferredFrameBytes = 131_072
    /// A key frame is due after so many bytes of events.
    static let keyFrameBytes = 1_048_576
    /// A key frame is due after so many microseconds.
    static let keyFrameMicroseconds: UInt64 = 60_000_000
    /// Time, kind and channel, and length of an event, at most.
    private static let eventOverhead = 10 + 6 + 10

    private let main: TrackWriter
    /// Nil if what is typed goes into the main track.
    private let input: TrackWriter?
    private var plain = GrowingBuffer()
    private var records = GrowingBuffer()

    private var frameNumber: UInt64
    /// Time of the latest event of the file, in microseconds.
    private var lastTime: UInt64 = 0
    private var isKeyDue = true
    private var openFrameIsKey = false
    private var openTrack: RecordingTrack = .main
    private var interval = KeyInterval()

    /// - Parameters:
    ///   - frameKey: the `frames` subkey.
    ///   - inputKey: the `input` subkey, in a file with an input track: what is typed stands in frames of its own then,
    ///     still in its order among all others.
    ///   - firstFrame: frames that the file has already.
    public init(frameKey: RecordingKey, inputKey: RecordingKey? = nil, firstFrame: UInt64 = 0) {
        self.main = TrackWriter(key: frameKey)
        self.input = inputKey.map { TrackWriter(key: $0) }
        self.frameNumber = firstFrame
    }

    /// Bytes of events (and of records already made of them) that `sealFrame` has not handed out yet.
    public var pendingBytes: Int { self.plain.count + self.records.count }

    /// Frames made so far, plus `firstFrame`; an open frame is not counted.
    public var frames: UInt64 { self.frameNumber }

    /// Bytes from the client. `time` is in microseconds since the start of the session; an earlier one than that of the
    /// event before counts as that.
    public func appendInput(channel: UInt32, at time: UInt64, _ bytes: UnsafeRawBufferPointer) {
        self.appendData(EventKind.input, channel, time, bytes)
    }

    /// Bytes to the client, as `appendInput`.
    public func appendOutput(channel: UInt32, at time: UInt64, _ bytes: UnsafeRawBufferPointer) {
        self.appendData(EventKind.output, channel, time, bytes)
    }

    /// Extended data to the client, as `appendInput`.
    public func appendStderr(channel: UInt32, at time: UInt64, _ bytes: UnsafeRawBufferPointer) {
        self.appendData(EventKind.stderr, channel, time, bytes)
    }

    /// Any event. Allocates; use the methods above for data.
    /// - Throws: `limit` if its payload is above `RecordingLimits.maximumEventPayload`; nothing was recorded then.
    public func append(_ event: RecordedEvent) throws(RecordingError) {
        let (kind, payload) = event.body.encoded
        switch event.body {
        case .input, .output, .stderr:
            payload.withUnsafeBytes { self.appendData(kind, event.channel, event.time, $0) }
            return
        default: break
        }
        precondition(kind >> EventKind.bits == 0, "events of ours, and those that a reader gave us, have such kinds")
        guard payload.count <= RecordingLimits.maximumEventPayload else {
            throw RecordingError(.limit, "an event of \(payload.count) bytes is too large to record")
        }
        payload.withUnsafeBytes { self.appendEvent(kind, event.channel, event.time, $0) }
    }

    /// Ends the open frame and lends the records that are due, whole and in order, for one write; nil if nothing is
    /// pending.
    ///
    /// If `body` throws, the records are gone all the same: the file must not be written to any more.
    public func sealFrame<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R? {
        self.endFrame()
        guard self.records.count > 0 else { return nil }
        defer { self.records.removeAll() }
        return try body(self.records.bytes)
    }

    /// Gives back the memory that only bursts need; for sessions that have fallen silent. The next frame is a
    /// key frame.
    public func releaseMemory() {
        guard self.pendingBytes == 0 else { return }
        self.main.compressor.release()
        self.input?.compressor.release()
        self.plain.shrink()
        self.records.shrink()
        self.isKeyDue = true
    }

    private func appendData(_ kind: UInt8, _ channel: UInt32, _ time: UInt64, _ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        repeat {
            if self.plain.count + Self.eventOverhead >= Self.preferredFrameBytes { self.endFrame() }
            let room = Self.preferredFrameBytes - self.plain.count - Self.eventOverhead
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(room))
            self.appendEvent(kind, channel, time, piece)
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
        } while !rest.isEmpty
    }

    private func appendEvent(_ kind: UInt8, _ channel: UInt32, _ time: UInt64, _ payload: UnsafeRawBufferPointer) {
        let size = payload.count + Self.eventOverhead
        let track: RecordingTrack = self.input != nil && EventKind.isInput(kind) ? .input : .main
        if self.plain.count > 0, track != self.openTrack || self.plain.count + size > Self.preferredFrameBytes {
            self.endFrame()
        }
        let time = max(time, self.lastTime)
        if self.plain.count == 0 { self.openFrame(of: track, at: time) }
        self.plain.reserve(size)
        self.plain.appendVarint(self.writer.distance(to: time))
        self.plain.appendVarint(UInt64(kind) | UInt64(channel) << EventKind.bits)
        self.plain.appendVarint(UInt64(payload.count))
        self.plain.append(payload)
        self.lastTime = time
    }

    /// Of the open frame.
    private var writer: TrackWriter { self.openTrack == .input ? self.input ?? self.main : self.main }

    private func openFrame(of track: RecordingTrack, at time: UInt64) {
        self.openTrack = track
        self.openFrameIsKey =
            self.isKeyDue || self.interval.bytes >= Self.keyFrameBytes
            || time - self.interval.start >= Self.keyFrameMicroseconds
        guard self.openFrameIsKey else { return }
        self.main.restart()
        self.input?.restart()
    }

    private func endFrame() {
        guard self.plain.count > 0 else { return }
        if self.openFrameIsKey { self.beginInterval() }
        let recordedBefore = self.records.count
        if self.writer.stores(self.plain.count) { self.storeFrame() } else { self.compressFrame() }
        self.interval.bytes += self.plain.count
        self.interval.recorded += self.records.count - recordedBefore
        self.frameNumber += 1
        self.plain.removeAll()
    }

    private func beginInterval() {
        self.interval = self.interval.next(at: self.lastTime)
        self.isKeyDue = false
    }

    private func storeFrame() {
        self.records.reserve(RecordHeader.maximumSize + self.plain.count + AuthenticatedCipher.tagSize)
        self.appendRecord(self.plain.bytes, isCompressed: false)
    }

    private func compressFrame() {
        let bound = Compressor.bound(self.plain.count)
        self.records.reserve(RecordHeader.maximumSize + bound + AuthenticatedCipher.tagSize)
        // Compressed to where the record's body will be if it is a long one, and encrypted in place.
        let room = self.records.spare(from: RecordHeader.maximumSize, count: bound)
        let writer = self.writer
        let count = writer.compressor.compress(
            self.plain.bytes, restart: writer.mustRestart ? self.interval.profile : nil, to: room)
        writer.mustRestart = false
        writer.compressed(self.plain.count, to: count)
        self.appendRecord(UnsafeRawBufferPointer(rebasing: room.prefix(count)), isCompressed: true)
    }

    /// Encrypts `content` into the reserved room after the records so far, where it may stand already.
    private func appendRecord(_ content: UnsafeRawBufferPointer, isCompressed: Bool) {
        let header = RecordHeader(
            .frame(track: self.openTrack, isKey: self.openFrameIsKey, isCompressed: isCompressed),
            bodyCount: content.count + AuthenticatedCipher.tagSize)
        let headerSize = header.size
        let room = self.records.spare(from: 0, count: headerSize + header.bodyCount)
        let body = UnsafeMutableRawBufferPointer(rebasing: room[headerSize...])
        guard let start = body.baseAddress else { preconditionFailure("the caller has reserved this room") }
        // Moved, since encryption works in place or on memory of its own; what is longer stands there already.
        if isCompressed { body.copyMemory(from: content) }
        header.write(to: room)
        self.writer.cipher.seal(
            isCompressed ? UnsafeRawBufferPointer(rebasing: body.prefix(content.count)) : content,
            number: self.frameNumber, authenticating: UnsafeRawBufferPointer(rebasing: room[..<headerSize]), to: start)
        self.records.grewBy(headerSize + header.bodyCount)
    }
}

/// What happened since the last key frame.
private struct KeyInterval {
    var profile: Compressor.Profile = .dense
    /// Time of the key frame, in microseconds.
    var start: UInt64 = 0
    /// Of events.
    var bytes = 0
    var recorded = 0

    /// Key frames before this one, without a gap, that came as fast as a file does.
    var quickRun = 0

    /// A terminal's flood comes in bursts of a channel's window, at a file's speed: only more than that is a file.
    private static let longestBurst = 4
    /// Microseconds for `keyFrameBytes`: 20 and 60 MB/s.
    private static let bulkMicroseconds: UInt64 = 50_000
    private static let fileMicroseconds: UInt64 = 16_000

    /// The interval that follows. More than 20 MB/s may be a terminal's flood, if it shrinks well; more than 60 MB/s,
    /// for longer than a burst, is a file on its way, and a person waits for it.
    func next(at time: UInt64) -> KeyInterval {
        var next = KeyInterval(start: time)
        guard self.bytes >= FrameEncoder.keyFrameBytes else { return next }
        let microseconds = time - self.start
        next.quickRun = microseconds < Self.fileMicroseconds ? self.quickRun + 1 : 0
        let shrinksWell = self.recorded <= self.bytes / 7
        let isFast = shrinksWell ? next.quickRun > Self.longestBurst : microseconds < Self.bulkMicroseconds
        next.profile = isFast ? .fast : .dense
        return next
    }
}
