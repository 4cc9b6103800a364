/// What the gateway says about the bytes [0, covered) of a file at one moment.
public struct RecordingHead: Hashable, Sendable {
    /// End of a record, in bytes.
    public var covered: UInt64
    /// Frames within these bytes.
    public var frames: UInt64
    /// SHA-256 of these bytes.
    public var sha256: [UInt8]

    /// `sha256` in hexadecimal, as the audit log holds it.
    public var text: String { HexText.encode(self.sha256) }
}

/// A signed statement about the file so far. See docs/recording-format.md section 7.
public struct Checkpoint: Hashable, Sendable {
    static let unsignedSize = FileID.size + 4 + 8 + 8 + 8 + RunningHash.size
    static let bodySize = unsignedSize + SignatureVerifier.signatureSize
    static let domain = Array("sallyport recording checkpoint v1\0".utf8)

    public let fileID: FileID
    /// Counted from 0 in order of signing.
    public let number: UInt32
    public let head: RecordingHead
    /// When it was signed, in nanoseconds since 1970.
    public let wallClock: UInt64

    /// The body without the signature.
    var unsigned: [UInt8] {
        var out = ByteWriter()
        out.raw(self.fileID.bytes)
        out.fixed(self.number)
        out.fixed(self.head.covered)
        out.fixed(self.head.frames)
        out.fixed(self.wallClock)
        out.raw(self.head.sha256)
        return out.bytes
    }

    init(fileID: FileID, number: UInt32, head: RecordingHead, wallClock: UInt64) {
        self.fileID = fileID
        self.number = number
        self.head = head
        self.wallClock = wallClock
    }

    /// Reads the common start of checkpoint and seal; nil if bytes are missing.
    init?(_ reader: inout ByteReader) {
        guard let id = reader.raw(FileID.size).flatMap({ FileID($0) }), let number = reader.fixed(UInt32.self),
            let covered = reader.fixed(UInt64.self), let frames = reader.fixed(UInt64.self),
            let wallClock = reader.fixed(UInt64.self), let sha256 = reader.raw(RunningHash.size)
        else { return nil }
        self.fileID = id
        self.number = number
        self.head = RecordingHead(covered: covered, frames: frames, sha256: Array(sha256))
        self.wallClock = wallClock
    }
}
