import RecordingFormat
import TerminalModel
import Testing

@testable import Playback

@Suite struct ReelTests {
    private struct Truth {
        let time: UInt64
        let screen: TerminalScreen
    }

    /// The screens at random times, from playing each event by itself from the start.
    private static func played(
        _ events: [RecordedEvent], _ count: Int, _ random: inout SeededGenerator
    ) -> [Truth] {
        let last = events.last?.time ?? 0
        let times = (0..<count).map { _ in UInt64.random(in: 0...last, using: &random) }.sorted()
        var view = ChannelScreen(channel: 1)
        var next = 0
        return times.map { time in
            while next < events.count, events[next].time <= time {
                if events[next].channel == 1 { view.apply(events[next]) }
                next += 1
            }
            return Truth(time: time, screen: view.screen)
        }
    }

    /// Sessions with resizes, the alternate screen, sequences good and bad, and a second channel in between.
    private static func session(_ random: inout SeededGenerator) -> [RecordedEvent] {
        var events = Sample.session(150, &random)
        for index in events.indices.reversed() where index % 7 == 3 {
            events.insert(Sample.output(events[index].time, "other", channel: 2), at: index + 1)
        }
        return events
    }

    @Test(
        "seeking to a time shows what playing to it shows, whatever the way there, before and after the scan",
        arguments: 0..<20)
    func seeking(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed) + 77)
        let events = Self.session(&random)
        let truths = Self.played(events, 50, &random)
        // Small snapshots and a small budget, so that both are made and thinned out on the way.
        let reel = try Sample.reel(events, density: ChannelTrack.Density(cost: 500, byteBudget: 20_000))
        #expect(reel.duration == events.last?.time)
        for (index, truth) in truths.shuffled(using: &random).enumerated() {
            // The first half of the seeks meets the scan on its way.
            if index < 25 { try reel.scan() } else { while try reel.scan() {} }
            try reel.move(to: truth.time)
            #expect(reel.view.screen.visible == truth.screen.visible)
            // What is fed next must find the same state too.
            var (one, other) = (reel.view.screen, truth.screen)
            let probe = Sample.terminalBytes(100, &random)
            one.feed(probe)
            other.feed(probe)
            #expect(one.visible == other.visible)
        }
        #expect(reel.isScanned && reel.badRecords.isEmpty)
    }

    @Test("channels don't mix, and showing another one goes back to where it begins")
    func channels() throws {
        let reel = try Sample.reel([
            Sample.pty(80, 24), Sample.exec("uptime", channel: 2), Sample.output(1, "one"),
            Sample.output(2, "two\n", channel: 2), Sample.output(3, " more"),
        ])
        #expect(reel.channel == 1)
        try reel.move(to: 3)
        #expect(reel.view.screen.text == "one more")
        reel.show(channel: 2)
        while try reel.scan() {}
        try reel.move(to: 3)
        #expect(reel.view.screen.text == "$ uptime\ntwo")
        #expect(reel.moments == [0, 2])
        #expect(reel.channels.map(\.number) == [1, 2])
    }

    @Test("a transfer shows how much went which way, not its bytes")
    func transfers() throws {
        let reel = try Sample.reel([
            Sample.event(0, .request(.subsystem(name: Array("sftp".utf8)))), Sample.event(1, .input([1, 2, 3])),
            Sample.event(2, .output(Array(repeating: 0, count: 10))),
        ])
        try reel.move(to: 2)
        #expect(reel.view.screen.text == "subsystem sftp\n3 bytes to the target, 10 bytes from it")
    }

    @Test("a recording's times are kept within bounds")
    func brokenTimes() throws {
        let events = [Sample.output(5, "a"), Sample.output(.max, "c")]
        #expect(Timeline(events).events.map(\.time) == [5, Timeline.longestTime])
        let reel = try Sample.reel(events)
        #expect(reel.duration == Timeline.longestTime)
        try reel.move(to: Timeline.longestTime)
        #expect(reel.view.screen.text == "ac")
    }

    @Test("a torn or altered end leaves what comes before it")
    func damaged() throws {
        let events = (0..<60).map { Sample.output(UInt64($0), "\($0) ") }
        var file = try Sample.file(events)
        file.removeLast(5)
        let torn = try Reel(keys: Sample.keys, file: Sample.read(file))
        #expect(torn.duration == 56)
        let reader = FrameReader(keys: Sample.keys, read: Sample.read(file))
        var places: [UInt64] = []
        while let piece = try reader.next() { places.append(piece.place.offset) }
        file[Int(places[places.count / 2]) + 5] ^= 1
        let altered = try Reel(keys: Sample.keys, file: Sample.read(file))
        while try altered.scan() {}
        try altered.move(to: 100)
        #expect(altered.badRecords.count == 1)
        #expect(altered.view.screen.text.contains("0 1 2") && altered.view.screen.text.contains("55 56"))
    }

    @Test(
        "a file without frames, and one that is no recording, show an empty screen", arguments: [[], [1, 2, 3, 4, 5]])
    func empty(rest: [UInt8]) throws {
        let reel = try Reel(keys: Sample.keys, file: Sample.read(RecordParser.magic + rest))
        #expect(try !reel.scan())
        try reel.move(to: 5)
        #expect(reel.duration == 0 && reel.view.screen.text.isEmpty)
    }
}

