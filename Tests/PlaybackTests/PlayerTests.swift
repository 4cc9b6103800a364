import Playback
import RecordingFormat
import TerminalModel
import Testing

@testable import TerminalPlayer

@Suite struct FramePainterTests {
    @Test("painting from frame to frame shows on a terminal exactly what the frames hold", arguments: 0..<15)
    func painting(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed) + 9)
        let size = TerminalSize(columns: 70, rows: 20)
        var viewer = TerminalScreen(size: size)
        viewer.feed(Array("\u{1B}[?7l".utf8))
        var recorded = TerminalScreen(size: TerminalSize(columns: 60, rows: 25))
        var shown: Frame?
        for _ in 0..<30 {
            recorded.feed(Sample.terminalBytes(150, &random))
            var frame = Frame(size: size)
            Letterbox(rows: 0..<20, columns: 70).draw(recorded, into: &frame)
            viewer.feed(FramePainter.paint(from: shown, to: frame))
            shown = frame
            #expect(Self.drawn(viewer.rows.map(\.cells)) == Self.drawn(frame.rows))
            #expect(viewer.modes.showsCursor == (frame.cursor != nil))
            if let cursor = frame.cursor {
                #expect(viewer.cursor.row == cursor.row && viewer.cursor.column == cursor.column)
            }
        }
    }

    /// Cells as they look: an unwritten cell is a space, concealed text is faint, protection doesn't show.
    private static func drawn(_ rows: [[TerminalCell]]) -> [[TerminalCell]] {
        rows.map { row in
            row.map { cell in
                var style = cell.style
                if style.attributes.contains(.conceal) { style.attributes.insert(.faint) }
                if style.attributes.contains(.doubleUnderline) { style.attributes.insert(.underline) }
                style.attributes.subtract([.conceal, .doubleUnderline, .protected])
                let shown = cell.width == 1 && !cell.isWritten ? TerminalCell(" ") : cell
                let safe = shown.scalars.first.map { SafeText.harmless($0) == $0 } ?? true
                return (safe ? shown : TerminalCell("\u{FFFD}", width: Int(shown.width))).styled(style)
            }
        }
    }

    @Test("an unchanged frame costs nothing, a changed cell a few bytes")
    func difference() {
        var frame = Frame(size: .standard)
        frame.write("hello", row: 3, column: 3)
        #expect(FramePainter.paint(from: frame, to: frame).isEmpty)
        var next = frame
        next.write("j", row: 3, column: 3)
        #expect(FramePainter.paint(from: frame, to: next).count < 32)
    }

    @Test("no byte of a recorded escape sequence reaches the viewer's terminal")
    func filtering() {
        let screen = TerminalScreen(40, 3, "a\u{1B}]52;c;ZXZpbA==\u{7}\u{1B}[?1000h\u{1B}]0;evil\u{7}b\u{202E}c")
        var frame = Frame(size: TerminalSize(columns: 40, rows: 3))
        Letterbox(rows: 0..<3, columns: 40).draw(screen, into: &frame)
        let text = String(decoding: FramePainter.paint(from: nil, to: frame), as: UTF8.self)
        #expect(text.contains("a") && text.contains("b") && text.contains("c"))
        for evil in ["]52", "?1000", "evil", "\u{202E}"] { #expect(!text.contains(evil)) }
    }
}

@Suite struct PlayerModelTests {
    private static func model(_ events: [RecordedEvent]) throws -> PlayerModel {
        try PlayerModel(try Sample.reel(events), title: "alice → root@web1", options: .init())
    }

