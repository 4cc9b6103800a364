/// Opens frames and gateway records with the subkeys of a file. Not thread safe.
///
/// Give it the frame records of a file in order. It may begin at any key frame, after `startAtFrame`. Frames of an input
/// track without its key hold no events.
public final class FrameDecoder {
    /// One track, with its state from frame to frame.
    private final class TrackReader {
        let cipher: AuthenticatedCipher
        private var decompressor: Decompressor?
        var events = EventDecoder()
        /// After the start, and after a frame that could not be read, only a key frame of any track helps.
        var needsKeyFrame = true

        init(key: RecordingKey) { self.cipher = AuthenticatedCipher(key: key, for: .open) }

        func restart() {
            self.decompressor?.reset()
            self.events.restart()
            self.needsKeyFrame = false
        }

        func decompress(_ piece: [UInt8]) -> [UInt8]? {
            let decompressor = self.decompressor ?? Decompressor()
            self.decompressor = decompressor
            return decompressor.decompress(piece)
        }
    }

    private let gatewayKey: RecordingKey
    private let main: TrackReader
    private let input: TrackReader?
    /// Number that the next frame record has.
    public private(set) var nextFrame: UInt64 = 0
    /// Frames passed over since a failed one, for want of a key frame.
    public private(set) var skippedFrames: UInt64 = 0

    public init(keys: RecordingSubkeys) {
        self.gatewayKey = keys.gateway
        self.main = TrackReader(key: keys.frames)
        self.input = keys.input.map { TrackReader(key: $0) }
    }

    /// The next record is frame `number` of the file, and a key frame.
    public func startAtFrame(_ number: UInt64) {
        self.nextFrame = number
        self.main.needsKeyFrame = true
        self.input?.needsKeyFrame = true
    }

    /// The events of a frame record; none for any other record, and for frames that depend on one that failed.
    /// - Throws: `frame` (altered, or the wrong key), `malformed`. The next key frame can be decoded again.
    public func events(of record: Record) throws(RecordingError) -> [RecordedEvent] {
        guard case .frame(let track, let isKey, let isCompressed) = record.kind else { return [] }
        let number = self.nextFrame
        self.nextFrame += 1
        if isKey {
            self.main.restart()
            self.input?.restart()
        }
        guard let reader = track == .main ? self.main : self.input else { return [] }
        if reader.needsKeyFrame {
            self.skippedFrames += 1
            return []
        }
        reader.needsKeyFrame = true
        guard var plaintext = reader.cipher.open(record.body[...], number: number, authenticating: record.header) else {
            throw RecordingError(.frame, at: record.offset, "frame \(number) was altered, or the key is wrong")
        }
        if isCompressed {
            guard let decompressed = reader.decompress(plaintext) else {
                throw RecordingError(.malformed, at: record.offset, "frame \(number) can't be decompressed")
            }
            plaintext = decompressed
        }
        guard plaintext.count <= RecordingLimits.maximumFrameBytes else {
            throw RecordingError(.malformed, at: record.offset, "frame \(number) is too large")
        }
        let events = try reader.events.events(plaintext)
        reader.needsKeyFrame = false
        return events
    }

    /// The metadata, if that is what the record holds; nil for any other record.
    /// - Throws: `frame` (altered, or the wrong key), `malformed`.
    public func metadata(of record: Record) throws(RecordingError) -> RecordingMetadata? {
        guard record.kind == .gateway else { return nil }
        switch try GatewayRecord(record, key: self.gatewayKey) {
        case .metadata(let metadata): return metadata
        case .unknown: return nil
        }
    }
}
