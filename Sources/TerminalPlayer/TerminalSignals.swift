import Glibc
import Synchronization

/// Signals while a full-screen view is up: those that end or resize become bytes in a pipe, and those of a crash
/// restore the terminal before the process dies.
///
/// There is one view at a time in a process, as there is one controlling terminal.
enum TerminalSignals {
    /// What the handlers read. Each is set before a handler is installed.
    private static let pipe = Atomic<CInt>(-1)
    private static let terminal = Atomic<CInt>(-1)
    /// The address of a `termios` that is never freed, or 0.
    private static let settings = Atomic<UInt>(0)

    private static let relayed = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH]
    private static let fatal = [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE]

    /// Installs the handlers. Returns what they replaced, for ``restore(_:)``.
    /// - parameter settings: must stay valid for the rest of the process.
    static func install(
        pipe: CInt, terminal: CInt, settings: UnsafeMutablePointer<termios>
    ) -> [(CInt, sigaction)] {
        self.pipe.store(pipe, ordering: .sequentiallyConsistent)
        self.terminal.store(terminal, ordering: .sequentiallyConsistent)
        self.settings.store(UInt(bitPattern: settings), ordering: .sequentiallyConsistent)
        let relayed = self.relayed.map { ($0, self.handle($0) { TerminalSignals.relay($0) }) }
        return relayed + self.fatal.map { ($0, self.handle($0) { TerminalSignals.crash($0) }) }
    }

    static func restore(_ replaced: [(CInt, sigaction)]) {
        for (number, action) in replaced {
            var action = action
            sigaction(number, &action, nil)
        }
        self.pipe.store(-1, ordering: .sequentiallyConsistent)
        self.settings.store(0, ordering: .sequentiallyConsistent)
    }

    private static func handle(_ number: CInt, _ handler: @convention(c) (CInt) -> Void) -> sigaction {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = handler
        sigemptyset(&action.sa_mask)
        var replaced = sigaction()
        sigaction(number, &action, &replaced)
        return replaced
    }

    /// Only calls that signal-safety(7) allows.
    private static func relay(_ number: CInt) {
        let saved = errno
        var byte = UInt8(truncatingIfNeeded: number)
        let pipe = self.pipe.load(ordering: .relaxed)
        // A full pipe holds enough to wake the loop.
        if pipe >= 0 { _ = write(pipe, &byte, 1) }
        errno = saved
    }

    /// Only calls that signal-safety(7) allows.
    private static func crash(_ number: CInt) {
        if let settings = UnsafePointer<termios>(bitPattern: self.settings.load(ordering: .relaxed)) {
            let terminal = self.terminal.load(ordering: .relaxed)
            _ = write(terminal, ViewerTerminal.leaveSequence.utf8Start, ViewerTerminal.leaveSequence.utf8CodeUnitCount)
            tcsetattr(terminal, TCSANOW, settings)
        }
        signal(number, SIG_DFL)
        raise(number)
    }
}
