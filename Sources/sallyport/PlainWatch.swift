import Playback
import RecordingFormat

/// A session as plain text for pipes and logs: what its channels put out, with the controls taken out.
struct PlainWatch {
    private var texts: [UInt32: SafeText] = [:]
    private var lastChannel: UInt32?
    private var isAtLineStart = true

    /// The text of the next events.
    mutating func append(_ events: [RecordedEvent]) -> String {
        events.map { self.text(of: $0) }.joined()
    }

    private mutating func text(of event: RecordedEvent) -> String {
        switch event.body {
        case .output(let bytes), .stderr(let bytes):
            let text = self.texts[event.channel, default: SafeText()].append(bytes)
            guard !text.isEmpty else { return "" }
            let heading = self.heading(for: event.channel)
            self.isAtLineStart = text.last == "\n"
            return heading + text
        case .request(.exec(let command)):
            return self.ownLine("$ \(SafeText.line(command))", on: event.channel)
        case .channelClosed:
            self.texts[event.channel] = nil
            return ""
        default:
            return ""
        }
    }

    /// Nothing while one channel goes on; its name on a line of its own when another one speaks.
    private mutating func heading(for channel: UInt32) -> String {
        defer { self.lastChannel = channel }
        guard let last = self.lastChannel, last != channel else { return "" }
        return (self.isAtLineStart ? "" : "\n") + "[channel \(channel)]\n"
    }

    private mutating func ownLine(_ line: String, on channel: UInt32) -> String {
        let heading = self.heading(for: channel)
        defer { self.isAtLineStart = true }
        return heading + (self.isAtLineStart || !heading.isEmpty ? "" : "\n") + line + "\n"
    }
}
