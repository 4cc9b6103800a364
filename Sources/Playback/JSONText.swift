/// JSON strings (RFC 8259 section 7), for lines that are written by hand.
enum JSONText {
    /// `text` in quotation marks, with what must be escaped escaped.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            default:
                // DEL and the C1 controls are allowed, but a terminal that shows the file would obey them.
                if scalar.value < 0x20 || 0x7F..<0xA0 ~= scalar.value {
                    let digits = String(scalar.value, radix: 16)
                    quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + "\""
    }
}
