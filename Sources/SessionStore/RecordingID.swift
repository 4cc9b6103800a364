import Glibc

/// The random name of a session and of its recording: 128 bits, printed as 26 characters of Crockford's base 32.
public struct RecordingID: Hashable, Sendable, CustomStringConvertible, LosslessStringConvertible {
    /// 16 bytes.
    public let bytes: [UInt8]

    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// A new random id.
    public static func random() -> RecordingID {
        var bytes = [UInt8](repeating: 0, count: 16)
        let result = getentropy(&bytes, bytes.count)
        precondition(result == 0, "getentropy fails only for a bad buffer or too great a length")
        return RecordingID(unchecked: bytes)
    }

    /// Nil unless there are 16 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// Reads the printed form, lower case only: each id has one name, hence one file.
    public init?(_ description: String) {
        let digits = Array(description.utf8)
        guard digits.count == 26 else { return nil }
        var value: UInt128 = 0
        for (index, digit) in digits.enumerated() {
            guard let number = Self.alphabet.firstIndex(of: digit) else { return nil }
            // 26 digits hold 130 bits: the first may use three of its five.
            if index == 0, number > 7 { return nil }
            value = value << 5 | UInt128(number)
        }
        self.bytes = withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    public var description: String {
        let value = self.bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        let digits = (0..<26).map { Self.alphabet[Int(truncatingIfNeeded: value >> UInt128((25 - $0) * 5)) & 31] }
        return String(decoding: digits, as: UTF8.self)
    }
}
