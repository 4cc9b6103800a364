/// How a session ended, as its seal says.
public struct RecordingEnding: Hashable, Sendable {
    public enum How: UInt8, Hashable, Sendable, CaseIterable {
        case closed = 0
        case killed = 1
        case interrupted = 2
    }

    public let how: How
    /// Who ended it; empty if nobody in particular.
    public let by: [UInt8]
    public let reason: [UInt8]
    /// Bytes after the last sound record that were cut off before sealing.
    public var tornBytes: UInt64
    /// Number of events, if known.
    public var events: UInt64?

    /// Cuts `by` and `reason` to their limits (`RecordingLimits`).
    public init(
        _ how: How, by: [UInt8] = [], reason: [UInt8] = [], tornBytes: UInt64 = 0, events: UInt64? = nil
    ) {
        self.how = how
        self.by = Array(by.prefix(RecordingLimits.maximumSealBy))
        self.reason = Array(reason.prefix(RecordingLimits.maximumSealReason))
        self.tornBytes = tornBytes
        self.events = events
    }
}

extension RecordingEnding {
    /// How, by whom, and why. Holds bytes of other people's making: to be made printable before it is shown.
    var words: String {
        var text = String(describing: self.how)
        if !self.by.isEmpty { text += " by \(String(decoding: self.by, as: UTF8.self))" }
        // Only of ends that somebody or something caused is the reason of interest.
        if self.how != .closed, !self.reason.isEmpty { text += ": \(String(decoding: self.reason, as: UTF8.self))" }
        return text
    }
}

/// The last record. See docs/recording-format.md section 8.
struct RecordingSeal: Hashable, Sendable {
    static let domain = Array("sallyport recording seal v1\0".utf8)
    static let minimumBody = Checkpoint.unsignedSize + 1 + 8 + 8 + 1 + 1 + SignatureVerifier.signatureSize

    /// What it says of the bytes before it.
    let statement: Checkpoint
    let ending: RecordingEnding

    /// The body without the signature.
    var unsigned: [UInt8] {
        var out = ByteWriter()
        out.raw(self.statement.unsigned)
        out.fixed(self.ending.how.rawValue)
        out.fixed(self.ending.tornBytes)
        out.fixed(self.ending.events ?? .max)
        out.string(self.ending.by)
        out.string(self.ending.reason)
        return out.bytes
    }

    init(statement: Checkpoint, ending: RecordingEnding) {
        self.statement = statement
        self.ending = ending
    }

    /// Nil if bytes are missing, left over or senseless.
    init?(unsigned: ArraySlice<UInt8>) {
        var reader = ByteReader(unsigned)
        guard let statement = Checkpoint(&reader), let how = reader.byte().flatMap(RecordingEnding.How.init),
            let tornBytes = reader.fixed(UInt64.self), let events = reader.fixed(UInt64.self),
            let by = reader.string(), by.count <= RecordingLimits.maximumSealBy,
            let reason = reader.string(), reason.count <= RecordingLimits.maximumSealReason, reader.remaining == 0
        else { return nil }
        self.statement = statement
        self.ending = RecordingEnding(
            how, by: by, reason: reason, tornBytes: tornBytes, events: events == .max ? nil : events)
    }
}
