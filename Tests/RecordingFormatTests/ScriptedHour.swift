import RecordingFormat

/// An hour of typical administration at a terminal, made up and always the same: 120 commands, typed key by key with
/// echoes, listings, journals, tables, an editor for five minutes, `top` for five, and pauses to read and think.
///
/// Each packet makes a frame, as when nothing comes close together, and the gateway signs every ten seconds in which
/// anything was recorded. Keys are recorded as under the policy that masks secrets.
struct ScriptedHour {
    private let recording: TestRecording
    private var time: UInt64 = 1_000_000
    private var signedAt: UInt64 = 0
    private var state: UInt64 = 42
    /// Bytes that were shown.
    private(set) var shown = 0

    private static let prompt = "\u{1b}[01;32mops@web1\u{1b}[00m:\u{1b}[01;34m~\u{1b}[00m$ "
    private static let units = ["nginx", "postgresql", "cron", "sshd", "backup", "app-worker", "redis", "certbot"]

    /// - returns: the number of bytes that were shown.
    @discardableResult
    static func play(on recording: TestRecording) throws -> Int {
        try recording.append(
            RecordedEvent(time: 10, channel: 1, body: .channelOpened(type: Array("session".utf8))),
            RecordedEvent(time: 20, channel: 1, body: .request(.shell)))
        var hour = ScriptedHour(recording: recording)
        try hour.show(prompt)
        for number in 0..<120 {
            try hour.type(number)
            try hour.wait(until: UInt64(number + 1) * 30_000_000)
            try hour.show(prompt)
        }
        return hour.shown
    }

    private init(recording: TestRecording) { self.recording = recording }

    /// Numbers that look random (Knuth's constants for MMIX).
    private mutating func number(_ below: UInt64) -> UInt64 {
        self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (self.state >> 33) % below
    }

    private var unit: String {
        mutating get { Self.units[Int(self.number(UInt64(Self.units.count)))] }
    }

    private mutating func pass(_ microseconds: UInt64) throws {
        self.time += microseconds
        guard self.time - self.signedAt >= 10_000_000 else { return }
        self.signedAt = self.time
        try self.recording.checkpoint(after: self.time / 1_000_000)
    }

    private mutating func wait(until time: UInt64) throws {
        if time > self.time { try self.pass(time - self.time) }
    }

    private mutating func show(_ text: String) throws {
        // What a program writes comes in pieces of what the pty gives at a time.
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let piece = rest.prefix(4096)
            rest = rest.dropFirst(piece.count)
            self.shown += piece.count
            try self.recording.output(Array(piece), at: self.time)
            try self.pass(400)
        }
    }

    /// A command, key by key, and what it shows.
    private mutating func type(_ index: Int) throws {
        let (command, output) = self.command(index)
        for key in command.utf8 {
            try self.recording.append(RecordedEvent(time: self.time, channel: 1, body: .withheld(bytes: 1)))
            try self.pass(900)
            try self.show(String(decoding: [key], as: UTF8.self))
            try self.pass(90_000 + self.number(160_000))
        }
        try self.recording.append(
            RecordedEvent(time: self.time, channel: 1, body: .revealed(Array(command.utf8))),
            RecordedEvent(time: self.time, channel: 1, body: .input([13])))
        try self.show("\r\n")
        try self.pass(20_000)
        switch index {
        case 30..<40: try self.edit()
        case 60..<70: try self.watch()
        default: try self.show(output)
        }
    }

    private mutating func command(_ index: Int) -> (command: String, output: String) {
        let unit = self.unit
        switch self.number(5) {
        case 0:
            let lines = (0..<(8 + self.number(30))).map { row in
                "-rw-r--r-- 1 root adm \(self.number(9_000_000)) Nov \(1 + self.number(28)) 0\(row % 9):1\(row % 6)"
                    + " \(self.unit).log.\(row).gz\r\n"
            }
            return ("ls -l /var/log/\(unit)", lines.joined())
        case 1:
            let lines = (0..<50).map { row in
                "Nov 25 09:\(10 + row):\(10 + self.number(49)) web1 \(self.unit)[\(self.number(30_000))]:"
                    + " request \(self.number(1 << 30)) from 192.0.2.\(self.number(250)) took \(self.number(900)) ms\r\n"
            }
            return ("sudo journalctl -u \(unit) -n 50 --no-pager", lines.joined())
        case 2:
            return (
                "systemctl status \(unit)",
                "\u{1b}[0;1;32m●\u{1b}[0m \(unit).service - the \(unit) service\r\n"
                    + "     Loaded: loaded (/lib/systemd/system/\(unit).service; enabled; preset: enabled)\r\n"
                    + "     Active: \u{1b}[0;1;32mactive (running)\u{1b}[0m since Tue; \(self.number(24)) h ago\r\n"
                    + "   Main PID: \(self.number(30_000)) (\(unit))\r\n      Tasks: \(self.number(40))\r\n"
            )
        case 3:
            let lines = (0..<9).map { row in
                "/dev/vd\(row)1  \(self.number(400))G  \(self.number(200))G  \(self.number(100))% /srv/\(row)\r\n"
            }
            return ("df -h", lines.joined())
        default:
            return ("grep -c error /srv/\(unit)/current.log", "\(self.number(5000))\r\n")
        }
    }

    /// Half a minute in an editor: the screen, then letters and moves of the cursor.
    private mutating func edit() throws {
        let lines = (1...23).map { "\u{1b}[\($0);1H\(self.unit) = \(self.number(1 << 20))\u{1b}[K" }
        try self.show("\u{1b}[?1049h\u{1b}[H\u{1b}[2J" + lines.joined())
        for key in 0..<60 {
            try self.recording.input([UInt8(97 + self.number(26))], at: self.time)
            try self.show("\u{1b}[\(1 + key % 23);\(key + 1)H\(Character(UnicodeScalar(UInt8(97 + key % 26))))")
            try self.pass(150_000 + self.number(200_000))
        }
        try self.show("\u{1b}[?1049l")
    }

    /// Half a minute of a table that is drawn anew every three seconds.
    private mutating func watch() throws {
        for _ in 0..<9 {
            let lines = (0..<20).map { row in
                "\(1000 + row * 7) root 20 0 \(self.number(900_000)) \(self.number(90_000)) S \(self.number(99)).\(row % 9)"
                    + " 0.\(self.number(9)) 1:0\(row % 9).\(10 + self.number(89)) \(Self.units[row % 8])\u{1b}[K\r\n"
            }
            try self.show("\u{1b}[H" + lines.joined())
            try self.pass(2_900_000)
        }
    }
}
