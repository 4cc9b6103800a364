import TerminalModel
import Testing

@Suite struct TerminalScreenTests {
    @Test("text wraps at the last column, and only when more of it comes")
    func wrapping() {
        var screen = TerminalScreen(5, 3, "abcde")
        #expect(screen.cursor.row == 0)
        #expect(screen.cursor.column == 4)
        screen.feed(Array("fg".utf8))
        #expect(screen.rows.map(\.text) == ["abcde", "fg", ""])
        #expect(screen.rows[0].wraps)
        #expect(screen.text == "abcdefg")
    }

    @Test("a line that just fills the row and then ends is not a wrapped line")
    func fullLine() {
        let screen = TerminalScreen(5, 3, "abcde\r\nfg")
        #expect(!screen.rows[0].wraps)
        #expect(screen.text == "abcde\nfg")
    }

    @Test("wide characters take two columns, move to the next row whole, and vanish whole")
    func wideCharacters() {
        let screen = TerminalScreen(5, 2, "日本語")
        #expect(screen.rows[0].cells.map(\.width) == [2, 0, 2, 0, 1])
        #expect(screen.text == "日本語")
        #expect(TerminalScreen(5, 2, "日本\u{1B}[2Gx").rows[0].text == " x本")
        #expect(TerminalScreen(1, 2, "日").rows.count == 2)
    }

    @Test("combining marks join the character before the cursor, also at the end of a row")
    func combiningMarks() {
        #expect(TerminalScreen(4, 1, "e\u{301}x").text == "e\u{301}x")
        #expect(TerminalScreen(4, 1, "abce\u{301}\u{302}\u{303}\u{304}").text == "abce\u{301}\u{302}\u{303}")
        #expect(TerminalScreen(4, 1, "\u{301}").text == "")
    }

