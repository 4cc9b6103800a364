/// One header block of a tar archive (POSIX.1-2017 pax, section "ustar Interchange Format"); regular files only.
struct TarHeader: Hashable {
    static let blockBytes = 512

    /// At most 100 bytes.
    var name: String
    var bytes: UInt64
    /// Seconds since 1970.
    var modified: UInt64

    /// The largest size that eleven octal digits say, 8 GiB less one byte; beyond it GNU's binary form is written.
    private static let largestOctal: UInt64 = 0o777_7777_7777

    var encoded: [UInt8] {
        precondition(self.name.utf8.count <= 100, "the archive's names are ours, and short")
        var block = [UInt8](repeating: 0, count: Self.blockBytes)
        func put(_ text: String, at offset: Int) {
            block.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        put(self.name, at: 0)
        put("0000600", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        if self.bytes <= Self.largestOctal {
            put(Self.octal(self.bytes, digits: 11), at: 124)
        } else {
            block[124] = 0x80
            for index in 0..<8 { block[128 + index] = UInt8(truncatingIfNeeded: self.bytes >> (56 - 8 * index)) }
        }
        put(Self.octal(min(self.modified, Self.largestOctal), digits: 11), at: 136)
        put("        ", at: 148)
        block[156] = UInt8(ascii: "0")
        put("ustar", at: 257)
        put("00", at: 263)
        let sum = block.reduce(UInt64(0)) { $0 + UInt64($1) }
        put(Self.octal(sum, digits: 6) + "\0 ", at: 148)
        return block
    }

    init(name: String, bytes: UInt64, modified: UInt64) {
        self.name = name
        self.bytes = bytes
        self.modified = modified
    }

    /// Nil for a block that isn't the header of a regular file with a plain name.
    init?(_ block: some Collection<UInt8>) {
        let block = Array(block)
        guard block.count == Self.blockBytes, block[257..<262].elementsEqual("ustar".utf8),
            [UInt8(ascii: "0"), 0].contains(block[156]), block[345] == 0
        else { return nil }
        var plain = block
        for index in 148..<156 { plain[index] = UInt8(ascii: " ") }
        guard Self.number(block[148..<156]) == plain.reduce(UInt64(0), { $0 + UInt64($1) }),
            let name = String(validating: block[0..<100].prefix { $0 != 0 }, as: UTF8.self),
            let modified = Self.number(block[136..<148])
        else { return nil }
        let bytes =
            block[124] == 0x80
            ? block[128..<136].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } : Self.number(block[124..<136])
        guard let bytes, bytes <= UInt64(Int64.max) else { return nil }
        self.init(name: name, bytes: bytes, modified: modified)
    }

    /// What fills up the last block of the content.
    var padding: Int { Int((UInt64(Self.blockBytes) - self.bytes % UInt64(Self.blockBytes)) % UInt64(Self.blockBytes)) }

    private static func octal(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private static func number(_ field: ArraySlice<UInt8>) -> UInt64? {
        let text = String(decoding: field.prefix { $0 != 0 }, as: UTF8.self).filter { $0 != " " }
        return UInt64(text, radix: 8)
    }
}
