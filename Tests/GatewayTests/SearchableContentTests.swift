import RecordingFormat
import SessionStore
import Testing

@testable import Gateway

@Suite("What of a recording can be searched for")
struct SearchableContentTests {
    private func content(_ bodies: [(UInt32, EventBody)]) -> SearchableContent {
        var content = SearchableContent()
        for (index, (channel, body)) in bodies.enumerated() {
            content.add(RecordedEvent(time: UInt64(index) * 100, channel: channel, body: body))
        }
        content.finish()
        return content
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static let pty = EventBody.request(
        .pty(terminal: [], columns: 80, rows: 24, widthPixels: 0, heightPixels: 0, modes: []))

    @Test("commands, files and what was shown, with their times; not what was typed, and no copied content")
    func lines() {
        let content = self.content([
            (1, Self.pty), (1, .request(.shell)), (1, .output(self.bytes("$ "))),
            (1, .input(self.bytes("hunter2"))), (1, .input(self.bytes("\r"))),
            (1, .output(self.bytes("ls\r\nfile\r\n"))),
            (2, .request(.exec(command: self.bytes("uptime")))), (2, .stderr(self.bytes("no\u{1B}[2J such\n"))),
            (3, .request(.exec(command: self.bytes("scp -f /etc/key")))), (3, .output(self.bytes("PRIVATE KEY\n"))),
            (3, .fileOperation(FileOperation(path: self.bytes("/etc/key"), size: 1, sha256: [], direction: .toClient))),
        ])
        #expect(!content.isFull)
        func texts(_ kind: SearchEntry.Kind) -> [String] { content.entries.filter { $0.kind == kind }.map(\.text) }
        #expect(texts(.command) == ["ls", "uptime", "scp -f /etc/key"])
        #expect(texts(.file) == ["/etc/key"])
        #expect(texts(.output).sorted() == ["$ ls", "file", "no such"])
        #expect(content.entries.first { $0.text == "ls" }?.time == 400)
    }

    @Test("lines, text and output are bounded")
    func bounds() {
        let lines = Array(String(repeating: "a line\n", count: SearchableContent.maximumEntries + 5).utf8)
        let many = self.content([(1, .request(.exec(command: [0x61]))), (1, .output(lines))])
        #expect(many.isFull && many.entries.count == SearchableContent.maximumEntries)
        let long = Array((String(repeating: "x", count: 60_000) + "\n").utf8)
        let wide = self.content(
            [(1, .request(.exec(command: [0x61])))] + (0..<20).map { _ in (1, .output(long)) })
        #expect(!wide.isFull)
        #expect(wide.entries.allSatisfy { $0.text.unicodeScalars.count <= 501 })
        let binary = [UInt8](repeating: 0, count: 1 << 20)
        let flood = self.content((0...65).map { _ in (1, .output(binary)) })
        #expect(flood.isFull)
    }
}
