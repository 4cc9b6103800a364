/// Text of a byte stream whose characters may be split between pieces. What isn't UTF-8 becomes U+FFFD.
struct UTF8Stream: Hashable, Sendable {
    /// The bytes of a character that isn't complete yet: at most three.
    private var pending: [UInt8] = []

    /// The text of the next `bytes`, without a last character that is incomplete.
    mutating func append(_ bytes: [UInt8]) -> String {
        let all = self.pending + bytes
        let tail = Self.incompleteTail(all)
        self.pending = Array(all.suffix(tail))
        return String(decoding: all.dropLast(tail), as: UTF8.self)
    }

    /// U+FFFD if a character was cut off.
    mutating func finish() -> String {
        defer { self.pending = [] }
        return String(decoding: self.pending, as: UTF8.self)
    }

    /// How many bytes at the end begin a character and lack its rest.
    private static func incompleteTail(_ bytes: [UInt8]) -> Int {
        for (offset, byte) in bytes.reversed().prefix(3).enumerated() {
            let length = offset + 1
            switch byte {
            case 0x80..<0xC0: continue
            case 0xC2...0xDF: return length < 2 ? length : 0
            case 0xE0...0xEF: return length < 3 ? length : 0
            case 0xF0...0xF4: return length < 4 ? length : 0
            default: return 0
            }
        }
        return 0
    }
}
