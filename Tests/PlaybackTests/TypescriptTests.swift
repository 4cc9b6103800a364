import Foundation
import Playback
import RecordingFormat
import Testing

@Suite struct TypescriptTests {
    /// 2023-11-14 22:13:20 UTC
    private static let started: UInt64 = 1_700_000_000 * 1_000_000_000

    private static func export(_ events: [RecordedEvent], includesInput: Bool = false) -> Typescript.Piece {
        var script = Typescript(channel: 1, startedAt: Self.started, includesInput: includesInput)
        var whole = Typescript.Piece()
        for piece in events.map({ script.append($0) }) + [script.finish()] {
            whole.typescript += piece.typescript
            whole.timing += piece.timing
            whole.input += piece.input
        }
        return whole
    }

    private static let session = [
        Sample.pty(100, 40), Sample.output(1_500_000, "$ "), Sample.event(1_600_000, .input(Array("ls\r".utf8))),
        Sample.output(1_600_500, "ls\r\n\u{1B}[1mfile\u{1B}[0m\r\n"), Sample.output(1_600_600, "other", channel: 2),
        Sample.event(1_700_000, .request(.windowChange(columns: 90, rows: 30, widthPixels: 0, heightPixels: 0))),
        Sample.event(1_700_100, .stderr([0xFF, 0x00, 0x0A])), Sample.event(86_400_000_000, .exitStatus(3)),
    ]

    @Test("the file of times has the facts, each step's delay and size, the resizes and the end")
    func timing() {
        let lines = String(decoding: Self.export(Self.session).timing, as: UTF8.self).split(separator: "\n")
        #expect(
            lines == [
                "H 0.000000 START_TIME 2023-11-14 22:13:20+00:00", "H 0.000000 TERM xterm-256color",
                "H 0.000000 COLUMNS 100", "H 0.000000 LINES 40", "O 1.500000 2", "O 0.100500 18",
                "S 0.099500 SIGWINCH ROWS=30 COLS=90", "O 0.000100 3", "H 0.000000 DURATION 86400.000000",
                "H 0.000000 EXIT_CODE 3",
            ])
    }

    @Test("the typescript is the output as it came between script's own first and last line")
    func typescript() throws {
        let text = Self.export(Self.session).typescript
        let begin =
            "Script started on 2023-11-14 22:13:20+00:00 [TERM=\"xterm-256color\" COLUMNS=\"100\" LINES=\"40\"]\n"
        let end = "\nScript done on 2023-11-15 22:13:20+00:00 [COMMAND_EXIT_CODE=\"3\"]\n"
        let shown = Array("$ ls\r\n\u{1B}[1mfile\u{1B}[0m\r\n".utf8) + [0xFF, 0x00, 0x0A]
        #expect(text == Array(begin.utf8) + shown + Array(end.utf8))
        #expect(Self.export(Self.session).input == [])
    }

    @Test("a command with a line feed stays on its line")
    func hostileCommand() {
        let piece = Self.export([Sample.exec("a\nO 0 9999999\n"), Sample.output(1, "x")])
        let lines = String(decoding: piece.timing, as: UTF8.self).split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("O") } == ["O 0.000001 1"])
        #expect(piece.typescript.split(separator: 0x0A).count == 3)
    }

    private static let scriptreplay = "/usr/bin/scriptreplay"

    @Test(
        "the real scriptreplay prints the recorded bytes, of either stream",
        .enabled(if: RealPlayer.isInstalled(scriptreplay)))
    func realPlayer() throws {
        let directory = try RealPlayer.makeDirectory()
        defer { try? FileManager.default.removeItem(at: directory) }
        func path(_ name: String) -> String { directory.appendingPathComponent(name).path }
        let piece = Self.export(Self.session, includesInput: true)
        let contents = ["typescript": piece.typescript, "timing": piece.timing, "input": piece.input]
        for (name, bytes) in contents { try Data(bytes).write(to: URL(fileURLWithPath: path(name))) }
        let replay = "\(Self.scriptreplay) -d 1000 --log-timing '\(path("timing"))'"
        try RealPlayer.run(
            "\(replay) --log-out '\(path("typescript"))' -x out > '\(path("out"))'", home: directory)
        let out = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path("out"))))
        #expect(out.starts(with: Array("$ ls\r\n\u{1B}[1mfile\u{1B}[0m\r\n".utf8) + [0xFF, 0x00, 0x0A]))
        try RealPlayer.run(
            "\(replay) --log-in '\(path("input"))' -x in --cr-mode never > '\(path("in"))'", home: directory)
        #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: path("in")))).starts(with: Array("ls\r".utf8)))
        try RealPlayer.run("\(replay) --summary > '\(path("summary"))'", home: directory)
        let summary = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path("summary"))), as: UTF8.self)
        #expect(summary.contains("EXIT_CODE:  3\n") && summary.contains("COLUMNS:  100\n"))
    }
}
