import Playback
import RecordingFormat
import TerminalModel

/// The player without a terminal or a clock: keys and time go in, frames come out.
struct PlayerModel {
    /// How far the arrows go, in microseconds.
    private static let leap: Int64 = 5_000_000
    /// What `i` goes through, in microseconds.
    private static let idleLimits: [UInt64?] = [nil, 1_000_000, 3_000_000, 10_000_000]
    /// While playing, `[` must get past the mark that was just reached.
    private static let markSlack: UInt64 = 1_000_000

    private enum Foot {
        case help
        case title
        case keystrokes
    }

    private let timeline: Timeline
    private let title: String
    private(set) var machine: PlaybackMachine
    private var track: ChannelTrack
    private var channel: UInt32
    private var foot = Foot.help
    private var notice: String?

    init(_ timeline: Timeline, title: String, options: TerminalPlayer.Options) {
        self.timeline = timeline
        self.title = title
        // A recording without channels has a channel 1 that shows nothing.
        self.channel = options.channel ?? timeline.principalChannel ?? 1
        self.track = ChannelTrack(timeline, channel: self.channel)
        self.machine = PlaybackMachine(
            duration: timeline.duration, moments: self.track.moments, idleLimit: options.idleLimit)
        self.machine.seek(to: options.start)
        self.track.move(to: self.machine.position)
    }

    var isPlaying: Bool { self.machine.state == .playing }

    /// What a key asks of the one who drives the player.
    enum Request {
        case goOn
        case quit
        case suspend
        case redraw
    }

    mutating func advanced(by microseconds: UInt64) {
        self.machine.advanced(by: microseconds)
        self.track.move(to: self.machine.position)
    }

    mutating func pressed(_ key: Key) -> Request {
        self.notice = nil
        switch key {
        case .left: self.machine.seek(by: -Self.leap)
        case .right: self.machine.seek(by: Self.leap)
        case .up: self.machine.speedUp()
        case .down: self.machine.slowDown()
        case .home: self.machine.seek(to: 0)
        case .end: self.machine.seek(to: self.machine.duration)
        case .interrupt, .endOfInput, .character(UInt8(ascii: "q")): return .quit
        case .suspend: return .suspend
        case .redraw: return .redraw
        case .character(let character): self.pressed(character: character)
        }
        self.track.move(to: self.machine.position)
        return .goOn
    }

    private mutating func pressed(character: UInt8) {
        switch character {
        case UInt8(ascii: " "): self.machine.togglePause()
        case UInt8(ascii: "."): self.machine.step()
        case UInt8(ascii: "["): self.goToMark(self.previousMark)
        case UInt8(ascii: "]"): self.goToMark(self.nextMark)
        case UInt8(ascii: "c"): self.nextChannel()
        case UInt8(ascii: "i"):
            let index = Self.idleLimits.firstIndex(of: self.machine.idleLimit) ?? 0
            self.machine.idleLimit = Self.idleLimits[(index + 1) % Self.idleLimits.count]
        case UInt8(ascii: "k"): self.foot = self.foot == .keystrokes ? .title : .keystrokes
        case UInt8(ascii: "?"), UInt8(ascii: "h"): self.foot = self.foot == .help ? .title : .help
        default: break
        }
    }

    private var nextMark: TimelineMark? { self.timeline.marks.first { $0.time > self.machine.position } }

    private var previousMark: TimelineMark? {
        let slack = self.isPlaying ? Self.markSlack : 0
        return self.timeline.marks.last { $0.time + slack < self.machine.position }
    }

    private mutating func goToMark(_ mark: TimelineMark?) {
        guard let mark else {
            self.notice = "no more commands or markers that way"
            return
        }
        self.machine.seek(to: mark.time)
        if mark.channel != 0 { self.show(channel: mark.channel) }
        self.notice = mark.label
    }

    private mutating func nextChannel() {
        let numbers = self.timeline.channels.map(\.number)
        guard numbers.count > 1 else {
            self.notice = "this recording has one channel"
            return
        }
        let index = numbers.firstIndex(of: self.channel) ?? 0
        self.show(channel: numbers[(index + 1) % numbers.count])
    }

    private mutating func show(channel: UInt32) {
        guard channel != self.channel else { return }
        self.channel = channel
        self.track = ChannelTrack(self.timeline, channel: channel)
        self.machine.moments = self.track.moments
    }

    /// What a terminal of `size` is to show now.
    func frame(size: TerminalSize) -> Frame {
        var frame = Frame(size: size)
        let lines = StatusLines.count(in: size)
        let box = Letterbox(rows: 0..<(size.rows - lines), columns: size.columns)
        box.draw(self.track.view.screen, into: &frame)
        if lines > 0 { self.drawBar(row: size.rows - lines, into: &frame) }
        if lines > 1 { self.drawFoot(row: size.rows - 1, into: &frame) }
        return frame
    }

    private func drawBar(row: Int, into frame: inout Frame) {
        let state =
            switch self.machine.state {
            case .playing: ">"
            case .paused: "║"
            case .ended: "■"
            }
        var right = " \(ClockText.clock(self.machine.duration))  \(self.machine.speed.label)"
        if let limit = self.machine.idleLimit { right += "  idle ≤\(limit / 1_000_000)s" }
        let count = self.timeline.channels.count
        if count > 1 { right += "  ch \(self.channel) of \(count)" }
        StatusLines.progress(
            " \(state) \(ClockText.clock(self.machine.position))", right + " ", position: self.machine.position,
            duration: self.machine.duration, marks: self.timeline.marks.map(\.time), row: row, into: &frame)
    }

    private func drawFoot(row: Int, into frame: inout Frame) {
        if let notice = self.notice {
            frame.write(notice, row: row, column: 1)
            return
        }
        switch self.foot {
        case .help:
            StatusLines.keys(
                [
                    ("space", "pause"), ("←→", "5 s"), ("↑↓", "speed"), (".", "step"), ("q", "quit"),
                    ("[ ]", "commands"), ("c", "channel"), ("i", "idle"), ("k", "keys"), ("?", "title"),
                ], row: row, into: &frame)
        case .title:
            let channel = self.timeline.channel(self.channel)?.label ?? "no channel"
            frame.write("\(self.title)   \(channel)", row: row, column: 1)
        case .keystrokes:
            let typed = SafeText.line(self.track.recentInput(frame.size.columns).suffix(frame.size.columns))
            let room = frame.size.columns - 8
            frame.write("typed: " + String(typed.suffix(max(room, 0))), row: row, column: 1)
        }
    }
}
