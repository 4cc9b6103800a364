import Playback
import RecordingFormat
import Testing

@Suite struct TranscriptTests {
    private static func shown(_ text: String, columns: UInt32 = 20, rows: UInt32 = 5) -> [String] {
        let events = [Sample.pty(columns, rows), Sample.event(0, .request(.shell)), Sample.output(1, text)]
        return Transcript.lines(of: events).filter { $0.kind != .heading }.map(\.plainText)
    }

    @Test("lines that scrolled off come with those still on the screen, each once")
    func scrolling() {
        let numbers = (1...50).map(String.init)
        #expect(Self.shown(numbers.joined(separator: "\r\n")) == numbers)
    }

    @Test("wrapped lines are joined, on the screen and off it")
    func wrapping() {
        let long = String(repeating: "0123456789", count: 12)
        #expect(Self.shown(long + "\r\nshort") == [long, "short"])
        #expect(Self.shown(long + String(repeating: "\r\n.", count: 9)) == [long] + Array(repeating: ".", count: 9))
    }

    @Test("a progress bar is one line, as it ended")
    func progressBar() {
        let bar = (0...100).map { "\rdone \($0)%" }.joined()
        #expect(Self.shown("start\(bar)\r\nend") == ["done 100%", "end"])
        #expect(Self.shown("start\r\n\(bar)\r\nend") == ["start", "done 100%", "end"])
    }

    @Test("typed and edited text reads as it ended on the screen")
    func editing() {
        #expect(Self.shown("$ lz\u{8} \u{8}s -l\r\ntotal 0") == ["$ ls -l", "total 0"])
    }

    @Test("wide and combined characters, and characters split between events, are whole")
    func characters() {
        #expect(Self.shown("日本語テスト日本語テスト e\u{301}") == ["日本語テスト日本語テスト e\u{301}"])
        let bytes = Array("日😀".utf8)
        let events = [Sample.pty(80, 24)] + bytes.map { Sample.event(1, .output([$0])) }
        #expect(Transcript.lines(of: events).map(\.text) == ["日😀"])
    }

    @Test("a cleared screen is not lost, nor is a full-screen program's last page")
    func pages() {
        let lines = Self.shown("secret\r\n\u{1B}[H\u{1B}[2Jafter\r\n\u{1B}[?1049h\u{1B}[Heditor\u{1B}[?1049lend")
        #expect(lines == ["secret", "after", "[full-screen program:]", "editor", "[end of the full screen]", "end"])
    }

    @Test("what was typed is listed, also what was not echoed")
    func typedText() {
        let events = [
            Sample.pty(80, 24), Sample.event(0, .request(.shell)),
            Sample.event(1, .input(Array("sudo lz\u{7F}s\r".utf8))),
            Sample.output(1, "sudo ls\r\nPassword: "), Sample.event(2, .masked(bytes: 8)),
            Sample.event(3, .input(Array("\u{1B}[A\u{3}exi".utf8))), Sample.event(4, .input(Array("t\r".utf8))),
            Sample.event(5, .channelClosed),
        ]
        let lines = Transcript.lines(of: events)
        #expect(lines.filter { $0.kind == .typed }.map(\.text) == ["sudo ls", "[8 hidden]", "^Cexit"])
        #expect(!Transcript.lines(of: events, .init(includesInput: false)).contains { $0.kind == .typed })
    }

    @Test("a command without a pty gives its line, its output, errors and input apart, and its exit status")
    func commands() {
        let events = [
            Sample.exec("sort -r"), Sample.event(1, .input(Array("a\nb\n".utf8))),
            Sample.event(2, .endOfFile(.toTarget)), Sample.output(3, "b\na"), Sample.output(4, "\n"),
            Sample.event(5, .stderr(Array("warning\n".utf8))), Sample.event(6, .exitStatus(3)),
            Sample.event(7, .channelClosed),
        ]
        #expect(
            Transcript.text(of: events) == """
                ── 0:00 channel 1: command ──
                $ sort -r
                [typed] a
                [typed] b
                b
                a
                [stderr] warning
                ── 0:00 channel 1: exit status 3 ──

                """)
    }

    @Test("binary data is counted, protocols of subsystems too")
    func binaryData() {
        let events = [
            Sample.exec("cat x"), Sample.event(1, .output([0, 1, 2])), Sample.event(2, .output([0, 1])),
            Sample.output(3, "text\n"), Sample.event(4, .channelClosed),
            Sample.event(5, .request(.subsystem(name: Array("sftp".utf8))), channel: 2),
            Sample.event(6, .output([1, 2, 3]), channel: 2),
        ]
        #expect(
            Transcript.lines(of: events).filter { $0.kind != .heading && $0.kind != .command }.map(\.text) == [
                "5 bytes of binary output", "text", "3 bytes from the target",
            ])
    }

    @Test("channels that alternate are told apart")
    func channels() {
        let events = [
            Sample.exec("one", channel: 1), Sample.exec("two", channel: 2), Sample.output(1, "1\n", channel: 1),
            Sample.output(2, "2\n", channel: 2), Sample.output(3, "2\n", channel: 2),
            Sample.output(4, "1\n", channel: 1),
        ]
        let text = Transcript.text(of: events)
        #expect(
            text.hasSuffix(
                """
                ── channel 1 again ──
                1
                ── channel 2 again ──
                2
                2
                ── channel 1 again ──
                1

                """))
    }

    @Test("nothing in a transcript can act on the terminal that shows it", arguments: 0..<20)
    func harmless(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed) + 5)
        var events = Sample.session(40, &random)
        events.append(Sample.exec("\u{1B}]0;x\u{7}", channel: 2))
        for channel in [UInt32(2), 1] {
            let bytes = Sample.terminalBytes(500, &random)
            events.append(Sample.event(.max, .output(bytes), channel: channel))
            events.append(Sample.event(.max, .stderr(bytes), channel: channel))
            events.append(Sample.event(.max, .input(bytes), channel: channel))
        }
        for line in Transcript.lines(of: events) {
            let isHarmless = line.plainText.unicodeScalars.allSatisfy { $0 == "\t" || SafeText.harmless($0) == $0 }
            #expect(isHarmless, "\(line)")
        }
    }

    @Test("more channels than can be shown at once don't grow it without bound")
    func manyChannels() {
        var transcript = Transcript()
        for channel in 1...5000 { _ = transcript.append(Sample.pty(1000, 500, channel: UInt32(channel))) }
        #expect(transcript.append(Sample.output(1, "x", channel: 4999)).isEmpty)
    }
}
