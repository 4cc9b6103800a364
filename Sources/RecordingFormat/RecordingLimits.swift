/// Bounds that a reader checks before it allocates, in bytes unless said otherwise.
/// See docs/recording-format.md section 2.
public enum RecordingLimits {
    /// Body of the header record: far above four tracks of 64 recipients.
    public static let maximumHeaderBody = 65_536
    /// Body of a gateway record (type 0x02) or of a reserved record.
    public static let maximumGatewayRecordBody = 1_048_576
    /// Body of the seal: its fixed fields, who and why.
    public static let maximumSealBody = 4_096
    /// Body of a frame: the largest plaintext, what zstd may add to it, and the tag.
    public static let maximumFrameBody = maximumFrameBytes + 4_096 + 16
    /// Events of one frame, before compression. Above the largest SSH packet of any implementation (256 KiB).
    public static let maximumFrameBytes = 524_288
    /// Payload of one event.
    public static let maximumEventPayload = 393_216
    /// Recipients of one track.
    public static let maximumRecipients = 64
    /// Tracks of one file.
    public static let maximumTracks = 4
    /// Log2 of the largest zstd window that a reader accepts.
    static let maximumWindowLog: Int32 = 20
    /// Who ended a session, in the seal.
    public static let maximumSealBy = 256
    /// Why it ended, in the seal.
    public static let maximumSealReason = 1_024
    /// Records after the last vouched-for byte that a verifier remembers: 48 MiB of memory.
    public static let maximumUnvouchedRecords = 1_048_576
    /// Metadata pairs.
    public static let maximumMetadataPairs = 256
}
