import RecordingFormat
import Testing

@testable import FileAudit

@Suite("Files of scp commands")
struct SCPAuditorTests {
    private let content = Array("one line\nand another\n\u{0}".utf8)

    private func auditor(_ command: String) throws -> FileAuditor {
        try #require(FileAuditor(command: Array(command.utf8)))
    }

    /// The source speaks, the sink agrees to each thing.
    private func copy(up: Bool, _ lines: [[UInt8]]) -> Conversation {
        var talk = Conversation()
        func sink(_ bytes: [UInt8]) { if up { talk.server(bytes) } else { talk.client(bytes) } }
        sink([0])
        for line in lines {
            if up { talk.client(line) } else { talk.server(line) }
            sink([0])
        }
        return talk
    }

    private func line(_ text: String) -> [UInt8] { Array((text + "\n").utf8) }

    private func file(_ name: String) -> [[UInt8]] {
        [self.line("T1700000000 0 1700000000 0"), self.line("C0644 \(self.content.count) \(name)"), self.content + [0]]
    }

    @Test(
        "a file brought to its own path, into a directory, or by its name alone",
        arguments: [
            ("scp -p -t /srv/a", "/srv/a"), ("scp -t /srv/", "/srv/a"), ("scp -d -t /srv", "/srv/a"),
            ("scp -t .", "a"), ("scp -t -- -odd/a", "-odd/a"), ("scp -v -t /srv/..", "/srv/../a"),
        ])
    func up(command: String, path: String) throws {
        for pieces in [1, 5, 1000] {
            let events = self.copy(up: true, self.file("a")).heard(by: try self.auditor(command), pieces: pieces)
            #expect(events == [operation(path, self.content, .toTarget)])
            let talk = self.copy(up: true, self.file("a"))
            #expect(talk.followed(by: try self.auditor(command), pieces: pieces).content == self.content)
        }
    }

    @Test("a path that may be the file or its directory is told with the name that was sent")
    func uncertain() throws {
        let events = self.copy(up: true, self.file("a")).heard(by: try self.auditor("scp -t /srv/b"))
        #expect(markers(events) == ["scp sends a"])
        #expect(events.last == operation("/srv/b", self.content, .toTarget))
    }

    @Test("a file fetched, also by a pattern, lies beside the path that was asked for")
    func down() throws {
        for command in ["scp -f /srv/a", "scp -f /srv/*"] {
            let events = self.copy(up: false, self.file("a")).heard(by: try self.auditor(command), pieces: 3)
            #expect(events == [operation("/srv/a", self.content, .toClient)])
        }
    }

    @Test("directories make the paths of their files, down and up again")
    func directories() throws {
        let lines =
            [self.line("D0755 0 d")] + self.file("a") + [self.line("D0755 0 e")] + self.file("b")
            + [self.line("E")] + self.file("c") + [self.line("E")]
        let events = self.copy(up: false, lines).heard(by: try self.auditor("scp -r -f /srv/d/"))
        #expect(events == ["/srv/d/a", "/srv/d/e/b", "/srv/d/c"].map { operation($0, self.content, .toClient) })
    }

    @Test("a file that the sink refuses brings no content, and the next one is followed")
    func refused() throws {
        var talk = Conversation()
        talk.server([0])
        talk.client(self.line("D0755 0 d"))
        talk.server(Array("\u{1}scp: d: permission denied\n".utf8))
        talk.client(self.line("C0644 5 x"))
        talk.server(Array("\u{1}scp: x: permission denied\n".utf8))
        for part in [self.line("C0644 \(self.content.count) a"), self.content + [0]] {
            talk.client(part)
            talk.server([0])
        }
        #expect(talk.heard(by: try self.auditor("scp -r -d -t /srv")) == [operation("/srv/a", self.content, .toTarget)])
    }

    @Test("what the source or the sink calls broken, or nobody ends, has no hash")
    func unprovenFiles() throws {
        let size = UInt64(self.content.count)
        let header = self.line("C0644 \(size) a")
        let bad = self.copy(up: true, [header, self.content + Array("\u{1}read error\n".utf8)])
        #expect(bad.heard(by: try self.auditor("scp -t a")) == [unproven("a", size: size, .toTarget)])
        let cut = self.copy(up: true, [header, Array(self.content.prefix(4))])
        #expect(cut.heard(by: try self.auditor("scp -t a")) == [unproven("a", size: 4, .toTarget)])
        var full = Conversation()
        full.server([0])
        full.client(header)
        full.server([0])
        full.client(self.content + [0])
        full.server(Array("\u{1}no space left\n".utf8))
        #expect(full.heard(by: try self.auditor("scp -t a")) == [unproven("a", size: size, .toTarget)])
    }

    @Test("what is no scp is not followed, or given up with one marker")
    func hostile() throws {
        for command in ["scp", "scp a b", "scp -t -f x", "rsync --server", "scpx -t a"] {
            #expect(FileAuditor(command: Array(command.utf8)) == nil)
        }
        for bytes in ["hello\n", "C0644 x a\n", "C0644 -1 a\n", "C\n", String(repeating: "C", count: 10_000)] {
            let talk = self.copy(up: true, [Array(bytes.utf8)])
            #expect(markers(talk.heard(by: try self.auditor("scp -t a"))).count == 1)
        }
        let deep = self.copy(up: true, (0..<300).map { self.line("D0755 0 \($0)") })
        #expect(markers(deep.heard(by: try self.auditor("scp -r -d -t a"))).count == 1)
    }
}
