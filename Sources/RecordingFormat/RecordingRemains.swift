/// What is kept of a recording that was deleted: its header and its seal, as they stood in the file.
///
/// The seal's signature still verifies, and says how long the file was, what its hash was, and how the session ended.
/// What happened in between is gone. See docs/recording-format.md sections 3 and 7.
public struct RecordingRemains: Hashable, Sendable {
    /// The magic and the header record: the first bytes of the file.
    public let start: [UInt8]
    /// The record of the seal: the last bytes of the file.
    public let seal: [UInt8]

    /// What the seal says, once its signature was found to be the gateway's.
    public struct Finding: Hashable, Sendable {
        public let fileID: FileID
        /// Of the gateway, 32 bytes.
        public let signingKey: [UInt8]
        /// Of all but the seal.
        public let head: RecordingHead
        public let ending: RecordingEnding
        /// When it was sealed, in nanoseconds since 1970.
        public let wallClock: UInt64
        /// Of the whole file.
        public let bytes: UInt64
    }

    public init(start: [UInt8], seal: [UInt8]) {
        self.start = start
        self.seal = seal
    }

    /// Takes them from a file; nil when it does not end with a seal.
    /// - Throws: what `read` throws, and `RecordingError` for a header that can't be read.
    public init?(of read: FrameReader.Read) throws {
        let map = try FrameMap(read)
        guard let offset = map.seal else { return nil }
        var parser = RecordParser()
        parser.append(try read(0, RecordParser.longestStart))
        guard let header = try parser.next() else { return nil }
        self.start = try read(0, Int(header.end))
        self.seal = try read(offset, Int(map.end - offset))
    }

    /// - Parameter expectedSigner: the gateway's Ed25519 public key, 32 bytes; nil to trust the one in the header.
    /// - Throws: `RecordingError`: they are not what a gateway signed, or not of one file.
    public func verify(expectedSigner: [UInt8]? = nil) throws(RecordingError) -> Finding {
        var parser = RecordParser()
        parser.append(self.start)
        guard let record = try parser.next() else {
            throw RecordingError(.cut, at: UInt64(self.start.count), "the header is not whole")
        }
        let header = try RecordingHeader(record)
        if let expectedSigner, expectedSigner != header.signingKey {
            throw RecordingError(.wrongSigner, "the file was signed by another gateway's key")
        }
        guard let verifier = SignatureVerifier(publicKey: header.signingKey) else {
            throw RecordingError(.header, "the signing key is not an Ed25519 key")
        }
        guard let head = try? RecordHeader(self.seal[...]), head.kind == .seal,
            self.seal.count == head.size + head.bodyCount,
            let signed = SignedStatement(
                kind: .seal, body: Array(self.seal.dropFirst(head.size)), verifier: verifier),
            signed.isGenuine, let ending = signed.ending, signed.statement.fileID == header.fileID
        else { throw RecordingError(.seal, "the seal is not what the gateway signed for this file") }
        let statement = signed.statement
        return Finding(
            fileID: header.fileID, signingKey: header.signingKey, head: statement.head, ending: ending,
            wallClock: statement.wallClock, bytes: statement.head.covered + UInt64(self.seal.count))
    }
}