    @Test("attributes and 24-bit colours are kept, with semicolons and with colons")
    func colours() {
        let screen = TerminalScreen(10, 1, "\u{1B}[1;4;38;2;1;2;3;48;5;200mA\u{1B}[0;38:2::9:8:7mB\u{1B}[mC")
        let styles = screen.rows[0].cells.prefix(3).map(\.style)
        #expect(
            styles[0]
                == TerminalStyle(
                    foreground: .rgb(1, 2, 3), background: .palette(200), attributes: [.bold, .underline]))
        #expect(styles[1] == TerminalStyle(foreground: .rgb(9, 8, 7)))
        #expect(styles[2] == .plain)
    }

    @Test("erased cells take the background colour in force")
    func backgroundColourErase() {
        let screen = TerminalScreen(3, 1, "\u{1B}[44mx\u{1B}[K")
        #expect(screen.rows[0].cells[2].style.background == .palette(4))
        #expect(!screen.rows[0].cells[2].isWritten)
    }

    @Test("the alternate screen leaves the main one and its cursor as they were")
    func alternateScreen() {
        var screen = TerminalScreen(20, 3, "one\r\ntwo\u{1B}[?1049h\u{1B}[Hfull screen")
        #expect(screen.isAlternate)
        #expect(screen.text == "full screen")
        screen.feed(Array("\u{1B}[?1049l!".utf8))
        #expect(!screen.isAlternate)
        #expect(screen.text == "one\ntwo!")
    }

    @Test("the scrolling region scrolls alone")
    func scrollingRegion() {
        let screen = TerminalScreen(5, 4, "1\r\n2\r\n3\r\n4\u{1B}[2;3r\u{1B}[3H\nx\u{1B}[4Hy")
        #expect(screen.rows.map(\.text) == ["1", "3", "x", "y"])
    }

    @Test("inserting and deleting move what is there")
    func insertingAndDeleting() {
        #expect(TerminalScreen(6, 1, "abcdef\u{1B}[2G\u{1B}[2@").text == "a  bcd")
        #expect(TerminalScreen(6, 1, "abcdef\u{1B}[2G\u{1B}[2P").text == "adef")
        #expect(TerminalScreen(3, 3, "1\r\n2\r\n3\u{1B}[1H\u{1B}[L").rows.map(\.text) == ["", "1", "2"])
        #expect(TerminalScreen(3, 3, "1\r\n2\r\n3\u{1B}[1H\u{1B}[M").rows.map(\.text) == ["2", "3", ""])
        #expect(TerminalScreen(6, 1, "ab\u{1B}[1G\u{1B}[4hX\u{1B}[4lY").text == "XYb")
    }

    @Test("line drawing characters are mapped, and only while their set is in use")
    func lineDrawing() {
        #expect(TerminalScreen(8, 1, "\u{1B}(0lqk\u{1B}(Blqk").text == "┌─┐lqk")
    }

    @Test("titles, clipboards and device queries change nothing that is shown")
    func silentSequences() {
        let silent = "\u{1B}]0;title\u{7}\u{1B}]52;c;Zm9v\u{1B}\\\u{1B}P+q544e\u{1B}\\\u{1B}[6n\u{1B}[c\u{1B}_x\u{1B}\\"
        #expect(TerminalScreen(20, 2, "a\(silent)b").visible == TerminalScreen(20, 2, "ab").visible)
    }

    @Test("a resize keeps the rows around the cursor and scrolls the others off")
    func resizing() {
        var screen = TerminalScreen(10, 5, "1\r\n2\r\n3\r\n4\r\n5")
        screen.keepsDepartedLines = true
        screen.resize(to: TerminalSize(columns: 4, rows: 3))
        #expect(screen.rows.map(\.text) == ["3", "4", "5"])
        #expect(screen.cursor.row == 2)
        #expect(screen.takeDeparted().flatMap(\.rows).map(\.text) == ["1", "2"])
        screen.resize(to: TerminalSize(columns: 10, rows: 5))
        #expect(screen.rows.map(\.text) == ["3", "4", "5", "", ""])
    }

    @Test("lines leave in order: scrolled off, cleared, and a full-screen program's page after what it covered")
    func departedLines() {
        var screen = TerminalScreen(size: TerminalSize(columns: 10, rows: 3))
        screen.keepsDepartedLines = true
        let text = "1\r\n2\r\n3\r\n4\u{1B}[H\u{1B}[2Jnew\r\n$ vi\r\n\u{1B}[?1049h\u{1B}[Hpage\u{1B}[?1049lend"
        screen.feed(Array(text.utf8))
        let groups = screen.takeDeparted() + screen.takeRemaining()
        #expect(
            groups.map { $0.rows.map(\.text).filter { !$0.isEmpty } } == [
                ["1"], ["2", "3", "4"], ["new", "$ vi"], ["page"], ["end"],
            ])
    }

    @Test("sizes are clamped, and zero is what an unknown size becomes")
    func sizes() {
        #expect(TerminalSize(requestedColumns: 0, rows: 0) == .standard)
        let largest = TerminalSize(requestedColumns: .max, rows: .max)
        #expect(largest.columns == TerminalSize.maximumColumns)
        #expect(largest.columns * largest.rows <= TerminalSize.maximumCells)
        #expect(TerminalSize(columns: 80, rows: .max).rows == TerminalSize.maximumRows)
        #expect(TerminalSize(columns: -1, rows: 0) == TerminalSize(columns: 1, rows: 1))
    }

    @Test("bytes give the same screen in whatever pieces they come", arguments: 0..<40)
    func pieces(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let bytes = Sample.terminalBytes(3000, &random)
        var whole = TerminalScreen(size: TerminalSize(columns: 33, rows: 11))
        whole.feed(bytes)
        var single = TerminalScreen(size: TerminalSize(columns: 33, rows: 11))
        for byte in bytes { single.feed([byte]) }
        #expect(whole.visible == single.visible)
    }

    @Test("no bytes and no sizes break the screen", arguments: 0..<60)
    func hostileBytes(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed) + 1000)
        var screen = TerminalScreen(size: TerminalSize(columns: 80, rows: 24))
        screen.keepsDepartedLines = seed % 2 == 0
        for _ in 0..<60 {
            if Int.random(in: 0..<3, using: &random) == 0 {
                screen.resize(
                    to: TerminalSize(
                        columns: Int.random(in: 1..<90, using: &random), rows: Int.random(in: 1..<30, using: &random)))
            }
            screen.feed(Sample.terminalBytes(400, &random))
            #expect(screen.rows.count == screen.size.rows)
            #expect(screen.rows.allSatisfy { $0.cells.count == screen.size.columns })
            #expect((0..<screen.size.rows).contains(screen.cursor.row))
            #expect((0..<screen.size.columns).contains(screen.cursor.column))
            #expect(screen.rows.allSatisfy(Self.hasWholeCharacters))
            for group in screen.takeDeparted() { #expect(group.how == .lost || !group.rows.isEmpty) }
        }
    }

    /// A wide character is followed by its right half, which stands nowhere else.
    private static func hasWholeCharacters(_ row: TerminalRow) -> Bool {
        row.cells.indices.allSatisfy { index in
            let next = index + 1 < row.cells.count ? row.cells[index + 1].width : 1
            let isOnlyColumn = row.cells.count == 1
            return (row.cells[index].width == 2) == (next == 0) || isOnlyColumn
        } && (row.cells.first?.width != 0)
    }

    @Test("sequences that other terminal libraries fall over do no harm here")
    func knownTraps() {
        let manyParameters = "\u{1B}[" + String(repeating: ";1", count: 5000) + "m"
        #expect(TerminalScreen(80, 24, manyParameters + "x").text == "x")
        #expect(TerminalScreen(80, 24, "\u{1B}[999999999999999999999b\u{301}\u{1B}[9b").text == "")
        #expect(TerminalScreen(3, 2, "a\u{1B}[999999999999999999999b").text == "aaaa")
        var screen = TerminalScreen(80, 24, "\u{1B}[20;24r\u{1B}[24;80H\u{1B}7")
        screen.resize(to: TerminalSize(columns: 2, rows: 2))
        screen.feed(Array("\u{1B}8hello\r\n\n\n\n".utf8))
        #expect(screen.rows.count == 2)
        // A mark without a base, and marks without end.
        #expect(TerminalScreen(3, 1, "a" + String(repeating: "\u{301}", count: 100_000)).rows[0].cells.count == 3)
        // A string that never ends keeps nothing.
        #expect(TerminalScreen(3, 1, "a\u{1B}]0;" + String(repeating: "x", count: 1_000_000)).text == "a")
    }

    @Test("lines that leave faster than they are taken are dropped with a mark, not kept")
    func boundedDepartures() {
        var screen = TerminalScreen(size: TerminalSize(columns: 1000, rows: 500))
        screen.keepsDepartedLines = true
        for _ in 0..<20 { screen.feed(Array("\u{1B}#8\u{1B}[2J".utf8)) }
        let groups = screen.takeDeparted()
        #expect(groups.last?.how == .lost)
        #expect(groups.reduce(0) { $0 + $1.rows.reduce(0) { $0 + $1.cells.count } } <= 1 << 20)
    }
}
