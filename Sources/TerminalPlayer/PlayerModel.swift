import Playback
import RecordingFormat
import TerminalModel

/// The player without a terminal or a clock: keys and time go in, frames come out.
///
/// What takes long, scanning and searching, is done in small steps by ``work()``; meanwhile keys are obeyed. A place
/// that the scan has not reached is waited for.
struct PlayerModel {
    /// How far the arrows go, in microseconds.
    private static let leap: Int64 = 5_000_000
    /// What `i` goes through, in microseconds.
    private static let idleLimits: [UInt64?] = [nil, 1_000_000, 3_000_000, 10_000_000]
    /// While playing, `[` must get past the mark that was just reached.
    private static let markSlack: UInt64 = 1_000_000

    private let reel: Reel
    private let title: String
    private(set) var machine: PlaybackMachine
    /// The machine is at a place that the scan has not reached: the screen is that of another time.
    private(set) var isBehind = false
    /// `]` was pressed, and no later mark is known yet.
    private var awaitsMark = false
    private var search: PlayerSearch?
    private(set) var foot = PlayerFoot()
    private var viewport = Viewport()

    init(_ reel: Reel, title: String, options: TerminalPlayer.Options) throws {
        self.reel = reel
        self.title = title
        if let channel = options.channel, channel != reel.channel { reel.show(channel: channel) }
        self.machine = PlaybackMachine(duration: reel.duration, moments: reel.moments, idleLimit: options.idleLimit)
        self.machine.horizon = reel.scannedTime
        self.machine.seek(to: options.start)
        try self.follow()
    }

    var isPlaying: Bool { self.machine.state == .playing }

    /// What a key asks of the one who drives the player.
    enum Request {
        case goOn
        case quit
        case suspend
        case redraw
    }

    mutating func advanced(by microseconds: UInt64) throws {
        guard !self.isBehind, !self.isSearching else { return }
        self.machine.advanced(by: microseconds)
        try self.follow()
    }

    /// Shows what the machine says, if the scan has been there.
    private mutating func follow() throws {
        self.isBehind = !self.reel.isScanned && self.reel.scannedTime < self.machine.position
        if !self.isBehind { try self.reel.move(to: self.machine.position) }
    }

    private var isSearching: Bool { self.search?.isRunning == true }

    /// Whether ``work()`` has something to do.
    var hasWork: Bool { !self.reel.isScanned || self.isSearching }

    /// Does a small part of what is to be done, a few milliseconds of it at most.
    mutating func work() throws {
        // A wanted place comes before the search, the search before the rest of the scan.
        if self.isSearching, !self.isBehind { return try self.goOnSearching() }
        // The machine's copy of the moments is let go, so that they can grow in place.
        self.machine.moments = []
        defer {
            self.machine.moments = self.reel.moments
            self.machine.duration = self.reel.duration
            self.machine.horizon = self.reel.scannedTime
        }
        try self.reel.scan()
        if self.awaitsMark, self.nextMark != nil || self.reel.isScanned { self.goToNextMark() }
        if self.isBehind { try self.follow() }
    }

    private mutating func goOnSearching() throws {
        switch try self.search?.advance() {
        case .found(let time): self.machine.seek(to: time)
        case .notFound where self.search?.isWhole == false:
            self.search?.startAgain(self.reel)
            return
        case .notFound: self.foot.notice = "not found"
        case .goOn, nil: return
        }
        self.machine.pause()
        try self.follow()
    }