    /// Presses keys, and lets the model finish what they asked for.
    private static func press(_ model: inout PlayerModel, _ keys: Key...) throws {
        for key in keys { #expect(try model.pressed(key, size: .standard) == .goOn) }
        while model.hasWork { try model.work() }
    }

    private static func press(_ model: inout PlayerModel, _ text: String) throws {
        for byte in text.utf8 { try self.press(&model, .character(byte)) }
    }

    private static func text(_ model: PlayerModel, _ columns: Int = 80, _ rows: Int = 24) -> String {
        let frame = model.frame(size: TerminalSize(columns: columns, rows: rows))
        var screen = TerminalScreen(size: frame.size)
        screen.feed(FramePainter.paint(from: nil, to: frame))
        return screen.rows.map(\.text).joined(separator: "\n")
    }

    private static let session = [
        Sample.pty(80, 24), Sample.event(0, .request(.shell)), Sample.output(1_000_000, "first\r\n"),
        Sample.event(3_000_000, .marker(text: Array("halfway".utf8))), Sample.output(20_000_000, "second\r\n"),
        Sample.exec("df -h", channel: 2), Sample.output(20_000_000, "disk\n", channel: 2),
    ]

    @Test("keys move it as the contract says")
    func keys() throws {
        var model = try Self.model(Self.session)
        try Self.press(&model, " ")
        #expect(!model.isPlaying)
        try Self.press(&model, .right)
        #expect(model.machine.position == 5_000_000)
        try Self.press(&model, .left)
        #expect(model.machine.position == 0)
        try Self.press(&model, ".")
        #expect(model.machine.position == 1_000_000)
        #expect(Self.text(model).hasPrefix("first"))
        try Self.press(&model, "]")
        #expect(model.machine.position == 3_000_000)
        #expect(Self.text(model).contains("halfway"))
        try Self.press(&model, .up)
        #expect(model.machine.speed == .double)
        try Self.press(&model, "i")
        #expect(model.machine.idleLimit == 1_000_000)
        #expect(try model.pressed(.character(UInt8(ascii: "q")), size: .standard) == .quit)
        #expect(try model.pressed(.interrupt, size: .standard) == .quit)
    }

    @Test("] and [ go to commands found on the screen, to those that were asked for, and to markers, in their order")
    func marks() throws {
        var model = try Self.model([
            Sample.pty(80, 24), Sample.event(1, .request(.shell)), Sample.output(1_000_000, "root@web1:~# "),
            Sample.event(2_000_000, .input(Array("uptime".utf8))), Sample.output(2_100_000, "uptime"),
            Sample.event(3_000_000, .input([0x0D])),
            // Known before the command is, whose line ends only here.
            Sample.event(3_200_000, .marker(text: Array("a marker".utf8))),
            Sample.output(3_500_000, "\r\nup 9 days\r\nroot@web1:~# "),
            Sample.event(8_000_000, .request(.exec(command: Array("df".utf8))), channel: 2),
        ])
        try Self.press(&model, " ")
        for (position, label) in [(1, "shell"), (3_000_000, "$ uptime"), (3_200_000, "a marker"), (8_000_000, "$ df")] {
            try Self.press(&model, "]")
            #expect(model.machine.position == position)
            #expect(Self.text(model).contains(label))
        }
        try Self.press(&model, "]")
        #expect(Self.text(model).contains("no more commands or markers that way"))
        for position in [3_200_000, 3_000_000, 1] as [UInt64] {
            try Self.press(&model, "[")
            #expect(model.machine.position == position)
        }
    }

    @Test("another channel shows at the same time")
    func channels() throws {
        var model = try Self.model(Self.session)
        try Self.press(&model, .end)
        #expect(Self.text(model).hasPrefix("first\nsecond"))
        try Self.press(&model, "c")
        #expect(Self.text(model).contains("$ df -h"))
        #expect(Self.text(model).contains("disk"))
    }

    @Test("a place that the scan has not reached is waited for, and then shown")
    func waiting() throws {
        // Each in a minute of its own, and so after a key frame.
        let lines = (0..<50).map { Sample.output(UInt64($0) * 61_000_000, "line \($0)\r\n") }
        var model = try Self.model([Sample.pty(80, 24)] + lines)
        #expect(model.hasWork)
        #expect(try model.pressed(.end, size: .standard) == .goOn)
        #expect(model.isBehind)
        #expect(Self.text(model).contains("reading "))
        let position = model.machine.position
        try model.advanced(by: 10_000_000)
        #expect(model.machine.position == position)
        while model.isBehind { try model.work() }
        #expect(Self.text(model).contains("line 49"))
        #expect(!Self.text(model).contains("reading "))
    }

    @Test("/ finds text in the output, n the next place")
    func search() throws {
        let lines = (0..<50).map { Sample.output(UInt64($0) * 10_000_000, "line \($0)\r\n") }
        var model = try Self.model([Sample.pty(80, 24)] + lines)
        try Self.press(&model, "/LINE 3")
        #expect(Self.text(model).contains("/LINE 3"))
        try Self.press(&model, .enter)
        #expect(model.machine.position == 30_000_000 && !model.isPlaying)
        #expect(Self.text(model).contains("line 3"))
        try Self.press(&model, "n")
        #expect(model.machine.position == 300_000_000)
        // After the end it goes on from the start.
        try Self.press(&model, "/line 1\r")
        #expect(model.machine.position == 10_000_000)
        try Self.press(&model, .end)
        try Self.press(&model, "/line 30\r")
        #expect(model.machine.position == 300_000_000)
        try Self.press(&model, "/nowhere")
        try Self.press(&model, .enter)
        #expect(model.machine.position == 300_000_000)
        #expect(Self.text(model).contains("not found"))
        // While a text is entered, keys are its characters, and Escape leaves it.
        try Self.press(&model, "/q ")
        try Self.press(&model, .escape)
        #expect(model.machine.position == 300_000_000 && !model.isPlaying)
    }

    @Test("what was typed shows up to the moment")
    func keystrokes() throws {
        var model = try Self.model([
            Sample.pty(80, 24), Sample.event(1_000_000, .input(Array("ls\r".utf8))),
            Sample.event(9_000_000, .input(Array("id\r".utf8))),
        ])
        try Self.press(&model, "k")
        try Self.press(&model, .right)
        #expect(Self.text(model).contains("typed: ls"))
        #expect(!Self.text(model).contains("id"))
        try Self.press(&model, .right)
        #expect(Self.text(model).contains("id"))
    }

    @Test("it draws in a terminal of any size, and all keys of the contract show on 80 columns")
    func sizes() throws {
        var model = try Self.model(Self.session)
        try Self.press(&model, .end)
        for (columns, rows) in [(1, 1), (2, 2), (10, 3), (40, 12), (80, 24), (132, 43), (500, 200)] {
            let frame = model.frame(size: TerminalSize(columns: columns, rows: rows))
            #expect(frame.rows.count == rows && frame.rows.allSatisfy { $0.count == columns })
        }
        #expect(Self.text(model, 132, 43).contains("┌───"))
        let help = Self.text(model, 80, 24)
        for key in ["space", "q quit", "←→", "↑↓", ". step", "/ find", "[] mark", "i idle", "k keys", "c channel"] {
            #expect(help.contains(key))
        }
    }

    /// 43 rows of 132 columns that say where they are, and a cursor at the top left.
    private static let large = [
        Sample.pty(132, 43),
        Sample.output(
            1000,
            (0..<43).map { row in
                "\u{1B}[\(row + 1)H" + (0..<132 / 4).map { "\(row % 10)\($0 % 10)\($0 / 10 % 10)." }.joined()
            }.joined() + "\u{1B}[H"),
    ]

    @Test("what doesn't fit is told with the size and where more is, and the view can be moved to all of it")
    func cropping() throws {
        var model = try Self.model(Self.large)
        try Self.press(&model, .end)
        #expect(Self.text(model).hasPrefix("000.010."))
        #expect(Self.text(model).contains(" 132×43 →↓ HJKL "))
        try Self.press(&model, "L")
        #expect(Self.text(model).hasPrefix("020.030.") && Self.text(model).contains(" 132×43 ←→↓ "))
        try Self.press(&model, .shifted(.down))
        #expect(Self.text(model).hasPrefix("420.430.") && Self.text(model).contains(" 132×43 ←→↑↓ "))
        // Not beyond the far corner: the last line of the recording ends above the bar, at the right edge.
        for _ in 0..<20 { try Self.press(&model, .shifted(.right), .shifted(.down)) }
        let corner = Self.text(model).split(separator: "\n")
        #expect(corner.first?.hasPrefix("131.141.") == true && corner[21].hasSuffix("223."))
        #expect(Self.text(model).contains(" 132×43 ←↑ "))
        try Self.press(&model, "HHHHHHHHKKKKKKKK")
        #expect(Self.text(model).hasPrefix("000.010."))
        try Self.press(&model, "Lv")
        #expect(Self.text(model).hasPrefix("000.010."))
    }

    @Test("what is cropped is told in any terminal that has a status line, and nothing is where all of it shows")
    func croppedSizes() throws {
        var model = try Self.model(Self.large)
        try Self.press(&model, .end)
        try Self.press(&model, "i")
        for (columns, rows) in [(40, 12), (80, 24), (132, 43), (131, 60)] {
            #expect(Self.text(model, columns, rows).contains(" 132×43 "), "\(columns)×\(rows)")
            #expect(Self.text(model, columns, rows).contains("HJKL"), "\(columns)×\(rows)")
        }
        #expect(!Self.text(model, 132, 45).contains("132×43"))
        #expect(!Self.text(model, 132, 45).contains("HJKL"))
        #expect(try model.pressed(.shifted(.up), size: TerminalSize(columns: 132, rows: 45)) == .goOn)
        #expect(Self.text(model, 132, 45).contains("all of the recorded screen shows"))
    }

    @Test("an empty recording plays")
    func empty() throws {
        var model = try Self.model([])
        try model.advanced(by: 1_000_000)
        try Self.press(&model, "[].cikn")
        try Self.press(&model, .escape)
        try Self.press(&model, "? ")
        #expect(Self.text(model).contains("0:00"))
    }
}

@Suite struct WatchModelTests {
    @Test("a late viewer sees the exact screen, then what follows")
    func joining() {
        var random = SeededGenerator(seed: 4)
        let events = Sample.session(80, &random)
        var played = ChannelScreen(channel: 1)
        var live = LiveScreen()
        for event in events {
            played.apply(event)
            live.apply(event)
            #expect(live.view(of: 1)?.screen.visible == played.screen.visible)
        }
    }

