import Glibc
import Platform
import RecordingFormat
import SSHTransport
import WorkerProtocol

/// Puts everything into the recording before anything goes on.
///
/// The promise (nothing passes unrecorded) rests on the order in ``Worker``: note, `flush()`, mark, then send.
final class RecordingTap {
    /// The recording can't be written any more: the session has to stop.
    struct Failure: Error {
        /// The value of `errno`.
        let code: CInt
    }

    private let descriptor: SharedDescriptor
    private let encoder: FrameEncoder
    private let start: UInt64
    /// Of this turn, in microseconds since the session's start.
    private(set) var now: UInt64 = 0
    private var checkpoints: [[UInt8]] = []

    private let broker: BrokerLink
    private var written: UInt64
    private var notices: GrowthNotices

    private(set) var bytesIn: UInt64 = 0
    private(set) var bytesOut: UInt64 = 0

    /// What is noted is written when it comes to this many bytes, even within one turn of the loop.
    private static let writtenBytes = 256 * 1024

    /// - parameters:
    ///   - inputKey: of a track of its own for what is typed, if the recording has one.
    ///   - start: the session's start on the monotonic clock, in nanoseconds.
    ///   - recordedBytes: what the broker has written to the file so far.
    init(
        descriptor: SharedDescriptor, frameKey: RecordingKey, inputKey: RecordingKey?, start: UInt64,
        recordedBytes: UInt64, broker: BrokerLink
    ) {
        self.descriptor = descriptor
        self.encoder = FrameEncoder(frameKey: frameKey, inputKey: inputKey)
        self.start = start
        self.written = recordedBytes
        self.notices = GrowthNotices(recordedBytes: recordedBytes)
        self.broker = broker
    }

    /// Sets the time of the events of this turn.
    func turn(at nanoseconds: UInt64) {
        self.now = nanoseconds > self.start ? (nanoseconds - self.start) / 1000 : 0
    }

    /// Notes anything but data.
    func note(_ body: EventBody, channel: UInt32) throws(Failure) {
        do {
            try self.encoder.append(RecordedEvent(time: self.now, channel: channel, body: body))
        } catch {
            // Above the format's limit: what can't be recorded may not go on.
            throw Failure(code: EMSGSIZE)
        }
    }

    enum Track { case input, output, stderr }

    /// Notes the unrecorded bytes of a buffer. The caller marks them recorded after `flush()`.
    func note(_ bytes: UnsafeRawBufferPointer, channel: UInt32, track: Track) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.writtenBytes))
            switch track {
            case .input:
                self.encoder.appendInput(channel: channel, at: self.now, piece)
                self.bytesIn += UInt64(piece.count)
            case .output:
                self.encoder.appendOutput(channel: channel, at: self.now, piece)
                self.bytesOut += UInt64(piece.count)
            case .stderr:
                self.encoder.appendStderr(channel: channel, at: self.now, piece)
                self.bytesOut += UInt64(piece.count)
            }
            rest = rest.dropFirst(piece.count)
            if self.encoder.pendingBytes >= Self.writtenBytes { try self.flush() }
        }
    }

    /// Notes that `count` bytes of input go on whose content is not, or not yet, for the recording.
    func noteWithheld(_ count: Int, channel: UInt32) throws(Failure) {
        self.bytesIn += UInt64(count)
        try self.note(.withheld(bytes: UInt64(count)), channel: channel)
    }

    /// Notes that `count` bytes of file content go on that are not for the recording.
    func noteOmitted(_ count: Int, _ direction: Direction, channel: UInt32) throws(Failure) {
        switch direction {
        case .toTarget: self.bytesIn += UInt64(count)
        case .toClient: self.bytesOut += UInt64(count)
        }
        try self.note(.omitted(direction, bytes: UInt64(count)), channel: channel)
    }

    /// Keeps a signed checkpoint for the next gap between frames.
    func append(checkpoint: [UInt8]) { self.checkpoints.append(checkpoint) }

    /// Writes everything noted so far. When it returns, it is in the file.
    func flush() throws(Failure) {
        if let failure = self.encoder.sealFrame({ self.write($0) }) ?? nil { throw failure }
        for checkpoint in self.checkpoints {
            if let failure = checkpoint.withUnsafeBytes({ self.write($0) }) { throw failure }
            self.notices.appended(brokersOwn: UInt64(checkpoint.count))
        }
        self.checkpoints.removeAll()
        self.announceGrowth()
    }

    /// One record with one `write(2)`: a short write leaves a torn record, which ends the recording.
    private func write(_ record: UnsafeRawBufferPointer) -> Failure? {
        while true {
            let result = Glibc.write(self.descriptor.rawValue, record.baseAddress, record.count)
            if result == record.count {
                self.written += UInt64(result)
                return nil
            }
            if result < 0, errno == EINTR { continue }
            return Failure(code: result < 0 ? errno : ENOSPC)
        }
    }

    private func announceGrowth() {
        guard self.written > self.notices.toldBytes else { return }
        let now = Clock.monotonicNanoseconds()
        // Without room the broker is behind anyway; the next frame tries again.
        guard self.notices.isDue(self.written, at: now), self.broker.sendIfRoom(.recorded(bytes: self.written)) else {
            return
        }
        self.notices.told(self.written, at: now)
    }
}
