import Glibc
import Platform
import TerminalModel

/// The viewer's own terminal, in full-screen use from ``enter()`` until ``leave()`` or the end of the object.
///
/// For one thread. Keys are read from `/dev/tty`, so that standard input is free for other uses.
final class ViewerTerminal {
    /// Alternate screen, no wrapping, an empty screen.
    private static let enterSequence: StaticString = "\u{1B}[?1049h\u{1B}[?7l\u{1B}[0m\u{1B}[2J"
    static let leaveSequence: StaticString = "\u{1B}[0m\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    /// What ``wait(milliseconds:and:)`` found.
    struct Wakeup {
        var keys: [UInt8] = []
        var signals: [CInt] = []
        /// The terminal is gone.
        var isClosed = false
    }

    private let terminal: OwnedDescriptor
    private let signals: WakePipe
    /// Never freed: a signal handler may read it at any time.
    private let original: UnsafeMutablePointer<termios>
    private var replaced: [(CInt, sigaction)] = []
    private var isEntered = false

    /// - throws: unless standard output is a terminal and the process has one to read keys from.
    init() throws {
        guard isatty(STDOUT_FILENO) == 1 else { throw TerminalPlayerError.outputIsNotATerminal }
        let number = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard number >= 0 else { throw TerminalPlayerError.noTerminal(reason: String(cString: strerror(errno))) }
        self.terminal = OwnedDescriptor(takingOwnershipOf: number)
        self.signals = try WakePipe()
        self.original = .allocate(capacity: 1)
        self.original.initialize(to: termios())
        try SystemError.check(tcgetattr(number, self.original), "read the terminal's settings")
    }

    deinit { self.leave() }

    func enter() throws {
        guard !self.isEntered else { return }
        var raw = self.original.pointee
        cfmakeraw(&raw)
        self.replaced = TerminalSignals.install(
            pipe: self.signals.input.rawValue, terminal: self.terminal.rawValue, settings: self.original)
        self.isEntered = true
        try SystemError.check(tcsetattr(self.terminal.rawValue, TCSAFLUSH, &raw), "set the terminal's settings")
        self.write(Array(Self.enterSequence.description.utf8))
    }

    func leave() {
        guard self.isEntered else { return }
        self.isEntered = false
        self.write(Array(Self.leaveSequence.description.utf8))
        // Flushing keeps answers and keys that came too late from the shell.
        tcsetattr(self.terminal.rawValue, TCSAFLUSH, self.original)
        TerminalSignals.restore(self.replaced)
    }

    /// Gives the terminal back, stops the process as the shell expects, and takes the terminal again afterwards.
    func suspend() throws {
        self.leave()
        // To this thread: a signal to the process may be taken by another one, and this one would go on for a while,
        // and take the terminal again, before the stop reaches it.
        raise(SIGSTOP)
        try self.enter()
    }

    var size: TerminalSize {
        var window = winsize()
        guard ioctl(self.terminal.rawValue, UInt(TIOCGWINSZ), &window) == 0 else { return .standard }
        return TerminalSize(requestedColumns: UInt32(window.ws_col), rows: UInt32(window.ws_row))
    }

    /// Writes all of `bytes`. A terminal that is gone is found out by ``wait(milliseconds:and:)``.
    func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(self.terminal.rawValue, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var poller = pollfd(fd: self.terminal.rawValue, events: Int16(POLLOUT), revents: 0)
                poll(&poller, 1, 100)
            } else if errno != EINTR {
                return
            }
        }
    }

    /// Waits for keys, signals, or bytes in `other`, which are read and dropped.
    /// - parameter milliseconds: how long at most; nil for ever.
    func wait(milliseconds: CInt?, and other: CInt? = nil) -> Wakeup {
        var pollers = [self.terminal.rawValue, self.signals.output.rawValue, other ?? -1].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        var wakeup = Wakeup()
        guard poll(&pollers, nfds_t(pollers.count), milliseconds ?? -1) > 0 else {
            // EINTR: the signal's byte is in the pipe for the next round.
            return wakeup
        }
        if pollers[0].revents != 0 {
            wakeup.keys = Self.read(self.terminal.rawValue)
            wakeup.isClosed = wakeup.keys.isEmpty
        }
        if pollers[1].revents != 0 { wakeup.signals = Self.read(self.signals.output.rawValue).map(CInt.init) }
        if pollers[2].revents != 0, let other { _ = Self.read(other) }
        return wakeup
    }

    private static func read(_ descriptor: CInt) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        return Array(buffer.prefix(max(count, 0)))
    }
}
