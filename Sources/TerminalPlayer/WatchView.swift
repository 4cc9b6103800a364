import Dispatch
import Glibc
import Platform
import Playback
import RecordingFormat
import Synchronization
import TerminalModel

/// Shows a session on the viewer's terminal while it goes on. `c` shows the next channel, `q` or Ctrl-C
/// leaves. Where its screen is larger than the viewer's, Shift with an arrow or `HJKL` move the view, `v` lets it follow
/// the cursor again.
///
/// ``run()`` belongs to one task or thread; ``feed(_:)`` and ``end(_:)`` may be called from any other. Feeding does
/// the terminal's work on the caller's thread, so a source that is faster than it waits, and nothing piles up.
public final class WatchView: Sendable {
    /// Between two frames, in milliseconds.
    private static let frameTime: CInt = 33

    private let model: Mutex<WatchModel>
    private let hasNews = Atomic<Bool>(false)
    private let wakePipe: WakePipe
    private let acknowledge: @Sendable () -> Void
    private let typing: (@Sendable ([UInt8]) -> Void)?
    /// Ctrl-]: leaves a session in which one types along.
    private static let escape: UInt8 = 0x1D

    /// - parameters:
    ///   - acknowledge: called on the view's thread when `a` is pressed.
    ///   - typing: called there with all keys but Ctrl-], which leaves; nil for a view that only shows.
    /// - throws: the system's error when no pipe could be made.
    public init(
        title: String, acknowledge: @escaping @Sendable () -> Void = {}, typing: (@Sendable ([UInt8]) -> Void)? = nil
    ) throws {
        self.acknowledge = acknowledge
        self.typing = typing
        self.model = Mutex(WatchModel(title: title, isTyping: typing != nil))
        self.wakePipe = try WakePipe()
    }

    /// The session's next events, from its very first one on.
    public func feed(_ events: [RecordedEvent]) {
        guard !events.isEmpty else { return }
        self.model.withLock { $0.apply(events) }
        self.wake()
    }

    /// Something to stand in the status line, ahead of the title; empty for nothing.
    public func tell(_ text: String) {
        self.model.withLock { $0.standing = text }
        self.wake()
    }

    /// The session is over; the view stays until the viewer leaves. `text` says how, in one line.
    public func end(_ text: String) {
        self.model.withLock { $0.ended(text) }
        self.wake()
    }

    private func wake() {
        guard !self.hasNews.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var byte: UInt8 = 1
        // A full pipe wakes the loop as well.
        _ = write(self.wakePipe.input.rawValue, &byte, 1)
    }

    /// ``run()`` on a thread of its own, for callers that must not be blocked.
    public func runOnOwnThread() async throws -> ViewEnding {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try self.run() }) }
        }
    }

    /// Shows the session until the viewer leaves or a signal ends it, and gives the terminal back. Blocks its thread.
    /// - throws: ``TerminalPlayerError`` without a terminal, or the system's error.
    @discardableResult
    public func run() throws -> ViewEnding {
        let terminal = try ViewerTerminal()
        try terminal.enter()
        defer { terminal.leave() }
        var decoder = KeyDecoder()
        var shown: Frame?
        while true {
            self.hasNews.store(false, ordering: .releasing)
            let size = terminal.size
            let frame = self.model.withLock { $0.frame(size: size) }
            terminal.write(FramePainter.paint(from: shown, to: frame))
            shown = frame
            let wakeup = terminal.wait(milliseconds: nil, and: self.wakePipe.output.rawValue)
            if let ending = wakeup.ending { return ending }
            if let typing, !wakeup.keys.isEmpty {
                let keys = wakeup.keys.prefix { $0 != Self.escape }
                if !keys.isEmpty { typing(Array(keys)) }
                if keys.count < wakeup.keys.count { return .quit }
                continue
            }
            var mustSuspend = wakeup.asksToSuspend
            for key in decoder.keys(wakeup.keys) {
                switch key {
                case .interrupt, .endOfInput, .character(UInt8(ascii: "q")): return .quit
                case .character(UInt8(ascii: "a")): self.acknowledge()
                case .character(UInt8(ascii: "c")): self.model.withLock { $0.nextChannel() }
                case .redraw: shown = nil
                case .suspend: mustSuspend = true
                case .character(UInt8(ascii: "v")): self.model.withLock { $0.viewport.followCursor() }
                default:
                    if let direction = key.view { self.model.withLock { $0.moveView(direction, size: size) } }
                }
            }
            if mustSuspend {
                try terminal.suspend()
                shown = nil
            } else if wakeup.keys.isEmpty, wakeup.signals.isEmpty {
                // A flood is drawn at the frame rate, not for each piece of it.
                usleep(UInt32(Self.frameTime) * 1000 / 2)
            }
        }
    }
}

extension ViewerTerminal.Wakeup {
    /// The signal or hang-up that ends a view.
    var ending: ViewEnding? {
        if self.isClosed { return .signal(SIGHUP) }
        return self.signals.first { $0 != SIGWINCH && $0 != SIGTSTP }.map(ViewEnding.signal)
    }

    var asksToSuspend: Bool { self.signals.contains(SIGTSTP) }
}