    @Test("it shows the newest terminal, or the chosen channel, and says when the session has ended")
    func channels() {
        var model = WatchModel(title: "alice")
        model.apply([
            Sample.pty(20, 3), Sample.output(0, "one"), Sample.pty(20, 3, channel: 2),
            Sample.output(0, "two", channel: 2),
        ])
        func text() -> String {
            let frame = model.frame(size: TerminalSize(columns: 60, rows: 5))
            return frame.rows.map { $0.flatMap { $0.scalars.map(String.init) }.joined() }.joined(separator: "\n")
        }
        #expect(text().contains("two"))
        model.nextChannel()
        #expect(text().contains("one"))
        model.ended("killed by bob")
        #expect(text().contains("killed by bob"))
    }

    @Test("a session larger than the viewer's terminal is told as such, and its view can be moved")
    func cropping() {
        var model = WatchModel(title: "alice")
        model.apply([Sample.pty(100, 8), Sample.output(0, "left\u{1B}[1;60Hmiddle\u{1B}[8;96Hright\u{1B}[H")])
        let size = TerminalSize(columns: 60, rows: 5)
        func text() -> String {
            model.frame(size: size).rows.map { $0.flatMap { $0.scalars.map(String.init) }.joined() }
                .joined(separator: "\n")
        }
        #expect(text().contains("left") && text().contains(" 100×8 →↓ HJKL "))
        for _ in 0..<9 { model.moveView(.right, size: size) }
        model.moveView(.down, size: size)
        #expect(!text().contains("left") && text().contains("right") && text().contains(" 100×8 ←↑ HJKL "))
        model.viewport.followCursor()
        #expect(text().contains("left"))
    }

