import Platform
import Playback
import RecordingFormat
import TerminalModel

/// Plays a recording on the viewer's terminal.
///
/// Space pauses, left and right go 5 s, up and down change the speed, `.` steps, `[` and `]` go to commands and
/// markers, `/` finds text in the output and `n` the next place, `i` limits pauses, `c` shows the next channel, `k` what
/// was typed, `?` the title, `q` ends it. Where the recorded screen is larger than the viewer's, Shift with an arrow or
/// `HJKL` move the view, and `v` lets it follow the cursor again.
public enum TerminalPlayer {
    public struct Options: Hashable, Sendable {
        /// Where to begin, in microseconds.
        public var start: UInt64
        /// The channel to show first; nil for the one that ``Reel`` chose.
        public var channel: UInt32?
        /// Longest pause at the beginning, in microseconds; nil for all in full.
        public var idleLimit: UInt64?

        public init(start: UInt64 = 0, channel: UInt32? = nil, idleLimit: UInt64? = nil) {
            self.start = start
            self.channel = channel
            self.idleLimit = idleLimit
        }
    }

    /// Between two frames of a playing recording, in milliseconds.
    private static let frameTime: CInt = 33
    /// How long the recording is scanned between two looks at the keys, in nanoseconds.
    private static let workTime: UInt64 = 15_000_000

    /// Plays until the viewer leaves or a signal ends it, and gives the terminal back. Blocks its thread.
    /// - throws: ``TerminalPlayerError`` without a terminal, the system's error, or what reading the file throws.
    @discardableResult
    public static func run(_ reel: Reel, title: String, options: Options = Options()) throws -> ViewEnding {
        let terminal = try ViewerTerminal()
        var model = try PlayerModel(reel, title: title, options: options)
        try terminal.enter()
        defer { terminal.leave() }
        var decoder = KeyDecoder()
        var shown: Frame?
        var last = Clock.monotonicNanoseconds()
        while true {
            let frame = model.frame(size: terminal.size)
            terminal.write(FramePainter.paint(from: shown, to: frame))
            shown = frame
            let wakeup = terminal.wait(milliseconds: model.hasWork ? 0 : model.isPlaying ? self.frameTime : nil)
            let now = Clock.monotonicNanoseconds()
            let elapsed = (now - last) / 1000
            // What is left of a microsecond counts the next time.
            last += elapsed * 1000
            try model.advanced(by: elapsed)
            if let ending = wakeup.ending { return ending }
            var mustSuspend = wakeup.asksToSuspend
            for key in decoder.keys(wakeup.keys) {
                switch try model.pressed(key, size: terminal.size) {
                case .goOn: break
                case .quit: return .quit
                case .redraw: shown = nil
                case .suspend: mustSuspend = true
                }
            }
            if mustSuspend {
                try terminal.suspend()
                shown = nil
                last = Clock.monotonicNanoseconds()
            } else if wakeup.keys.isEmpty {
                while model.hasWork, Clock.monotonicNanoseconds() - now < self.workTime { try model.work() }
            }
        }
    }
}
