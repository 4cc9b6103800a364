/// Opens frames and gateway records with the subkeys of a file. Not thread safe.
///
/// Give it the frame records of a file in order. It may begin at any key frame, after `startAtFrame`.
public final class FrameDecoder {
    private let gatewayKey: RecordingKey
    private let cipher: AuthenticatedCipher
    private let decompressor = Decompressor()
    private var events = EventDecoder()
    /// After the start, and after a frame that could not be read, only a key frame can follow.
    private var needsKeyFrame = true
    /// Number that the next frame record has.
    public private(set) var nextFrame: UInt64 = 0
    /// Frames passed over since a failed one, for want of a key frame.
    public private(set) var skippedFrames: UInt64 = 0

    public init(keys: RecordingSubkeys) {
        self.gatewayKey = keys.gateway
        self.cipher = AuthenticatedCipher(key: keys.frames, for: .open)
    }

    /// The next record is frame `number` of the file, and a key frame.
    public func startAtFrame(_ number: UInt64) {
        self.nextFrame = number
        self.needsKeyFrame = true
    }

    /// The events of a frame record; none for any other record, and for frames that depend on one that failed.
    /// - Throws: `frame` (altered, or the wrong key), `malformed`. The next key frame can be decoded again.
    public func events(of record: Record) throws(RecordingError) -> [RecordedEvent] {
        guard case .frame(let isKey, let isCompressed) = record.kind else { return [] }
        let number = self.nextFrame
        self.nextFrame += 1
        if self.needsKeyFrame, !isKey {
            self.skippedFrames += 1
            return []
        }
        self.needsKeyFrame = true
        guard var plaintext = self.cipher.open(record.body[...], number: number, authenticating: record.header) else {
            throw RecordingError(.frame, at: record.offset, "frame \(number) was altered, or the key is wrong")
        }
        if isKey { self.decompressor.reset() }
        if isCompressed {
            guard let decompressed = self.decompressor.decompress(plaintext) else {
                throw RecordingError(.malformed, at: record.offset, "frame \(number) can't be decompressed")
            }
            plaintext = decompressed
        }
        guard plaintext.count <= RecordingLimits.maximumFrameBytes else {
            throw RecordingError(.malformed, at: record.offset, "frame \(number) is too large")
        }
        let events = try self.events.events(plaintext, isKey: isKey)
        self.needsKeyFrame = false
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
