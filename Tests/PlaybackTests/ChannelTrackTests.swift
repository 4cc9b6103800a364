import Playback
import RecordingFormat
import TerminalModel
import Testing

@Suite struct ChannelTrackTests {
    @Test("seeking to a time shows what playing to it shows, whatever the way there", arguments: 0..<12)
    func seeking(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed) + 77)
        let timeline = Timeline(Sample.session(150, &random))
        // Small snapshots and a small budget, so that both are made and thinned out on the way.
        var track = ChannelTrack(timeline, channel: 1, snapshotBytes: 500, cellBudget: 40_000)
        for _ in 0..<40 {
            let time = UInt64.random(in: 0...timeline.duration, using: &random)
            track.move(to: time)
            var played = ChannelScreen(channel: 1)
            for event in timeline.events where event.time <= time { played.apply(event) }
            #expect(track.view.screen.visible == played.screen.visible)
            // What is fed next must find the same state too.
            var (one, other) = (track.view.screen, played.screen)
            let probe = Sample.terminalBytes(200, &random)
            one.feed(probe)
            other.feed(probe)
            #expect(one.visible == other.visible)
        }
    }

    @Test("channels don't mix")
    func channels() {
        let timeline = Timeline([
            Sample.pty(80, 24), Sample.exec("uptime", channel: 2), Sample.output(1, "one"),
            Sample.output(2, "two\n", channel: 2), Sample.output(3, " more"),
        ])
        #expect(timeline.principalChannel == 1)
        var first = ChannelTrack(timeline, channel: 1)
        first.move(to: 3)
        #expect(first.view.screen.text == "one more")
        var second = ChannelTrack(timeline, channel: 2)
        second.move(to: 3)
        #expect(second.view.screen.text == "$ uptime\ntwo")
        #expect(second.moments == [0, 2])
    }

    @Test("a transfer shows how much went which way, not its bytes")
    func transfers() {
        let timeline = Timeline([
            Sample.event(0, .request(.subsystem(name: Array("sftp".utf8)))), Sample.event(1, .input([1, 2, 3])),
            Sample.event(2, .output(Array(repeating: 0, count: 10))),
        ])
        var track = ChannelTrack(timeline, channel: 1)
        track.move(to: 2)
        #expect(track.view.screen.text == "subsystem sftp\n3 bytes to the target, 10 from it")
    }

    @Test("a recording's times are put in order and kept within bounds")
    func brokenTimes() {
        let timeline = Timeline([
            Sample.output(5, "a"), Sample.output(3, "b"), Sample.output(.max, "c"),
        ])
        #expect(timeline.events.map(\.time) == [5, 5, Timeline.longestTime])
        #expect(timeline.duration == Timeline.longestTime)
    }
}
