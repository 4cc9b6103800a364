/// One record of a file. See docs/recording-format.md section 2.
public struct Record: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case header
        /// Encrypted by the gateway: metadata and closing records.
        case gateway
        case checkpoint
        case seal
        case frame(track: RecordingTrack, isKey: Bool, isCompressed: Bool)
        /// Of a later version; to be kept and skipped.
        case reserved(UInt8)
    }

    public let kind: Kind
    /// Of the record header, in the file.
    public let offset: UInt64
    public let body: [UInt8]

    /// Offset of the first byte after the record.
    public var end: UInt64 { self.bodyOffset + UInt64(self.body.count) }

    public var isFrame: Bool {
        if case .frame = self.kind { return true }
        return false
    }

    /// Of the first byte of the body, in the file.
    var bodyOffset: UInt64 {
        self.offset + UInt64(RecordHeader(self.kind, bodyCount: self.body.count).size)
    }

    /// The bytes before the body, which encryption authenticates too.
    var header: [UInt8] { RecordHeader(self.kind, bodyCount: self.body.count).bytes }

    /// A whole record, ready to be appended.
    static func encode(_ kind: Kind, body: [UInt8]) -> [UInt8] {
        precondition(kind.sizes.contains(body.count), "we make no record that our own reader would refuse")
        return RecordHeader(kind, bodyCount: body.count).bytes + body
    }
}

extension Record.Kind {
    init?(type: UInt8) {
        switch type {
        case 0x01: self = .header
        case 0x02: self = .gateway
        case 0x03: self = .checkpoint
        case 0x04: self = .seal
        case 0x10...0x17:
            self = .frame(track: type & 4 != 0 ? .input : .main, isKey: type & 2 != 0, isCompressed: type & 1 != 0)
        case 0x40...0x7f: self = .reserved(type)
        case RecordHeader.shortFrames: self = .frame(track: .main, isKey: false, isCompressed: false)
        default: return nil
        }
    }

    /// In a record header that isn't a short frame's.
    var type: UInt8 {
        switch self {
        case .header: 0x01
        case .gateway: 0x02
        case .checkpoint: 0x03
        case .seal: 0x04
        case .frame(let track, let isKey, let isCompressed):
            0x10 | (track == .input ? 4 : 0) | (isKey ? 2 : 0) | (isCompressed ? 1 : 0)
        case .reserved(let type): type
        }
    }

    /// Permitted body sizes, in bytes; short frames are among those of frames.
    var sizes: ClosedRange<Int> {
        switch self {
        case .header: RecordingHeader.minimumBody...RecordingLimits.maximumHeaderBody
        case .gateway: GatewayRecord.overhead + 1...RecordingLimits.maximumGatewayRecordBody
        case .checkpoint: Checkpoint.bodySize...Checkpoint.bodySize
        case .seal: RecordingSeal.minimumBody...RecordingLimits.maximumSealBody
        case .frame: AuthenticatedCipher.tagSize + 1...RecordingLimits.maximumFrameBody
        case .reserved: 0...RecordingLimits.maximumGatewayRecordBody
        }
    }
}
