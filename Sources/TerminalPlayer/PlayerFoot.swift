import Playback
import TerminalModel

/// The player's last line: help, title, what was typed, a notice, or the text to search for as it is entered.
struct PlayerFoot {
    enum Content {
        case help
        case title
        case keystrokes
    }

    /// The longest text to search for, in bytes.
    private static let longestText = 128

    private var content = Content.help
    /// Shown until the next key.
    var notice: String?
    /// The text as far as it was entered; nil when nobody enters one.
    private var entered: [UInt8]?

    var isPrompting: Bool { self.entered != nil }

    /// Shows `content`, or the title instead if it shows already.
    mutating func toggle(_ content: Content) { self.content = self.content == content ? .title : content }

    /// The viewer is to enter a text.
    mutating func prompt() { self.entered = [] }

    /// Takes a key while a text is entered. Returns the text when it is complete; empty if the viewer gave up.
    mutating func typed(_ key: Key) -> String? {
        guard var text = self.entered else { return nil }
        switch key {
        case .enter, .character(0x0A):
            self.entered = nil
            return String(decoding: text, as: UTF8.self)
        case .escape, .interrupt, .endOfInput:
            self.entered = nil
            return ""
        case .character(0x08), .character(0x7F):
            // A character of UTF-8 goes as a whole.
            while let last = text.popLast(), 0x80..<0xC0 ~= last {}
        case .character(0x15): text = []
        case .character(let byte) where byte >= 0x20 && text.count < Self.longestText: text.append(byte)
        case .character, .left, .right, .up, .down, .home, .end, .shifted: break
        }
        self.entered = text
        return nil
    }

    /// - parameter waiting: what the viewer waits for, if so.
    func draw(title: String, reel: Reel, waiting: String?, row: Int, into frame: inout Frame) {
        if let entered = self.entered {
            frame.clear(row: row, style: .plain)
            let shown = "/" + SafeText.line(entered)
            let column = frame.write(String(shown.suffix(max(frame.size.columns - 2, 0))), row: row, column: 1)
            frame.cursor = Frame.Position(row: row, column: min(column, frame.size.columns - 1))
        } else if let text = waiting ?? self.notice {
            frame.write(text, row: row, column: 1)
        } else {
            self.drawContent(title, reel, row: row, into: &frame)
        }
    }

    private func drawContent(_ title: String, _ reel: Reel, row: Int, into frame: inout Frame) {
        switch self.content {
        case .help:
            StatusLines.keys(
                [
                    ("space", "pause"), ("q", "quit"), ("←→", "5s"), ("↑↓", "speed"), (".", "step"), ("/", "find"),
                    ("[]", "mark"), ("i", "idle"), ("k", "keys"), ("c", "channel"),
                ], row: row, into: &frame)
        case .title:
            let channel = reel.summary(of: reel.channel)?.label ?? "no channel"
            frame.write("\(title)   \(channel)", row: row, column: 1)
        case .keystrokes:
            if let readers = reel.typedForOthers {
                frame.write("typed: sealed to \(readers.joined(separator: ", "))", row: row, column: 1)
                return
            }
            let typed = SafeText.line(reel.view.recentInput)
            let room = frame.size.columns - 8
            frame.write("typed: " + String(typed.suffix(max(room, 0))), row: row, column: 1)
        }
    }
}
