/// Parts of addresses of this console, with others' words in them.
enum AddressText {
    /// `text` as one segment of a path, or one value of a query.
    static func part(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" + digits : digits)
            }
        }
        return result
    }

    /// `?a=1&b=2`, without those that say nothing.
    static func query(_ pairs: KeyValuePairs<String, String?>) -> String {
        let said = pairs.compactMap { name, value in value.map { "\(name)=\(self.part($0))" } }
        return said.isEmpty ? "" : "?" + said.joined(separator: "&")
    }
}
