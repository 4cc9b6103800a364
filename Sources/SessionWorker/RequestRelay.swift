import SSHTransport
import WorkerProtocol

/// What the client asks of one session channel, in its order: each request is written down, judged, asked of the
/// target and answered before the next. Driven by the two halves of its ``ChannelRelay``'s turn.
struct RequestRelay {
    /// What forwarding has led to.
    enum Step {
        /// Nothing was asked, or the target's answer is still to come.
        case none
        /// The client has its answer.
        case answered(ChannelRequest.Kind, RequestOutcome)
        /// There will be no program: the channel ends with this line.
        case hopeless(String)
    }

    /// Oldest first.
    private(set) var waiting: [ChannelRequest] = []
    /// The oldest is in the recording and on its way.
    private var isAsking = false
    /// Why the gateway itself refuses the oldest.
    private var refusal: String?
    private var permitted: ChannelKinds = []
    private var reports: ChannelReports?
    /// The client was told that its program runs, before there was one.
    private var isPromised = false

    /// Why nothing may be started or signalled now; nil when it may.
    var lock: String?

    /// The lock is for want of a supervisor: commands wait for one.
    var isHeld = false

    /// What the command rules say of a command.
    enum Ruling: Equatable {
        case none
        /// It waits for a supervisor.
        case waiting
        case passed
        case refused(String)
    }

    /// On the oldest request.
    var ruling = Ruling.none

    /// The command that is to be judged by the rules before anything is done with it.
    var commandToJudge: [UInt8]? {
        guard !self.isAsking, !self.waitsForSupervisor, self.ruling == .none || self.ruling == .waiting,
            case .exec(let command)? = self.waiting.first?.kind
        else { return nil }
        return command
    }

    /// A program runs at the target: it may have input now.
    private(set) var hasStarted = false
    /// What kind of program that is.
    private(set) var program: ChannelKinds?
    private(set) var hasPTY = false
    /// Programs of the target may open channels to the client's agent, or display.
    private(set) var offersAgent = false
    private(set) var offersDisplay = false

    /// Most requests that wait for a target: a terminal, a program, and variables.
    private static let maximumWaiting = 256

    /// What the grant permits; nothing does until then.
    mutating func permit(_ kinds: ChannelKinds, _ reports: ChannelReports) {
        self.permitted = kinds
        self.reports = reports
    }

    /// - returns: whether it waits now; else it has been refused.
    mutating func receive(_ request: ChannelRequest, hasTarget: Bool) -> Bool {
        if !hasTarget {
            // There may be no target for as long as somebody reads a menu: only the last size counts then.
            if case .windowChange = request.kind {
                self.waiting.removeAll { if case .windowChange = $0.kind { true } else { false } }
            }
            guard self.waiting.count < Self.maximumWaiting else {
                request.refuse()
                return false
            }
        }
        self.waiting.append(request)
        return true
    }

    /// Accepts what the client has asked for before a target was there: a menu comes first, or a question of its login.
    /// All of it is asked of the target later.
    mutating func promiseProgram() {
        self.isPromised = true
        self.hasPTY = true
        for request in self.waiting { request.accept() }
    }

    /// Accepts everything: a line is to be shown, which belongs to a program's stderr, and there has to be a program.
    mutating func acceptAll() {
        for request in self.waiting {
            if case .pty = request.kind { self.hasPTY = true }
            request.accept()
        }
        self.waiting.removeAll()
    }

    // MARK: The two halves of a turn

    /// Writes the oldest down and judges it, once there is a target to ask.
    mutating func note(on tap: RecordingTap, channel: UInt32) throws(RecordingTap.Failure) {
        guard !self.isAsking, !self.holdsProgram, let request = self.waiting.first else { return }
        self.isAsking = true
        try tap.note(.request(request.recorded), channel: channel)
        if case .refused(let line) = self.ruling {
            self.refusal = line
        } else if let missing = ChannelPermission.missing(for: request.kind, in: self.permitted) {
            self.refusal = "\(missing) is not permitted by your grant"
            self.reports?.refused(missing, .notGranted)
        } else if case .exec(let command) = request.kind, let line = UnrecordableCommand.refusal(of: command) {
            self.refusal = line
            self.reports?.refused("exec", place: SafeLine.text(command), .notServed)
        } else if let lock = self.lock, request.kind.isInput, !(self.isHeld && request.kind == .shell) {
            self.refusal = lock
        }
    }

