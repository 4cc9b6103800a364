/// Search filters in text form (RFC 4515).
public enum LDAPFilter {
    /// `bytes` as an assertion value that means exactly them. Everything but what is harmless everywhere is written
    /// as `\xx` (RFC 4515 section 3), so that nothing of it can end the value, match anything, or begin a place.
    public static func escape(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            if Self.isHarmless(byte) {
                text.append(byte)
            } else {
                text += [UInt8(ascii: "\\"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func isHarmless(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "@"), UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: ","):
            true
        default: false
        }
    }

    /// `template` with values, escaped, in place of `{user}` and `{dn}`.
    public static func filled(_ template: String, user: String, dn: String = "") -> String {
        // One after the other: an escaped value holds no brace.
        Self.replacing("{dn}", in: Self.replacing("{user}", in: template, with: user), with: dn)
    }

    private static func replacing(_ place: String, in template: String, with value: String) -> String {
        let escaped = Self.escape(value.utf8)
        var result = ""
        var rest = template[...]
        while !rest.isEmpty {
            if rest.hasPrefix(place) {
                result += escaped
                rest = rest.dropFirst(place.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }

    /// Whether `template` looks like one filter: what begins in brackets ends in them.
    public static func isPlausible(_ template: String) -> Bool {
        guard template.hasPrefix("("), template.hasSuffix(")") else { return false }
        var depth = 0
        for (index, byte) in template.utf8.enumerated() {
            if byte == UInt8(ascii: "(") { depth += 1 }
            if byte == UInt8(ascii: ")") { depth -= 1 }
            if depth <= 0, index != template.utf8.count - 1 { return false }
        }
        return depth == 0
    }
}
