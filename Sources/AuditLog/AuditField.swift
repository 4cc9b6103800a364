/// One named value of an audit event, as printable text.
public struct AuditField: Hashable, Sendable {
    public let name: String
    public let value: String

    /// Longest value that is kept, in bytes; the rest is cut off.
    public static let maximumValueBytes = 4096

    public init(name: String, value: String) {
        self.name = name
        self.value = Self.printable(value)
    }

    /// `value` on one line: control characters and direction marks as `\u{..}`, backslashes doubled, cut to length.
    public static func printable(_ value: String) -> String {
        var result = ""
        var length = 0
        for scalar in value.unicodeScalars {
            let text: String
            if scalar == "\\" {
                text = "\\\\"
            } else {
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                    text = "\\u{\(String(scalar.value, radix: 16))}"
                default:
                    text = String(scalar)
                }
            }
            length += text.utf8.count
            guard length <= Self.maximumValueBytes else { break }
            result += text
        }
        return result
    }
}
