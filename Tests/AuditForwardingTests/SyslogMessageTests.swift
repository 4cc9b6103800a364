import AdminAPI
import Testing

@testable import AuditForwarding

@Suite("Syslog messages")
struct SyslogMessageTests {
    private let message = SyslogMessage(host: "gw 1", process: "42")

    private func row(code: String, fields: [String: String], order: [String], text: String) -> AuditExportRow {
        AuditExportRow(
            sequence: 7, time: "2026-01-31T08:05:09.000120001Z", code: code, actor: "al]ice", text: text,
            fields: fields, order: order, hash: "00ff")
    }

    @Test("a row is a message of RFC 5424: severity by code, six digits of a second, fields escaped, in order")
    func format() {
        let row = self.row(
            code: "SP2002W", fields: ["user": #"a"b\c]d"#, "from": "127.0.0.1"], order: ["user", "from"],
            text: "login failed")
        #expect(
            self.message.text(row)
                == #"<84>1 2026-01-31T08:05:09.000120Z gw1 sallyport 42 SP2002W [sallyport@32473 sequence="7" "#
                + #"actor="al\]ice" user="a\"b\\c\]d" from="127.0.0.1" hash="00ff"] login failed"#)
    }

    @Test("the frame counts bytes, not characters")
    func frame() {
        let row = self.row(code: "SP4102E", fields: [:], order: [], text: "ключ")
        let framed = self.message.framed(row)
        let text = self.message.text(row)
        #expect(String(decoding: framed, as: UTF8.self) == "\(text.utf8.count) \(text)")
        #expect(text.hasPrefix("<83>1 "))
        #expect(self.message.text(self.row(code: "SP1001I", fields: [:], order: [], text: "")).hasPrefix("<86>1 "))
    }
}
