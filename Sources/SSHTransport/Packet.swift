/// Packets that this library reads and writes itself (RFC 4250 section 4.1.2).
enum PacketType: UInt8 {
    case authenticationRequest = 50
    case authenticationFailure = 51
    case publicKeyAcceptable = 60
    case globalRequest = 80
    case requestSuccess = 81
    case requestFailure = 82
    case channelOpen = 90
    case channelOpenConfirmation = 91
    case channelOpenFailure = 92
    case channelRequest = 98
    case channelSuccess = 99
    case channelFailure = 100
}

/// Reads the data types of RFC 4251 section 5. Each read is nil when the bytes don't hold it.
struct PacketReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    /// - parameter bytes: must outlive the reader.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { self.offset == self.bytes.count }

    mutating func flag() -> Bool? {
        guard self.offset < self.bytes.count else { return nil }
        defer { self.offset += 1 }
        return self.bytes[self.offset] != 0
    }

    mutating func number() -> UInt32? {
        guard self.bytes.count - self.offset >= 4 else { return nil }
        defer { self.offset += 4 }
        return UInt32(bigEndian: self.bytes.loadUnaligned(fromByteOffset: self.offset, as: UInt32.self))
    }

    mutating func string() -> [UInt8]? {
        let start = self.offset
        guard let length = self.number(), self.bytes.count - self.offset >= Int(length) else {
            self.offset = start
            return nil
        }
        defer { self.offset += Int(length) }
        return Array(self.bytes[self.offset..<self.offset + Int(length)])
    }

    mutating func rest() -> [UInt8] {
        defer { self.offset = self.bytes.count }
        return Array(self.bytes[self.offset...])
    }
}

/// Writes the data types of RFC 4251 section 5.
struct PacketWriter {
    private(set) var bytes: [UInt8] = []

    init() {}
    init(_ type: PacketType) { self.bytes = [type.rawValue] }

    mutating func flag(_ value: Bool) { self.bytes.append(value ? 1 : 0) }
    mutating func number(_ value: UInt32) { withUnsafeBytes(of: value.bigEndian) { self.bytes.append(contentsOf: $0) } }
    mutating func string(_ value: [UInt8]) {
        self.number(UInt32(value.count))
        self.bytes += value
    }
    mutating func append(_ bytes: [UInt8]) { self.bytes += bytes }
}
