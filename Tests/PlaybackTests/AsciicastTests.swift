import Foundation
import Playback
import RecordingFormat
import Testing

@Suite struct AsciicastTests {
    private static func lines(_ events: [RecordedEvent], _ options: Asciicast.Options = .init(channel: 1)) throws
        -> [Any]
    {
        try Asciicast.text(of: events, options: options).split(separator: "\n").map {
            try JSONSerialization.jsonObject(with: Data($0.utf8))
        }
    }

    /// Time, code and data of the event lines.
    private static func events(_ lines: [Any]) throws -> [(Double, String, String)] {
        try lines.dropFirst().map {
            let line = try #require($0 as? [Any])
            let time = try #require(line[0] as? Double)
            return (time, try #require(line[1] as? String), try #require(line[2] as? String))
        }
    }

    @Test("the header holds size, start, title and TERM")
    func header() throws {
        let options = Asciicast.Options(
            channel: 1, startedAt: 1_700_000_000, title: "a \"b\" \\ \u{1B}", idleLimit: 2_500_000)
        let lines = try Self.lines([Sample.pty(100, 40), Sample.output(1, "x")], options)
        let header = try #require(lines[0] as? [String: Any])
        #expect(header["version"] as? Int == 2)
        #expect(header["width"] as? Int == 100)
        #expect(header["height"] as? Int == 40)
        #expect(header["timestamp"] as? Int == 1_700_000_000)
        #expect(header["title"] as? String == "a \"b\" \\ \u{1B}")
        #expect(header["idle_time_limit"] as? Double == 2.5)
        #expect((header["env"] as? [String: String]) == ["TERM": "xterm-256color"])
    }

    @Test("a recording that shows nothing still has a header")
    func empty() throws {
        #expect(try Self.lines([]).count == 1)
    }

    @Test("output, resizes and markers are events, input only if asked for")
    func events() throws {
        let events = [
            Sample.pty(80, 24), Sample.output(1_500_000, "hello\r\n"),
            Sample.event(1_600_000, .input(Array("ls\r".utf8))),
            Sample.event(
                2_000_001, .request(.windowChange(columns: 100, rows: 30, widthPixels: 0, heightPixels: 0))),
            Sample.event(3_000_000, .marker(text: Array("here".utf8))), Sample.output(9, "other", channel: 2),
        ]
        let plain = try Self.events(try Self.lines(events))
        #expect(plain.map(\.0) == [1.5, 2.000001, 3.0])
        #expect(plain.map(\.1) == ["o", "r", "m"])
        #expect(plain.map(\.2) == ["hello\r\n", "100x30", "here"])
        let full = try Self.events(try Self.lines(events, .init(channel: 1, includesInput: true)))
        #expect(full.map(\.1) == ["o", "i", "r", "m"])
    }

    @Test("version 3 has the terminal in its header, times since the line before, and the exit status at the end")
    func version3() throws {
        let events = [
            Sample.pty(100, 40), Sample.event(250_000, .marker(text: Array("early".utf8))),
            Sample.output(1_500_000, "hello\r\n"), Sample.event(2_000_001, .exitStatus(7)),
            Sample.output(2_500_001, "late"),
            Sample.event(3_000_001, .marker(text: Array("here".utf8))), Sample.event(3_000_002, .channelClosed),
        ]
        let lines = try Self.lines(events, .init(channel: 1, version: .v3, startedAt: 1_700_000_000, title: "t"))
        let header = try #require(lines[0] as? [String: Any])
        #expect(header["version"] as? Int == 3 && header["width"] == nil && header["env"] == nil)
        let terminal = try #require(header["term"] as? [String: Any])
        #expect(terminal["cols"] as? Int == 100 && terminal["rows"] as? Int == 40)
        #expect(terminal["type"] as? String == "xterm-256color")
        #expect(header["timestamp"] as? Int == 1_700_000_000 && header["title"] as? String == "t")
        let rest = try Self.events(lines)
        #expect(rest.map(\.0) == [0.25, 1.25, 1.000001, 0.5, 0.000001])
        #expect(rest.map(\.1) == ["m", "o", "o", "m", "x"])
        #expect(rest.map(\.2) == ["early", "hello\r\n", "late", "here", "7"])
    }

    @Test("without a pty each line feed gets a carriage return, and errors are shown too")
    func withoutTerminal() throws {
        let events = [Sample.exec("x"), Sample.output(1, "a\nb"), Sample.event(2, .stderr(Array("c\n".utf8)))]
        let lines = try Self.events(try Self.lines(events))
        #expect(lines.map(\.2) == ["$ x", "a\r\nb", "c\r\n"])
    }

    @Test("characters split between events are whole, and what isn't UTF-8 is replaced")
    func splitCharacters() throws {
        let bytes = Array("é日😀".utf8)
        let events = [Sample.pty(80, 24)] + bytes.map { Sample.event(1, .output([$0])) }
        #expect(try Self.events(try Self.lines(events)).map(\.2) == ["é", "日", "😀"])
        let broken = [Sample.event(1, .output([0xFF, 0x61, 0xC3, 0x28])), Sample.event(2, .output([0xF0, 0x9F]))]
        #expect(try Self.events(try Self.lines(broken)).map(\.2) == ["\u{FFFD}a\u{FFFD}(", "\u{FFFD}"])
    }

    @Test("each line is JSON whatever the bytes, and holds all of the output", arguments: 0..<20)
    func anyBytes(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed) + 31)
        let events = Sample.session(60, &random)
        let lines = try Self.events(try Self.lines(events))
        let output = events.flatMap { event -> [UInt8] in
            if case .output(let bytes) = event.body { bytes } else { [] }
        }
        #expect(lines.filter { $0.1 == "o" }.map(\.2).joined() == String(decoding: output, as: UTF8.self))
    }

    private static let asciinema = "/usr/bin/asciinema"

    @Test(
        "the real asciinema reads it back to the same bytes",
        .enabled(if: RealPlayer.isInstalled(asciinema)))
    func realPlayer() throws {
        let directory = try RealPlayer.makeDirectory()
        defer { try? FileManager.default.removeItem(at: directory) }
        let text = "\u{1B}[31mhello\u{1B}[0m 日本 \"quoted\" \\ \u{7}\r\n"
        let events = [
            Sample.pty(80, 24), Sample.output(1, text), Sample.event(2, .marker(text: [0x61])),
            Sample.event(3, .request(.windowChange(columns: 90, rows: 30, widthPixels: 0, heightPixels: 0))),
            Sample.output(4, "end\r\n"),
        ]
        let cast = directory.appendingPathComponent("a.cast")
        let output = directory.appendingPathComponent("output")
        try Data(Asciicast.text(of: events, options: .init(channel: 1)).utf8).write(to: cast)
        // asciinema opens /dev/tty, which a pseudo-terminal gives it.
        try RealPlayer.run("\(Self.asciinema) cat '\(cast.path)' > '\(output.path)'", home: directory)
        #expect(String(decoding: try Data(contentsOf: output), as: UTF8.self) == text + "end\r\n")
    }
}
