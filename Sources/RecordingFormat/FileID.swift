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
    public var description: String {
        let digits = Array("0123456789abcdef")
        return String(self.bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
