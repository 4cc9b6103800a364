import SSHTransport
import TerminalModel
import WorkerProtocol

/// What of one channel's commands and input waits for the command rules. Does nothing where there are none.
struct ChannelCommands {
    /// What may be done with input.
    struct Passage: Equatable {
        /// So many bytes may be noted, and go on.
        var count: Int
        /// What is behind them is dropped.
        var dropsRest = false
    }

    /// nil where no rule applies.
    private var desk: CommandDesk?
    private var lines: LineGuard?
    private var hasTerminal = false
    /// A program was asked for, so that it is known what the input is for.
    private var isDecided = false
    private var heldLine: UInt32?
    private var heldCommand: UInt32?
    /// When the input that waits is to be looked at again, on the monotonic clock.
    private(set) var deadline: UInt64?
    /// Bytes of input that waited when they were last looked at.
    private(set) var blocked = 0

    mutating func permit(_ desk: CommandDesk) {
        guard !desk.isEmpty else { return }
        self.desk = desk
    }

    /// Before the first byte that is for the program.
    mutating func received(_ request: ChannelRequest.Kind) {
        switch request {
        case .pty(_, let columns, let rows, _, _, _):
            guard !self.hasTerminal else { return }
            self.hasTerminal = true
            self.lines = LineGuard(size: TerminalSize(requestedColumns: columns, rows: rows))
        case .windowChange(let columns, let rows, _, _):
            if self.hasTerminal { self.lines?.resize(to: TerminalSize(requestedColumns: columns, rows: rows)) }
        case .shell:
            if self.lines == nil { self.lines = LineGuard(size: nil) }
            self.isDecided = true
        case .exec, .subsystem: self.isDecided = true
        case .environment, .signal, .breakSignal, .agentForwarding, .x11, .other, .malformed: break
        }
    }

    mutating func shown(_ bytes: UnsafeRawBufferPointer, at now: UInt64) {
        guard self.desk != nil, self.hasTerminal, !bytes.isEmpty else { return }
        self.lines?.shown(Array(bytes), at: now)
    }

    // MARK: Input

    mutating func passage(
        of input: UnsafeRawBufferPointer, channel: UInt32, on tap: RecordingTap, at now: UInt64
    ) throws(RecordingTap.Failure) -> Passage {
        guard let desk else { return Passage(count: input.count) }
        self.deadline = nil
        self.blocked = 0
        guard self.isDecided else { return self.pass(0, of: input) }
        guard self.lines != nil else { return Passage(count: input.count) }
        if let number = self.heldLine {
            switch desk.decision(on: number) {
            case .waiting:
                // What is typed behind the line waits with it.
                guard input.contains(0x03) else { return self.pass(0, of: input) }
                desk.withdraw(number)
                return self.drop()
            case .approved: self.lines?.clear()
            case .denied: return self.drop()
            }
            self.heldLine = nil
        }
        var count = 0
        while true {
            let rest = UnsafeRawBufferPointer(rebasing: input[count...])
            switch self.lines?.step(rest, at: now) {
            case .pass(let more, let deadline):
                self.deadline = deadline
                return self.pass(count + more, of: input)
            case .judge(let more, let line):
                count += more
                let told = self.hasTerminal ? line.shown : line.typed
                switch try desk.judge(
                    [line.shown, line.typed], line: told, isCommand: false, channel: channel, on: tap)
                {
                case .pass: self.lines?.clear()
                case .hold(let number):
                    self.heldLine = number
                    return self.pass(count, of: input)
                case .stop:
                    // The session is locked by now, and says so.
                    self.lines?.forget()
                    return Passage(count: count, dropsRest: true)
                }
            case nil: return Passage(count: input.count)
            }
        }
    }

    private mutating func pass(_ count: Int, of input: UnsafeRawBufferPointer) -> Passage {
        self.blocked = input.count - count
        return Passage(count: count)
    }

    private mutating func drop() -> Passage {
        self.heldLine = nil
        self.lines?.forget()
        return Passage(count: 0, dropsRest: true)
    }

    /// The input that waited is gone: the session was locked.
    mutating func droppedInput() {
        if let number = self.heldLine { self.desk?.withdraw(number) }
        self.heldLine = nil
        self.blocked = 0
        self.deadline = nil
        self.lines?.forget()
    }

    // MARK: Commands

    mutating func ruling(
        on command: [UInt8], channel: UInt32, _ tap: RecordingTap
    ) throws(RecordingTap.Failure) -> RequestRelay.Ruling {
        guard let desk else { return .passed }
        if let number = self.heldCommand {
            switch desk.decision(on: number) {
            case .waiting: return .waiting
            case .approved:
                self.heldCommand = nil
                return .passed
            case .denied:
                self.heldCommand = nil
                return .refused("a supervisor has denied this command")
            }
        }
        switch try desk.judge([command], line: command, isCommand: true, channel: channel, on: tap) {
        case .pass: return .passed
        case .hold(let number):
            self.heldCommand = number
            return .waiting
        case .stop(let line): return .refused(line)
        }
    }

    /// The channel has ended.
    mutating func finish() {
        for number in [self.heldLine, self.heldCommand].compactMap(\.self) { self.desk?.withdraw(number) }
        self.heldLine = nil
        self.heldCommand = nil
    }
}
