import Testing

@testable import TerminalModel
@testable import TerminalPlayer

/// What a browser's terminal is sent of a recorded screen.
@Suite("screens for terminals of their size")
struct ScreenPainterTests {
    private static let hostile = [
        "\u{1B}]0;</title><script>\u{07}x", "\u{1B}]8;;javascript:alert(1)\u{1B}\\link\u{1B}]8;;\u{1B}\\",
        "\u{1B}]52;c;cHduZWQ=\u{07}", "\u{1B}[c\u{1B}[6n\u{1B}[21t\u{1B}[>q", "\u{1B}P+q544e\u{1B}\\",
        "\u{1B}_gq\u{1B}\\",
        "\u{9D}0;t\u{9C}", "\u{1B}[?1000h\u{1B}[?1049h\u{1B}[?2004h", "\u{1B}[5i", "\u{202E}exe.txt", "\u{1B}#8",
        "\u{1B}c",
        "a\u{300}\u{301}\u{302}", "\u{1B}[8;200;400t", "\u{1B}]1337;File=:AAAA\u{07}", "\u{1B}[1;31mred\u{1B}[0m",
    ]

    @Test(
        "only characters, colours, positions and the cursor's showing are sent, whatever was recorded",
        arguments: hostile)
    func harmless(text: String) throws {
        var screen = TerminalScreen(size: TerminalSize(columns: 20, rows: 4))
        var painter = ScreenPainter()
        _ = painter.paint(screen)
        screen.feed(Array(text.utf8))
        var fresh = ScreenPainter()
        for bytes in [painter.paint(screen)?.bytes, fresh.paint(screen)?.bytes].compactMap({ $0 }) {
            let sent = try #require(String(validating: bytes, as: UTF8.self))
            let rest = sent.replacing(/\u{1B}\[(\?25[hl]|2J|[0-9;]*m|[0-9]+;[0-9]+H)/, with: "")
            #expect(rest.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }, "\(rest)")
            #expect(!rest.contains("\u{202E}"))
        }
    }

    @Test("what is sent, fed to a terminal, shows what was recorded; nothing is sent for nothing")
    func equality() {
        var recorded = TerminalScreen(size: TerminalSize(columns: 12, rows: 3))
        var shown = TerminalScreen(size: TerminalSize(columns: 12, rows: 3))
        var painter = ScreenPainter()
        for text in [
            "", "one\r\ntwo", "\u{1B}[2;2H\u{1B}[7mX\u{1B}[0m", "漢字\r\nwide", "\u{1B}[2J", "\r\n\r\nend\r\nmore",
        ] {
            recorded.feed(Array(text.utf8))
            if let change = painter.paint(recorded) { shown.feed(change.bytes) }
            #expect(Self.seen(shown) == Self.seen(recorded), "\(text)")
            #expect(shown.cursor.row == recorded.cursor.row && shown.cursor.column == recorded.cursor.column)
            let again = painter.paint(recorded)
            #expect(again == nil)
        }
        recorded.resize(to: TerminalSize(columns: 30, rows: 5))
        let change = painter.paint(recorded)
        #expect(change?.size == TerminalSize(columns: 30, rows: 5))
    }

    /// What a person sees: an empty cell and a space look alike.
    private static func seen(_ screen: TerminalScreen) -> [[String]] {
        screen.rows.map { row in
            row.cells.map { cell in
                let text = String(String.UnicodeScalarView(cell.scalars))
                return "\(text.isEmpty ? " " : text) \(cell.style)"
            }
        }
    }
}
