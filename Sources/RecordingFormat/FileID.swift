/// The random 16 bytes that name a recording, in its header and in everything signed about it.
public struct FileID: Hashable, Sendable, CustomStringConvertible {
    /// In bytes.
    public static let size = 16
    public let bytes: [UInt8]

    /// Nil unless there are exactly 16 bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = Array(bytes)
    }

    private init(checked bytes: [UInt8]) { self.bytes = bytes }

    public static func random() -> FileID { FileID(checked: SystemRandom.bytes(Self.size)) }

    /// 32 lower-case hexadecimal digits.
    public var description: String { HexText.encode(self.bytes) }

    /// The id of the session that a gateway recorded in the file: the same bits in Crockford's base 32, 26 characters.
    public var sessionID: String {
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
        let value = self.bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        return String((0..<26).map { alphabet[Int(truncatingIfNeeded: value >> UInt128((25 - $0) * 5)) & 31] })
    }
}