@Suite struct SkipTests {
    @Test("leaving out what scrolls away shows exactly what writing all of it shows", arguments: 0..<40)
    func skipping(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed) + 5)
        let size = TerminalSize(columns: Int.random(in: 3...90, using: &random), rows: 1 + seed % 30)
        var whole = TerminalScreen(size: size)
        var pieces = TerminalScreen(size: size)
        let before = Sample.terminalBytes(300, &random)
        whole.feed(before)
        pieces.feed(before)
        var flood: [UInt8] = []
        let texts = [
            "plain text", "\u{1B}[1;31mred", "\u{1B}[m", "\u{1B}[44m", "日本語", "e\u{301}", "\t", "\u{8}\u{8}", "\r",
            "\u{1B}[K", "\u{B}", "\u{7}", "»", "a long line that wraps on all but the widest of these screens, it does",
        ]
        for line in 0..<400 {
            for _ in 0..<Int.random(in: 0..<5, using: &random) {
                flood += Array((texts.randomElement(using: &random) ?? "").utf8)
            }
            flood += Array((Int.random(in: 0..<9, using: &random) == 0 ? "\n" : "\r\n").utf8)
            // Now and then something that ends the span.
            if line % 150 == 149 { flood += Sample.terminalBytes(30, &random) }
        }
        whole.feed(flood)
        for start in stride(from: 0, to: flood.count, by: 1000) {
            pieces.feed(flood[start..<min(start + 1000, flood.count)])
        }
        #expect(whole.visible == pieces.visible)
        let after = Sample.terminalBytes(300, &random)
        whole.feed(after)
        pieces.feed(after)
        #expect(whole.visible == pieces.visible)
    }

    @Test("a flood is left out but for its end")
    func flood() {
        var screen = TerminalScreen(size: .standard)
        screen.feed((0..<50_000).flatMap { Array("\u{1B}[32mline \($0)\u{1B}[m\r\n".utf8) })
        #expect(screen.text.hasPrefix("line 49977") && screen.text.hasSuffix("line 49999"))
        #expect(screen.writtenBytes < 2_000)
    }
}

@Suite struct TextFinderTests {
    @Test("text is found across pieces, colours and cases, not across lines")
    func finding() {
        func isFound(_ text: String, _ pieces: String...) -> Bool {
            var finder = TextFinder(text)
            return pieces.map { finder.feed(Array($0.utf8)) }.contains(true)
        }
        #expect(isFound("error", "an ", "ERR", "or"))
        #expect(isFound("error", "\u{1B}[1mer\u{1B}[31;4mror"))
        #expect(isFound("aab", "aaab") && isFound("日本", "\u{1B}[m日\u{1B}[0m本"))
        #expect(!isFound("error", "er\r\nror") && !isFound("error", "er\u{1B}[2;2Hror"))
        #expect(!isFound("title", "\u{1B}]0;title\u{7}") && !isFound("", "anything"))
    }

    @Test("a search goes from place to place")
    func search() throws {
        let events = (0..<100).map { Sample.output(UInt64($0) * 1_000_000, $0 % 40 == 7 ? "here " : "not ") }
        let reel = try Sample.reel(events)
        var found: [UInt64] = []
        var time: UInt64 = 0
        while let next = try Self.next(reel, "HERE", after: time) {
            found.append(next)
            time = next
        }
        #expect(found == [7_000_000, 47_000_000, 87_000_000])
    }

    private static func next(_ reel: Reel, _ text: String, after time: UInt64) throws -> UInt64? {
        let search = reel.search(text, after: time)
        while true {
            switch try search.advance() {
            case .found(let time): return time
            case .notFound: return nil
            case .goOn: break
            }
        }
    }
}
