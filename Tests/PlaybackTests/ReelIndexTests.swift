import Foundation
import RecordingFormat
import RecordingKeys
import TerminalModel
import Testing

@testable import Playback

@Suite struct ReelIndexTests {
    /// Small, so that short recordings have many snapshots, and thin them out.
    private static let density = ChannelTrack.Density(cost: 500, byteBudget: 20_000)

    /// Sessions with resizes, the alternate screen, sequences good and bad, and a second channel in between.
    private static func session(_ pieces: Int, _ random: inout SeededGenerator) -> [RecordedEvent] {
        var events = Sample.session(pieces, &random)
        for index in events.indices.reversed() where index % 7 == 3 {
            events.insert(Sample.output(events[index].time, "other", channel: 2), at: index + 1)
        }
        return events
    }

    /// Whether both show the same, and go on alike whatever comes next.
    private static func expectSame(_ one: ChannelScreen, _ other: ChannelScreen, _ random: inout SeededGenerator) {
        #expect(one.screen.visible == other.screen.visible)
        #expect(one.summary == other.summary && one.recentInput == other.recentInput)
        var (one, other) = (one.screen, other.screen)
        let probe = Sample.terminalBytes(120, &random)
        one.feed(probe)
        other.feed(probe)
        one.resize(to: TerminalSize(columns: 31, rows: 9))
        other.resize(to: TerminalSize(columns: 31, rows: 9))
        #expect(one.visible == other.visible)
    }

    /// The first reel has an index, the second was scanned, the third plays on from time to time.
    private static func compare(
        _ file: [UInt8], keys: RecordingSubkeys, _ index: ReelIndex, channel: UInt32? = nil, times count: Int,
        _ random: inout SeededGenerator
    ) throws {
        let indexed = try Reel(keys: keys, file: Sample.read(file), index: index)
        let scanned = try Reel(keys: keys, file: Sample.read(file), index: nil, density: self.density)
        let played = try Reel(keys: keys, file: Sample.read(file))
        if let channel { for reel in [indexed, scanned, played] { reel.show(channel: channel) } }
        while try scanned.scan() {}
        #expect(indexed.isScanned && !played.isScanned)
        #expect(indexed.duration == scanned.duration && indexed.moments == scanned.moments)
        #expect(indexed.channels == scanned.channels && indexed.marks == scanned.marks)
        #expect(indexed.metadata == scanned.metadata)
        var truths: [(UInt64, ChannelScreen)] = []
        let times = (0..<count).map { _ in UInt64.random(in: 0...indexed.duration, using: &random) }.sorted()
        for time in times {
            try played.move(to: time)
            truths.append((time, played.view))
        }
        for (time, truth) in truths.shuffled(using: &random) {
            try indexed.move(to: time)
            try scanned.move(to: time)
            self.expectSame(indexed.view, truth, &random)
            self.expectSame(scanned.view, truth, &random)
        }
    }

