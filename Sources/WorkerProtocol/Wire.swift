/// Why bytes from the other process can't be read as a message.
public enum WireError: String, Error, Hashable, Sendable, CaseIterable {
    case truncated
    case trailingBytes = "trailing bytes"
    case unknownKind = "unknown kind"
    case overLimit = "over limit"
}

/// Limits of one message, checked before anything is allocated.
public enum WireLimits {
    /// Longest message, in bytes: a welcome with three host keys, or a checkpoint, is far below.
    public static let message = 64 * 1024
    /// Longest signature of a key exchange, in bytes: RSA with 16384 bits is below.
    public static let signature = 4096
    /// Longest login name, in bytes.
    public static let login = 1024
    /// Longest public key or certificate: a client's as a blob, a host's in base64 bytes.
    public static let publicKey = 16 * 1024
    /// Longest name of an algorithm, in bytes (RFC 4251 section 6).
    public static let algorithm = 64
    /// Most prompts in one question of keyboard-interactive authentication.
    public static let prompts = 8
    /// Longest password, in bytes.
    public static let password = 1024
    /// Longest host name, in bytes (RFC 1035 section 2.3.4), or address.
    public static let host = 255
    /// Longest name of an account or a target, in bytes.
    public static let name = 256
    /// Most places of a ``DestinationList``.
    public static let destinations = 1000
    /// Longest question of a target's login that is looked at, in bytes.
    public static let question = 1024
    /// Most questions of one login.
    public static let questions = 32
    /// Longest line for people, in bytes.
    public static let text = 4096
    /// Longest pattern of host names, in bytes.
    public static let hostPattern = 253
    /// Most forward permissions in one message.
    public static let forwards = 128
    /// Most limits of bytes in one message.
    public static let byteLimits = 16
    /// Most command rules in one message, and the longest in bytes.
    public static let commandRules = 32
    public static let commandRule = 320
    /// Longest command or line of a report, in bytes.
    public static let command = 1024
    /// Most command reports of one session.
    public static let commandReports = 4096
    /// Most channel reports of one session.
    public static let channelReports = 128
    /// Most host keys or pins in one message.
    public static let keys = 32
}

/// Appends fields: integers little-endian, byte strings behind a 32-bit length.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { self.bytes.append(contentsOf: $0) }
    }

    mutating func write(_ string: [UInt8]) {
        self.write(UInt32(string.count))
        self.bytes.append(contentsOf: string)
    }
}

/// Reads the fields that ``WireWriter`` wrote. Never traps on any bytes.
struct WireReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func read<Value: FixedWidthInteger>(_: Value.Type) throws(WireError) -> Value {
        let size = MemoryLayout<Value>.size
        guard self.bytes.count - self.position >= size else { throw .truncated }
        var value: Value = 0
        for index in (0..<size).reversed() {
            value = (value &<< 8) | Value(truncatingIfNeeded: self.bytes[self.position + index])
        }
        self.position += size
        return value
    }

    mutating func read(limit: Int) throws(WireError) -> [UInt8] {
        let length = Int(try self.read(UInt32.self))
        guard length <= limit else { throw .overLimit }
        guard self.bytes.count - self.position >= length else { throw .truncated }
        defer { self.position += length }
        return Array(self.bytes[self.position..<(self.position + length)])
    }

    /// The number of elements of a list.
    mutating func readCount(limit: Int) throws(WireError) -> Int {
        let count = Int(try self.read(UInt32.self))
        guard count <= limit else { throw .overLimit }
        return count
    }

    func finish() throws(WireError) {
        guard self.position == self.bytes.count else { throw .trailingBytes }
    }
}
