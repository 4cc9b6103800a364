import RecordingFormat

/// A made-up session of ten hours: typing and its echo all the time, and in bursts build logs, plain and coloured, and
/// a full-screen program that redraws itself.
struct LongSession {
    static let microseconds: UInt64 = 10 * 3600 * 1_000_000
    private static let bursts = 400
    /// What a burst's output comes in: what the target's sshd sends at a time.
    private static let piece = 32 * 1024

    private var random: UInt64 = 42
    private let screens: [[UInt8]]
    private let plain: [UInt8]
    private let coloured: [UInt8]

    init() {
        var random: UInt64 = 7
        func next(_ bound: UInt64) -> UInt64 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (random >> 33) % bound
        }
        func line(_ colour: Bool) -> String {
            let text = "[\(next(9000))/9000] Building CXX object src/module\(next(400))/file\(next(99)).cpp.o"
            return colour ? "\u{1B}[32m\(text)\u{1B}[0m \u{1B}[1;33m\(next(999)) ms\u{1B}[0m\r\n" : text + "\r\n"
        }
        func text(_ colour: Bool) -> [UInt8] { (0..<16_384).flatMap { _ in Array(line(colour).utf8) } }
        self.plain = text(false)
        self.coloured = text(true)
        self.screens = (0..<64).map { _ in
            var bytes = Array("\u{1B}[H".utf8)
            for row in 1...40 {
                bytes += Array("\u{1B}[\(row);1H\u{1B}[\(31 + next(6))m\(next(99_999))\u{1B}[m".utf8)
                bytes += Array(
                    "  root  20   0  \(next(900_000))  \(next(90_000)) S  \(next(99)).\(next(9))\u{1B}[K".utf8)
            }
            return bytes
        }
    }

    private mutating func next(_ bound: Int) -> Int {
        self.random = self.random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(self.random >> 33) % bound
    }

    /// Hands over the file's frames with `bytes` of output in all. One burst in ten is of full screens.
    mutating func write(bytes: Int, key: RecordingKey, to take: (UnsafeRawBufferPointer) throws -> Void) throws {
        let encoder = FrameEncoder(frameKey: key)
        let pty = RecordedRequest.pty(
            terminal: Array("xterm-256color".utf8), columns: 132, rows: 43, widthPixels: 0, heightPixels: 0, modes: [])
        try encoder.append(RecordedEvent(time: 0, channel: 1, body: .request(pty)))
        try encoder.append(RecordedEvent(time: 0, channel: 1, body: .request(.shell)))
        for burst in 0..<Self.bursts {
            var time = Self.microseconds / UInt64(Self.bursts) * UInt64(burst)
            for key in 0..<200 {
                time += 200_000
                let typed = [UInt8(97 + self.next(26))]
                try encoder.append(RecordedEvent(time: time, channel: 1, body: .input(typed)))
                try encoder.sealFrame(take)
                let echo = key % 40 == 39 ? Array("\r\nroot@web1:~# ".utf8) : typed
                try encoder.append(RecordedEvent(time: time + 900, channel: 1, body: .output(echo)))
                try encoder.sealFrame(take)
            }
            var left = bytes / Self.bursts
            while left > 0 {
                let piece = self.piece(burst)
                left -= piece.count
                time += 1_500
                piece.withUnsafeBytes { encoder.appendOutput(channel: 1, at: time, $0) }
                try encoder.sealFrame(take)
            }
        }
        try encoder.append(RecordedEvent(time: Self.microseconds, channel: 1, body: .exitStatus(0)))
        try encoder.sealFrame(take)
    }

    private mutating func piece(_ burst: Int) -> [UInt8] {
        if burst % 10 == 9 {
            return (0..<10).flatMap { _ in self.screens[self.next(self.screens.count)] }
        }
        let text = burst % 3 == 0 ? self.coloured : self.plain
        let start = self.next(text.count - Self.piece)
        return Array(text[start..<start + Self.piece])
    }
}