    /// Asks the target for what is written down, and passes its answer on.
    mutating func forward(to end: ChannelEnd, tap: RecordingTap, channel: UInt32) throws(RecordingTap.Failure) -> Step {
        guard self.isAsking, let request = self.waiting.first else { return .none }
        let accepted: Bool
        if let refusal = self.refusal {
            self.refusal = nil
            if request.kind.startsProgram {
                // Clients drop the lines of a program that was not started: this one starts, to say why, and ends.
                self.removeOldest()
                try tap.note(.requestAnswered(accepted: false), channel: channel)
                request.accept()
                return .hopeless(refusal)
            }
            accepted = false
        } else if !request.kind.isServed {
            accepted = false
        } else {
            switch end.pass(request) {
            case .wouldBlock: return .none
            case .done: accepted = true
            case .failed: accepted = false
            }
        }
        self.removeOldest()
        try tap.note(.requestAnswered(accepted: accepted), channel: channel)
        guard accepted else {
            if self.isPromised, request.kind.startsProgram { return .hopeless("the target starts no program") }
            request.refuse()
            return .answered(request.kind, .refused)
        }
        request.accept()
        switch request.kind {
        case .shell, .exec, .subsystem:
            self.hasStarted = true
            self.program = ChannelPermission.program(of: request.kind)
        case .pty: self.hasPTY = true
        case .x11: self.offersDisplay = true
        case .agentForwarding: self.offersAgent = true
        case .environment, .windowChange, .signal, .breakSignal, .other, .malformed: break
        }
        return .answered(request.kind, RequestOutcome(accepted: true, wantsReply: request.wantsReply))
    }

    private mutating func removeOldest() {
        self.waiting.removeFirst()
        self.isAsking = false
        self.ruling = .none
    }

    // MARK: State

    /// The client waits for a program to start: the moment for a refusal to be seen.
    var asksForProgram: Bool { self.waiting.contains { $0.kind.startsProgram } }

    /// The client has asked for a terminal.
    var asksForTerminal: Bool {
        self.hasPTY || self.waiting.contains { if case .pty = $0.kind { true } else { false } }
    }

    /// A permitted shell is what the target is asked for now.
    var isStartingShell: Bool { self.isAsking && self.refusal == nil && self.waiting.first?.kind == .shell }

    /// The oldest is not written down yet.
    var hasUnnoted: Bool { !self.isAsking && !self.waiting.isEmpty && !self.holdsProgram }

    /// A program is asked for, and waits for a supervisor.
    var holdsProgram: Bool { self.waitsForSupervisor || self.ruling == .waiting }

    /// Because of dual control. A shell starts: what it does comes from what is typed.
    var waitsForSupervisor: Bool {
        guard self.isHeld, !self.isAsking else { return false }
        return switch self.waiting.first?.kind {
        case .exec, .subsystem: true
        default: false
        }
    }
}

extension ChannelRequest.Kind {
    /// It makes something happen at the target, as a key does.
    fileprivate var isInput: Bool {
        switch self {
        case .shell, .exec, .subsystem, .signal, .breakSignal, .other: true
        case .pty, .environment, .windowChange, .agentForwarding, .x11, .malformed: false
        }
    }

    /// It starts a program: the moment to be told why there is none. For the others people's own clients find words,
    /// or none where there are none without a gateway either.
    fileprivate var startsProgram: Bool {
        switch self {
        case .shell, .exec, .subsystem: true
        case .pty, .environment, .windowChange, .signal, .breakSignal, .agentForwarding, .x11, .other, .malformed: false
        }
    }
}