    /// - parameter size: of the viewer's terminal.
    mutating func pressed(_ key: Key, size: TerminalSize) throws -> Request {
        self.foot.notice = nil
        self.awaitsMark = false
        if let text = self.foot.typed(key) { return try self.searchFor(text) }
        if self.foot.isPrompting { return .goOn }
        if self.isSearching { self.search?.stop() }
        if let direction = key.view {
            self.moveView(direction, size)
            return .goOn
        }
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
        case .escape, .shifted: break
        case .character(let character): try self.pressed(character: character)
        }
        try self.follow()
        return .goOn
    }

    private mutating func pressed(character: UInt8) throws {
        switch character {
        case UInt8(ascii: " "): self.machine.togglePause()
        case UInt8(ascii: "."): self.machine.step()
        case UInt8(ascii: "["): self.goToMark(self.previousMark)
        case UInt8(ascii: "]"): self.goToNextMark()
        case UInt8(ascii: "c"): self.nextChannel()
        case UInt8(ascii: "/"): self.foot.prompt()
        case UInt8(ascii: "n"):
            if let text = self.search?.text { _ = try self.searchFor(text) } else { self.foot.prompt() }
        case UInt8(ascii: "i"):
            let index = Self.idleLimits.firstIndex(of: self.machine.idleLimit) ?? 0
            self.machine.idleLimit = Self.idleLimits[(index + 1) % Self.idleLimits.count]
        case UInt8(ascii: "k"): self.foot.toggle(.keystrokes)
        case UInt8(ascii: "v"): self.viewport.followCursor()
        case UInt8(ascii: "?"), UInt8(ascii: "h"): self.foot.toggle(.help)
        default: break
        }
    }

    private mutating func moveView(_ direction: Viewport.Direction, _ size: TerminalSize) {
        let part = self.part(in: size)
        guard !part.isAll else {
            self.foot.notice = "all of the recorded screen shows"
            return
        }
        self.viewport.move(direction, from: part)
    }

    private mutating func searchFor(_ text: String) throws -> Request {
        guard !text.isEmpty else { return .goOn }
        self.search = PlayerSearch(text, self.reel, after: self.machine.position)
        return .goOn
    }

    private var nextMark: TimelineMark? { self.reel.marks.first { $0.time > self.machine.position } }

    private var previousMark: TimelineMark? {
        let slack = self.isPlaying ? Self.markSlack : 0
        return self.reel.marks.last { $0.time + slack < self.machine.position }
    }

    private mutating func goToNextMark() {
        self.awaitsMark = self.nextMark == nil && !self.reel.isScanned
        if !self.awaitsMark { self.goToMark(self.nextMark) }
    }

    private mutating func goToMark(_ mark: TimelineMark?) {
        guard let mark else {
            self.foot.notice = "no more commands or markers that way"
            return
        }
        self.machine.seek(to: mark.time)
        self.isBehind = true
        if mark.channel != 0 { self.show(channel: mark.channel) }
        self.foot.notice = mark.label
    }

    private mutating func nextChannel() {
        let numbers = self.reel.channels.map(\.number)
        guard numbers.count > 1 else {
            self.foot.notice = "this recording has one channel"
            return
        }
        let index = numbers.firstIndex(of: self.reel.channel) ?? 0
        self.show(channel: numbers[(index + 1) % numbers.count])
    }

    private mutating func show(channel: UInt32) {
        guard channel != self.reel.channel else { return }
        self.reel.show(channel: channel)
        self.viewport.followCursor()
        self.machine.moments = self.reel.moments
        self.machine.horizon = self.reel.scannedTime
    }

    /// What a terminal of `size` is to show now.
    func frame(size: TerminalSize) -> Frame {
        var frame = Frame(size: size)
        let lines = StatusLines.count(in: size)
        Self.box(in: size).draw(self.reel.view.screen, self.viewport, into: &frame)
        if lines > 0 { self.drawBar(self.part(in: size), row: size.rows - lines, into: &frame) }
        if lines > 1 || self.foot.isPrompting {
            self.foot.draw(
                title: self.title, reel: self.reel, waiting: self.waiting, row: size.rows - 1, into: &frame)
        }
        return frame
    }

    private static func box(in size: TerminalSize) -> Letterbox {
        Letterbox(rows: 0..<(size.rows - StatusLines.count(in: size)), columns: size.columns)
    }

    private func part(in size: TerminalSize) -> VisiblePart {
        Self.box(in: size).part(of: self.reel.view.screen, self.viewport)
    }

    /// What the viewer waits for.
    private var waiting: String? {
        if self.isSearching, let search { return "searching \(SafeText.line(Array(search.text.utf8)))" }
        guard self.isBehind || self.awaitsMark else { return nil }
        return "reading \(self.reel.scannedPercent) %"
    }

    private func drawBar(_ part: VisiblePart, row: Int, into frame: inout Frame) {
        let state =
            switch self.machine.state {
            case .playing: ">"
            case .paused: "║"
            case .ended: "■"
            }
        var right = " \(ClockText.clock(self.machine.duration))  \(self.machine.speed.label)"
        if let label = part.label { right += "  " + label }
        if let limit = self.machine.idleLimit { right += "  idle ≤\(limit / 1_000_000)s" }
        let count = self.reel.channelCount
        if count > 1 { right += "  ch \(self.reel.channel) of \(count)" }
        StatusLines.progress(
            " \(state) \(ClockText.clock(self.machine.position))", right + " ", position: self.machine.position,
            duration: self.machine.duration, marks: self.reel.marks.map(\.time), row: row, into: &frame)
    }
}

/// A text that is looked for: to the end, and then once more from the start.
private struct PlayerSearch {
    let text: String
    /// It has begun at the start.
    private(set) var isWhole = false
    /// Nil when it is over.
    private var search: ReelSearch?

    init(_ text: String, _ reel: Reel, after time: UInt64) {
        self.text = text
        self.search = reel.search(text, after: time)
    }

    var isRunning: Bool { self.search != nil }

    mutating func startAgain(_ reel: Reel) {
        self.isWhole = true
        self.search = reel.search(self.text)
    }

    mutating func stop() { self.search = nil }

    mutating func advance() throws -> ReelSearch.Progress {
        guard let search = self.search else { return .notFound }
        let progress = try search.advance()
        if progress != .goOn { self.search = nil }
        return progress
    }
}