    @Test("channels without number don't grow it without bound")
    func manyChannels() {
        var live = LiveScreen()
        for channel in 1...1000 { live.apply(Sample.pty(80, 24, channel: UInt32(channel))) }
        #expect(live.channels.count == 32)
        for channel in 1...32 { live.apply(Sample.event(1, .channelClosed, channel: UInt32(channel))) }
        live.apply(Sample.pty(80, 24, channel: 5000))
        #expect(live.channels.count == 32 && live.principalChannel == 5000)
    }
}

@Suite struct KeyDecoderTests {
    @Test("keys come out of what terminals send, in both cursor key modes")
    func keys() {
        var decoder = KeyDecoder()
        #expect(
            decoder.keys(Array("\u{1B}[A\u{1B}OB\u{1B}[1;5C\u{1B}[D\u{1B}[H\u{1B}[4~ q".utf8)) == [
                .up, .down, .right, .left, .home, .end, .character(0x20), .character(UInt8(ascii: "q")),
            ])
        #expect(
            decoder.keys(Array("\u{1B}[1;2A\u{1B}[1;2B\u{1B}[1;2C\u{1B}[1;2D\u{1B}[1;2;7A\u{1B}[1;22A".utf8)) == [
                .shifted(.up), .shifted(.down), .shifted(.right), .shifted(.left), .shifted(.up), .up,
            ])
    }

    @Test("sequences without meaning here, and the Escape key, do nothing")
    func ignored() {
        var decoder = KeyDecoder()
        #expect(decoder.keys(Array("\u{1B}[15~\u{1B}[<0;3;4M\u{1B}".utf8)) == [])
        #expect(decoder.keys(Array("q".utf8)) == [.character(UInt8(ascii: "q"))])
        #expect(decoder.keys([0x1B]) == [.escape])
    }
}
