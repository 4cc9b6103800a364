import RecordingFormat
import TerminalModel

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

enum Sample {
    /// Bytes that a terminal gets: text, controls, sequences good and bad.
    static func terminalBytes(_ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count { bytes += self.piece(&random) }
        return Array(bytes.prefix(count))
    }

    private static let texts = [
        "hello, world ", "日本語テキスト", "e\u{301}a\u{308}", "😀👍🏽", "\r\n", "\n", "\r", "\t", "\u{8}", "\u{200D}",
        "\u{1B}7", "\u{1B}8", "\u{1B}c", "\u{1B}D", "\u{1B}M", "\u{1B}E", "\u{1B}H", "\u{1B}(0lqk", "\u{1B}(B",
        "\u{E}\u{F}", "\u{1B}#8", "\u{1B}[?1049h", "\u{1B}[?1049l", "\u{1B}[?47h", "\u{1B}[?1047l", "\u{1B}[?7l",
        "\u{1B}[?7h", "\u{1B}[4h", "\u{1B}[4l", "\u{1B}[?6h", "\u{1B}[?6l", "\u{1B}[?69h", "\u{1B}[?69l",
        "\u{1B}]0;title\u{7}", "\u{1B}]52;c;AAAA\u{1B}\\", "\u{1B}P1$r\u{1B}\\", "\u{1B}[!p", "\u{1B}[?5h", "\u{9B}3C",
        "\u{1B}[2J", "\u{1B}[H", "\u{1B}[J", "\u{1B}[K",
    ]

    private static func piece(_ random: inout SeededGenerator) -> [UInt8] {
        switch Int.random(in: 0..<10, using: &random) {
        case 0...3: return Array(self.texts.randomElement(using: &random)?.utf8 ?? "".utf8)
        case 4...7:
            var sequence = "\u{1B}["
            if Int.random(in: 0..<6, using: &random) == 0 { sequence += "?" }
            let count = Int.random(in: 0..<5, using: &random)
            sequence += (0..<count).map { _ in String(self.number(&random)) }.joined(separator: ";")
            if Int.random(in: 0..<12, using: &random) == 0 { sequence += "'" }
            let final = UInt8.random(in: 0x40..<0x7F, using: &random)
            return Array(sequence.utf8) + [final]
        case 8: return (0..<6).map { _ in UInt8.random(in: 0...255, using: &random) }
        default: return Array(repeating: UInt8.random(in: 0x20..<0x7F, using: &random), count: 90)
        }
    }

    private static func number(_ random: inout SeededGenerator) -> Int {
        Int.random(in: 0..<8, using: &random) == 0
            ? Int.random(in: 0...1_000_000_000_000, using: &random) : Int.random(in: 0..<40, using: &random)
    }

    /// Events of a channel with a pty: output in pieces, resizes, sometimes several at one time.
    static func session(_ pieces: Int, _ random: inout SeededGenerator) -> [RecordedEvent] {
        var time: UInt64 = 0
        var events = [self.pty(80, 24)]
        for _ in 0..<pieces {
            if Bool.random(using: &random) { time += UInt64.random(in: 0..<2_000_000, using: &random) }
            if Int.random(in: 0..<12, using: &random) == 0 {
                let columns = UInt32.random(in: 0..<120, using: &random)
                let rows = UInt32.random(in: 0..<50, using: &random)
                events.append(
                    event(
                        time,
                        .request(
                            .windowChange(
                                columns: columns, rows: rows, widthPixels: 0, heightPixels: 0))))
            } else {
                let bytes = self.terminalBytes(Int.random(in: 1..<300, using: &random), &random)
                events.append(event(time, .output(bytes)))
            }
        }
        return events
    }

    static func pty(_ columns: UInt32, _ rows: UInt32, channel: UInt32 = 1) -> RecordedEvent {
        event(
            0,
            .request(
                .pty(
                    terminal: Array("xterm-256color".utf8), columns: columns, rows: rows, widthPixels: 0,
                    heightPixels: 0,
                    modes: [])), channel: channel)
    }

    static func event(_ time: UInt64, _ body: EventBody, channel: UInt32 = 1) -> RecordedEvent {
        RecordedEvent(time: time, channel: channel, body: body)
    }

    static func output(_ time: UInt64, _ text: String, channel: UInt32 = 1) -> RecordedEvent {
        event(time, .output(Array(text.utf8)), channel: channel)
    }

    static func exec(_ command: String, channel: UInt32 = 1) -> RecordedEvent {
        event(0, .request(.exec(command: Array(command.utf8))), channel: channel)
    }
}

extension TerminalScreen {
    /// A screen of this size that was fed `text`.
    init(_ columns: Int, _ rows: Int, _ text: String) {
        self.init(size: TerminalSize(columns: columns, rows: rows))
        self.feed(Array(text.utf8))
    }

    /// All that a viewer can see, to compare screens.
    var visible: [AnyHashable] { [self.rows, self.cursor, self.modes, self.size, self.isAlternate] }
}
