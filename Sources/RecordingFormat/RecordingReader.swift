/// A whole file, read at once.
public struct RecordingContents: Sendable {
    public let header: RecordingHeader?
    /// Nil without keys.
    public let metadata: RecordingMetadata?
    /// Empty without keys.
    public let events: [RecordedEvent]
    /// Records that the keys do not open: alterations located to the frame.
    public let badRecords: [RecordingStream.BadRecord]
    /// Why reading ended early, if it did.
    public let readError: RecordingError?
    public let report: VerificationReport
}

/// Reads files that fit into memory. For long recordings, and for live ones, use `RecordingStream`.
public enum RecordingReader {
    /// Reads as much of `file` as there is, and says what is wrong with it.
    /// - Parameters:
    ///   - expectedSigner: the gateway's public key, or nil to trust the one in the file.
    ///   - keys: called once with the header; nil to verify only.
    /// - Throws: what `keys` throws. What is wrong with the file is in the result.
    public static func read(
        _ file: [UInt8], expectedSigner: [UInt8]? = nil,
        keys: @escaping (RecordingHeader) throws -> RecordingSubkeys? = { _ in nil }
    ) throws -> RecordingContents {
        let stream = RecordingStream(expectedSigner: expectedSigner, keys: keys)
        let events = try stream.feed(file)
        return RecordingContents(
            header: stream.header, metadata: stream.metadata, events: events, badRecords: stream.badRecords,
            readError: stream.readError, report: stream.finish())
    }
}
