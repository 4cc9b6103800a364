/// What a verifier knows about a file. See docs/recording-format.md section 9.
public struct VerificationReport: Hashable, Sendable {
    public enum Verdict: Hashable, Sendable {
        /// Sealed, and every byte is what the gateway signed.
        case complete(RecordingEnding)
        /// All is well so far, and the file may still grow.
        case live
        case failed(RecordingFailure)
    }

    /// The last moment for which the gateway vouches.
    public struct Vouched: Hashable, Sendable {
        /// Bytes [0, covered).
        public let covered: UInt64
        public let frames: UInt64
        /// In nanoseconds since 1970.
        public let wallClock: UInt64
        /// Number of the checkpoint.
        public let checkpoint: UInt32
        /// SHA-256 of these bytes.
        public let sha256: [UInt8]

        /// `sha256` in hexadecimal, as the audit log holds it.
        public var text: String { HexText.encode(self.sha256) }
    }

    public internal(set) var verdict: Verdict = .live
    /// Nil until it was read.
    public internal(set) var header: RecordingHeader?
    /// Nil until a checkpoint or seal verified. Holds after a failure too.
    public internal(set) var vouched: Vouched?
    /// Bytes seen.
    public internal(set) var size: UInt64 = 0
    /// Frames seen in whole records.
    public internal(set) var frames: UInt64 = 0
    /// Bytes after the last whole record.
    public internal(set) var tornBytes: UInt64 = 0
    /// For `altered`, `spliced` and `cut`: where it is.
    public internal(set) var affected: Range<UInt64>?
    /// For `altered`: the number of the checkpoint that ends the interval; nil if none does.
    public internal(set) var interval: UInt32?
    /// One line for a person about a failure.
    var detail = ""

    /// The word of the specification for the verdict.
    public var word: String {
        switch self.verdict {
        case .complete: "complete"
        case .live: "live"
        case .failed(let failure): failure.rawValue
        }
    }

    public var isComplete: Bool {
        if case .complete = self.verdict { return true }
        return false
    }

    /// How long the session had lasted at the last moment for which the gateway vouches, in microseconds. Nil where it
    /// vouches for nothing.
    public var vouchedTime: UInt64? {
        guard let vouched, let header else { return nil }
        return (max(vouched.wallClock, header.started) - header.started) / 1000
    }
}

extension VerificationReport: CustomStringConvertible {
    /// One line without an end, such as `altered in interval 3: bytes 4096 to 8191 are not what the gateway signed`. Times are
    /// since the start, down to a tenth of a second.
    public var description: String {
        switch self.verdict {
        case .complete(let ending):
            return "complete: \(ending.words), \(self.frames) frames, \(self.size) bytes"
        case .live:
            guard let vouched else { return "live: nothing is signed yet" }
            return "live: sound up to byte \(vouched.covered) of \(self.size)\(self.timeText.map { ", \($0)" } ?? "")"
        case .failed(.cut):
            return "cut\(self.timeText.map { " at \($0)" } ?? "")\(self.detail)"
        case .failed(let failure):
            return "\(failure.rawValue)\(self.detail)"
        }
    }

    private var timeText: String? { self.vouchedTime.map(ElapsedText.text) }
}