    @Test("with the index and without, a place shows what playing to it shows", arguments: 0..<20)
    func seeking(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed) + 1234)
        let file = try Sample.file(Self.session(150, &random))
        let index = try #require(try Sample.index(file, density: Self.density))
        for channel in [1, 2] as [UInt32] {
            try Self.compare(file, keys: Sample.keys, index, channel: channel, times: 50, &random)
        }
    }

    private static let demo = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../recordings/demo").standardized

    @Test(
        "the same holds for real sessions", arguments: ["build", "resize", "sftp", "tmux", "top", "unicode", "vim"])
    func realSessions(name: String) throws {
        var random = SeededGenerator(seed: 99)
        let file = try [UInt8](Data(contentsOf: Self.demo.appendingPathComponent(name + ".spr")))
        let text = try String(contentsOf: Self.demo.appendingPathComponent("identity"), encoding: .utf8)
        let identity = try RecordingIdentity(text: text)
        var parser = RecordParser()
        parser.append(file)
        let keys = try identity.subkeys(for: try RecordingHeader(try #require(try parser.next())))
        let index = try #require(try Sample.index(file, keys: keys, density: Self.density))
        try Self.compare(file, keys: keys, index, times: 150, &random)
    }

    @Test("a place at the end of a long recording is shown without reading what comes before")
    func reading() throws {
        let lines = (0..<400).map {
            Sample.output(UInt64($0) * 1_000_000, "line \($0) \(String(repeating: "x", count: 60))\r\n")
        }
        let file = try Sample.file([Sample.pty(80, 24)] + lines)
        let index = try #require(try Sample.index(file, density: ChannelTrack.Density(cost: 4000)))
        var read = 0
        let counting: FrameReader.Read = { offset, count in
            let bytes = Array(file.dropFirst(Int(offset)).prefix(min(count, 1024)))
            read += bytes.count
            return bytes
        }
        let reel = try Reel(keys: Sample.keys, file: counting, index: index)
        for time in [250_000_000, 399_000_000, 200_000_000] as [UInt64] {
            read = 0
            try reel.move(to: time)
            #expect(reel.view.screen.text.hasSuffix(String(repeating: "x", count: 60)))
            #expect(reel.view.screen.text.contains("line \(time / 1_000_000) "))
            #expect(read < file.count / 4)
        }
    }

    @Test("none is made of what can't be read as a whole, is small, or has too many moments")
    func none() throws {
        let lines = (0..<60).map { Sample.output(UInt64($0), "\($0) ") }
        var file = try Sample.file([Sample.pty(80, 24)] + lines)
        #expect(try Sample.index(file) != nil)
        #expect(try Sample.index(file, limits: .init()) == nil)
        #expect(try Sample.index(file, limits: .init(leastCost: 0, moments: 20)) == nil)
        #expect(try Sample.index(file, limits: .init(leastCost: 0, mostCost: 20)) == nil)
        file[file.count / 2] ^= 1
        #expect(try Sample.index(file) == nil)
        file[file.count / 2] ^= 1
        file.removeLast(3)
        #expect(try Sample.index(file) == nil)
    }

    @Test("a channel without a part of its own is scanned when it is shown")
    func manyChannels() throws {
        let events = (1...5).flatMap { channel in
            [
                Sample.pty(80, 24, channel: UInt32(channel)),
                Sample.output(9, "channel \(channel)", channel: UInt32(channel)),
            ]
        }
        let file = try Sample.file(events)
        let index = try #require(try Sample.index(file, limits: .init(leastCost: 0, openChannels: 3)))
        let reel = try Reel(keys: Sample.keys, file: Sample.read(file), index: index)
        #expect(reel.isScanned && reel.channelCount == 5)
        reel.show(channel: 5)
        #expect(!reel.isScanned)
        try reel.move(to: 9)
        #expect(reel.view.screen.text == "channel 5")
        while try reel.scan() {}
        #expect(reel.moments == [9])
    }

    @Test("channels that were closed make room for others, and one that goes on all the same is told apart")
    func closedChannels() throws {
        var events: [RecordedEvent] = []
        for channel in 1...40 as ClosedRange<UInt32> {
            events += [
                Sample.pty(30, 5, channel: channel),
                Sample.output(UInt64(channel), "channel \(channel)", channel: channel),
                Sample.event(UInt64(channel), .channelClosed, channel: channel),
            ]
        }
        let limits = ReelIndexMaker.Limits(leastCost: 0, openChannels: 2)
        let file = try Sample.file(events)
        let index = try #require(try Sample.index(file, limits: limits))
        let reel = try Reel(keys: Sample.keys, file: Sample.read(file), index: index)
        for channel in [40, 3, 17] as [UInt32] {
            reel.show(channel: channel)
            #expect(reel.isScanned)
            try reel.move(to: 40)
            #expect(reel.view.screen.text == "channel \(channel)")
        }
        events.append(Sample.output(50, " goes on", channel: 3))
        let odd = try Sample.file(events)
        let oddReel = try Reel(
            keys: Sample.keys, file: Sample.read(odd), index: try Sample.index(odd, limits: limits))
        oddReel.show(channel: 3)
        try oddReel.move(to: 49)
        #expect(oddReel.view.screen.text == "channel 3")
        try oddReel.move(to: 50)
        #expect(oddReel.view.screen.text == "channel 3 goes on")
    }

    @Test("no bytes that differ from an index's make one that harms: they are refused, or show something")
    func damaged() throws {
        var random = SeededGenerator(seed: 3)
        let file = try Sample.file(Self.session(40, &random))
        let maker = ReelIndexMaker(
            keys: Sample.keys, file: Sample.read(file), limits: .init(leastCost: 0), density: Self.density)
        while try maker.next() != nil {}
        let content = try #require(maker.finish(end: UInt64(file.count)))
        for _ in 0..<300 {
            var broken = content
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                broken[Int.random(in: 0..<broken.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { broken.removeLast(Int.random(in: 0..<broken.count, using: &random)) }
            guard let index = ReelIndex(broken) else { continue }
            let reel = try Reel(keys: Sample.keys, file: Sample.read(file), index: index)
            try reel.move(to: UInt64.random(in: 0...reel.duration + 1, using: &random))
        }
    }

    @Test("states of random screens come back as they were, and no other bytes do harm", arguments: 0..<30)
    func states(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed) + 40)
        var screen = TerminalScreen(
            size: TerminalSize(
                columns: Int.random(in: 1...140, using: &random), rows: Int.random(in: 1...60, using: &random)))
        for _ in 0..<10 {
            screen.feed(Sample.terminalBytes(200, &random))
            var state = StateWriter()
            screen.write(to: &state)
            var reader = StateReader(state.bytes[...])
            guard var copy = TerminalScreen(from: &reader) else {
                Issue.record("the state can't be read")
                return
            }
            #expect(reader.isAtEnd && copy.visible == screen.visible && copy.writtenBytes == screen.writtenBytes)
            let probe = Sample.terminalBytes(400, &random)
            copy.feed(probe)
            screen.feed(probe)
            #expect(copy.visible == screen.visible)
            for _ in 0..<20 {
                var broken = state.bytes
                broken[Int.random(in: 0..<broken.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                var reader = StateReader(broken[...])
                guard var odd = TerminalScreen(from: &reader) else { continue }
                odd.feed(probe)
                odd.resize(to: TerminalSize(columns: 9, rows: 5))
                _ = odd.text
            }
        }
    }
}
