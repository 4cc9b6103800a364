import Playback
import RecordingFormat
import TerminalModel

/// A live view without a terminal: events and keys go in, frames come out.
struct WatchModel: Sendable {
    private let title: String
    private var live = LiveScreen()
    private var chosen: UInt32?
    /// How the session ended, once it has.
    private var ending: String?

    init(title: String) {
        self.title = title
    }

    mutating func apply(_ events: [RecordedEvent]) { for event in events { self.live.apply(event) } }

    mutating func ended(_ text: String) { self.ending = text }

    mutating func nextChannel() {
        let numbers = self.live.channels.map(\.number)
        guard let current = self.chosen ?? self.live.principalChannel, let index = numbers.firstIndex(of: current)
        else { return }
        self.chosen = numbers[(index + 1) % numbers.count]
    }

    func frame(size: TerminalSize) -> Frame {
        var frame = Frame(size: size)
        let lines = min(StatusLines.count(in: size), 1)
        let channel = self.chosen.flatMap { self.live.view(of: $0) == nil ? nil : $0 } ?? self.live.principalChannel
        if let view = channel.flatMap({ self.live.view(of: $0) }) {
            Letterbox(rows: 0..<(size.rows - lines), columns: size.columns).draw(view.screen, into: &frame)
        }
        if lines > 0 { self.drawBar(channel, row: size.rows - 1, into: &frame) }
        return frame
    }

    private func drawBar(_ channel: UInt32?, row: Int, into frame: inout Frame) {
        let style = StatusLines.bar
        frame.clear(row: row, style: style)
        let right = " c channel  q leave "
        let end = max(frame.size.columns - right.columns, 0)
        let state = self.ending.map { "ENDED: " + $0 } ?? "LIVE \(ClockText.clock(self.live.time))"
        var left = " \(state)  \(self.title)"
        let summary = channel.flatMap { self.live.view(of: $0) }?.summary
        if let summary { left += "  \(summary.label)" }
        if let channel, self.live.isClosed(channel), self.ending == nil { left += " closed" }
        if let notice = self.live.notice { left += "  (\(notice))" }
        frame.write(left, row: row, column: 0, style: style, end: end)
        frame.write(right, row: row, column: end, style: style)
    }
}
