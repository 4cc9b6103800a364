import AdminAPI

/// A row as a syslog message (RFC 5424), framed by its length (RFC 6587 section 3.4.1, RFC 5425 section 4.3).
struct SyslogMessage {
    /// Name and process id in each message; both are ours to choose.
    let host: String
    let process: String

    private static let application = "sallyport"
    /// RFC 5424 section 6.3.2 wants an enterprise number after the `@`; this one is set aside for documentation.
    private static let element = "sallyport@32473"
    /// authpriv: security and authorization messages that not everybody may read.
    private static let facility = 10

    func framed(_ row: AuditExportRow) -> [UInt8] {
        let message = Array(self.text(row).utf8)
        return Array("\(message.count) ".utf8) + message
    }

    /// The message without a frame.
    func text(_ row: AuditExportRow) -> String {
        let priority = Self.facility * 8 + Self.severity(of: row.code)
        // At most six digits of a second (RFC 5424 section 6.2.3).
        let time = Timestamp(row.time)?.description ?? "-"
        var element = "[\(Self.element) sequence=\"\(row.sequence)\" actor=\"\(Self.escaped(row.actor))\""
        for name in row.order {
            element += " \(name)=\"\(Self.escaped(row.fields[name] ?? ""))\""
        }
        element += " hash=\"\(row.hash)\"]"
        return "<\(priority)>1 \(time) \(Self.header(self.host, 255)) \(Self.application) "
            + "\(Self.header(self.process, 128)) \(Self.header(row.code, 32)) \(element) \(row.text)"
    }

    /// By the last letter of a code.
    private static func severity(of code: String) -> Int {
        switch code.utf8.last {
        case UInt8(ascii: "E"): 3
        case UInt8(ascii: "W"): 4
        default: 6
        }
    }

    /// A header field: printable ASCII without spaces, `-` for none (RFC 5424 section 6).
    private static func header(_ text: String, _ limit: Int) -> String {
        let kept = text.utf8.filter { $0 > 32 && $0 < 127 }.prefix(limit)
        return kept.isEmpty ? "-" : String(decoding: Array(kept), as: UTF8.self)
    }

    /// The value of a parameter (RFC 5424 section 6.3.3).
    private static func escaped(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            if scalar == "\"" || scalar == "\\" || scalar == "]" { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}
