/// Bech32 (BIP 173) without its length limit: the text form of recording keys.
/// The checksum finds any four typing errors.
enum Bech32 {
    private static let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
    private static let checksumCount = 6

    /// Lower case.
    static func encode(prefix: String, _ bytes: [UInt8]) -> String {
        var values = Self.regroup(bytes, from: 8, to: 5, pad: true) ?? []
        let checked = Self.expanded(Array(prefix.utf8)) + values + [UInt8](repeating: 0, count: Self.checksumCount)
        let checksum = Self.polymod(checked) ^ 1
        for index in 0..<UInt32(Self.checksumCount) {
            values.append(UInt8(truncatingIfNeeded: checksum >> (5 * (5 - index)) & 31))
        }
        return prefix + "1" + String(decoding: values.map { Self.alphabet[Int($0)] }, as: UTF8.self)
    }

    /// The bytes of `text`, all in upper or all in lower case; nil if prefix, alphabet or checksum are wrong.
    static func decode(prefix: String, _ text: String) -> [UInt8]? {
        let lower = text.lowercased()
        let start = prefix + "1"
        guard text == lower || text == text.uppercased(), lower.hasPrefix(start) else { return nil }
        var values: [UInt8] = []
        for character in lower.utf8.dropFirst(start.utf8.count) {
            guard let value = Self.alphabet.firstIndex(of: character) else { return nil }
            values.append(UInt8(value))
        }
        guard values.count >= Self.checksumCount, Self.polymod(Self.expanded(Array(prefix.utf8)) + values) == 1 else {
            return nil
        }
        return Self.regroup(values.dropLast(Self.checksumCount), from: 5, to: 8, pad: false)
    }

    private static func polymod(_ values: [UInt8]) -> UInt32 {
        let generators: [UInt32] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
        return values.reduce(1) { checksum, value in
            let top = checksum >> 25
            var next = (checksum & 0x1ff_ffff) << 5 ^ UInt32(value)
            for (bit, generator) in generators.enumerated() where top >> UInt32(bit) & 1 == 1 { next ^= generator }
            return next
        }
    }

    private static func expanded(_ prefix: [UInt8]) -> [UInt8] { prefix.map { $0 >> 5 } + [0] + prefix.map { $0 & 31 } }

    /// Nil if bits are left over that are not zero padding.
    private static func regroup(_ values: some Sequence<UInt8>, from: UInt32, to: UInt32, pad: Bool) -> [UInt8]? {
        var accumulator: UInt32 = 0
        var bits: UInt32 = 0
        var result: [UInt8] = []
        for value in values {
            accumulator = (accumulator << from | UInt32(value)) & 0xfff
            bits += from
            while bits >= to {
                bits -= to
                result.append(UInt8(truncatingIfNeeded: accumulator >> bits & (1 << to - 1)))
            }
        }
        let rest = accumulator & (1 << bits - 1)
        if pad {
            if bits > 0 { result.append(UInt8(truncatingIfNeeded: rest << (to - bits))) }
        } else if bits >= from || rest != 0 {
            return nil
        }
        return result
    }
}
