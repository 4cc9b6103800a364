import Playback
import RecordingFormat
import TerminalModel

/// A live view without a terminal: events and keys go in, frames come out.
struct WatchModel: Sendable {
    private let title: String
    private let isTyping: Bool
    private var live = LiveScreen()
    private var chosen: UInt32?
    /// How the session ended, once it has.
    private var ending: String?
    /// What the viewer is told beside the session.
    var standing = ""
    var viewport = Viewport()

    init(title: String, isTyping: Bool = false) {
        self.title = title
        self.isTyping = isTyping
    }

    mutating func apply(_ events: [RecordedEvent]) { for event in events { self.live.apply(event) } }

    mutating func ended(_ text: String) { self.ending = text }

    mutating func nextChannel() {
        let numbers = self.live.channels.map(\.number)
        guard let current = self.chosen ?? self.live.principalChannel, let index = numbers.firstIndex(of: current)
        else { return }
        self.chosen = numbers[(index + 1) % numbers.count]
        self.viewport.followCursor()
    }

    /// - parameter size: of the viewer's terminal.
    mutating func moveView(_ direction: Viewport.Direction, size: TerminalSize) {
        guard let part = self.part(in: size), !part.isAll else { return }
        self.viewport.move(direction, from: part)
    }

    func frame(size: TerminalSize) -> Frame {
        var frame = Frame(size: size)
        if let screen = self.view?.screen { Self.box(in: size).draw(screen, self.viewport, into: &frame) }
        if Self.barRows(in: size) > 0 { self.drawBar(self.part(in: size), row: size.rows - 1, into: &frame) }
        return frame
    }

    private static func barRows(in size: TerminalSize) -> Int { min(StatusLines.count(in: size), 1) }

    private static func box(in size: TerminalSize) -> Letterbox {
        Letterbox(rows: 0..<(size.rows - self.barRows(in: size)), columns: size.columns)
    }

    private var channel: UInt32? {
        self.chosen.flatMap { self.live.view(of: $0) == nil ? nil : $0 } ?? self.live.principalChannel
    }

    private var view: ChannelScreen? { self.channel.flatMap { self.live.view(of: $0) } }

    private func part(in size: TerminalSize) -> VisiblePart? {
        self.view.map { Self.box(in: size).part(of: $0.screen, self.viewport) }
    }

    private func drawBar(_ part: VisiblePart?, row: Int, into frame: inout Frame) {
        let style = StatusLines.bar
        frame.clear(row: row, style: style)
        let cropped = part?.label.map { " \($0) " } ?? ""
        let right = cropped + (self.isTyping ? " Ctrl-] leave " : " c channel  q leave ")
        let end = max(frame.size.columns - right.columns, 0)
        let state =
            self.ending.map { "ENDED: " + $0 }
            ?? "\(self.isTyping ? "TYPING ALONG" : "LIVE") \(ClockText.clock(self.live.time))"
        let standing = self.standing.isEmpty || self.ending != nil ? "" : "  \(self.standing)"
        var left = " \(state)\(standing)  \(self.title)"
        if let summary = self.view?.summary { left += "  \(summary.label)" }
        if let channel = self.channel, self.live.isClosed(channel), self.ending == nil { left += " closed" }
        if let notice = self.live.notice { left += "  (\(notice))" }
        frame.write(left, row: row, column: 0, style: style, end: end)
        frame.write(right, row: row, column: end, style: style)
    }
}
