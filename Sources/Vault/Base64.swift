/// Base64 (RFC 4648 section 4) on bytes, so that private keys never become strings.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, character) in Base64.alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    static func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        var group: UInt32 = 0
        var filled = 0
        for byte in bytes {
            group = group << 8 | UInt32(byte)
            filled += 1
            if filled == 3 {
                for shift in [18, 12, 6, 0] as [UInt32] { result.append(Self.alphabet[Int(group >> shift & 63)]) }
                group = 0
                filled = 0
            }
        }
        if filled > 0 {
            group <<= UInt32(3 - filled) * 8
            for index in 0...filled { result.append(Self.alphabet[Int(group >> UInt32(18 - index * 6) & 63)]) }
            result += [UInt8](repeating: UInt8(ascii: "="), count: 3 - filled)
        }
        return result
    }

    /// Nil for anything but the one padded encoding of some bytes; blanks and line ends are skipped when asked.
    package static func decode(_ text: some Collection<UInt8>, skippingBlanks: Bool = false) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.count / 4 * 3)
        var group: UInt32 = 0
        var filled = 0
        var padding = 0
        for character in text {
            if skippingBlanks, [0x20, 0x09, 0x0A, 0x0D].contains(character) { continue }
            if character == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            let value = Self.values[Int(character)]
            guard value != 0xFF, padding == 0 else { return nil }
            group = group << 6 | UInt32(value)
            filled += 1
            if filled == 4 {
                for shift in [16, 8, 0] as [UInt32] { result.append(UInt8(truncatingIfNeeded: group >> shift)) }
                group = 0
                filled = 0
            }
        }
        switch (filled, padding) {
        case (0, 0): break
        case (2, 2) where group & 0xF == 0: result.append(UInt8(truncatingIfNeeded: group >> 4))
        case (3, 1) where group & 0x3 == 0:
            result.append(UInt8(truncatingIfNeeded: group >> 10))
            result.append(UInt8(truncatingIfNeeded: group >> 2))
        default: return nil
        }
        return result
    }
}
