/// Base32 (RFC 4648 section 6), as seeds of one-time codes are written: in either case, in groups, padded or not.
public enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")

    /// In capitals, without padding.
    public static func encode(_ bytes: [UInt8]) -> String {
        var result = ""
        var bits: UInt32 = 0
        var filled = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            filled += 8
            while filled >= 5 {
                filled -= 5
                result.append(Self.alphabet[Int(bits >> UInt32(filled) & 31)])
            }
            bits &= (1 << UInt32(filled)) - 1
        }
        if filled > 0 { result.append(Self.alphabet[Int(bits << UInt32(5 - filled) & 31)]) }
        return result
    }

    /// Nil for anything else.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var group: UInt32 = 0
        var bits = 0
        var isPadded = false
        for character in text {
            let value: UInt8
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - UInt8(ascii: "a")
            case UInt8(ascii: "2")...UInt8(ascii: "7"): value = character - UInt8(ascii: "2") + 26
            case UInt8(ascii: " "), UInt8(ascii: "-"), 0x09, 0x0A, 0x0D: continue
            case UInt8(ascii: "="):
                isPadded = true
                continue
            default: return nil
            }
            guard !isPadded else { return nil }
            group = (group << 5 | UInt32(value)) & 0xFFF
            bits += 5
            if bits >= 8 {
                bits -= 8
                result.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            }
        }
        // What is left over of the last group is no whole character too many, and zero.
        guard bits < 5, group & ((1 << UInt32(bits)) - 1) == 0 else { return nil }
        return result
    }
}
