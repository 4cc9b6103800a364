/// What the broker lets a worker say, and when. Closed by default: whatever isn't listed for a phase kills the worker.
/// No descriptors, no I/O.
public struct WorkerPermissions: Sendable {
    /// Where a connection stands, as the broker knows it.
    public enum Phase: Hashable, Sendable {
        /// Connected; nobody has proved anything. Key exchange happens here too, inside the worker.
        case authenticating
        /// The broker is thinking about a credential: the worker has to wait.
        case judging
        /// The client has been asked (keyboard-interactive); it may answer, or turn to something else.
        case asking
        /// The broker has accepted a credential.
        case authenticated
        /// The broker decides, dials, opens the recording.
        case opening
        /// The login name has no target: jumps are all that there is, or a choice from the list.
        case undirected
        /// The worker has the target and the recording, and authenticates to the target.
        case connecting
        case relaying
        /// A robot fetches a host key.
        case scanning
        /// A robot has its target and the recording, and logs in.
        case reaching
        /// A robot is logged in, and runs nothing.
        case operating
        /// A robot runs a program.
        case running
        case over
    }

    public enum Verdict: Hashable, Sendable {
        case serve
        case killWorker(reason: String)
    }

    public private(set) var phase: Phase
    /// The list of destinations was asked for: it costs the broker a walk through the policy.
    private var hasListed = false
    private var channelReports = 0
    private var commandReports = 0
    /// libssh takes no second key exchange from a client before a login.
    private var hasExchangedKeys = false
    /// The broker signs a key exchange, for which the worker waits: it has nothing else to say.
    private var isSigning = false
    private var questions = 0
    /// Controls that the worker has not told the outcome of, and messages that wait for the admin's acknowledgement.
    private var controls: Set<UInt32> = []
    private var acknowledgements: Set<UInt32> = []
    /// The target's question is being answered.
    private var isAsking = false
    /// The user's order is being done.
    private var isOrdering = false
    private var orders = 0
    /// Questions of the gateway's own that were sent, less what came of them: some are replaced, and have no answer.
    private var openGatewayQuestions = 0
    /// Of a robot's program, on both outputs.
    private var programBytes = 0

    /// Of a worker that meets a client.
    public init() { self.phase = .authenticating }

    private init(phase: Phase) { self.phase = phase }

    /// Of a robot that fetches a host key.
    public static var scanning: WorkerPermissions { WorkerPermissions(phase: .scanning) }

    /// Of a robot that is to run programs, with a target at hand.
    public static var reaching: WorkerPermissions { WorkerPermissions(phase: .reaching) }

    public mutating func received(_ message: WorkerMessage) -> Verdict {
        guard !self.isSigning else {
            return self.kill(because: "\(message.name) is not permitted while a key exchange is signed")
        }
        switch (self.phase, message) {
        case (.authenticating, .signExchange) where !self.hasExchangedKeys:
            self.hasExchangedKeys = true
            self.isSigning = true
            return .serve
        case (.authenticated, .signExchange), (.opening, .signExchange), (.undirected, .signExchange),
            (.connecting, .signExchange), (.relaying, .signExchange):
            self.isSigning = true
            return .serve
        case (.authenticating, .authenticate(let attempt)):
            if case .answers = attempt.method { break }
            self.phase = .judging
            return .serve
        case (.asking, .authenticate):
            self.phase = .judging
            return .serve
        case (.authenticated, .openTarget):
            self.phase = .opening
            return .serve
        case (.connecting, .command) where self.commandReports < WireLimits.commandReports,
            (.relaying, .command) where self.commandReports < WireLimits.commandReports:
            self.commandReports += 1
            return .serve
        // Of those that were reported, and each of them once at most.
        case (.connecting, .commandWithdrawn), (.relaying, .commandWithdrawn): return .serve
        case (.undirected, .openJump): return .serve
        case (.undirected, .listDestinations) where !self.hasListed:
            self.hasListed = true
            return .serve
        case (.undirected, .order) where !self.isOrdering && self.orders < WireLimits.orders:
            self.orders += 1
            self.isOrdering = true
            return .serve
        case (.opening, .gatewayAnswer) where self.openGatewayQuestions > 0:
            self.openGatewayQuestions -= 1
            return .serve
        case (.undirected, .chooseTarget):
            self.phase = .opening
            return .serve
        case (.connecting, .target(let report)):
            if report == .ready { self.phase = .relaying }
            return .serve
        case (.reaching, .target(let report)):
            if report == .ready { self.phase = .operating }
            return .serve
        case (.connecting, .targetQuestion) where !self.isAsking && self.questions < WireLimits.questions,
            (.reaching, .targetQuestion) where !self.isAsking && self.questions < WireLimits.questions:
            self.questions += 1
            self.isAsking = true
            return .serve
        case (.connecting, .recorded), (.relaying, .recorded), (.reaching, .recorded), (.operating, .recorded),
            (.running, .recorded):
            return .serve
        case (.running, .programOutput(_, let bytes)):
            self.programBytes += bytes.count
            guard bytes.isEmpty || self.programBytes > WireLimits.programOutput else { return .serve }
            return self.kill(because: "a program's output that is empty or too long")
        case (.running, .programEnded):
            self.phase = .operating
            return .serve
        case (.connecting, .channel), (.relaying, .channel):
            self.channelReports += 1
            guard self.channelReports > WireLimits.channelReports else { return .serve }
            return self.kill(because: "too many channel reports")
        case (.connecting, .controlled(let number, _)), (.relaying, .controlled(let number, _)):
            if self.controls.remove(number) != nil { return .serve }
        case (.connecting, .acknowledged(let number)), (.relaying, .acknowledged(let number)):
            if self.acknowledgements.remove(number) != nil { return .serve }
        case (.scanning, .hostKey): return .serve
        // Also while the broker thinks: the client may go away then.
        case (.authenticating, .ended), (.asking, .ended), (.authenticated, .ended), (.connecting, .ended),
            (.relaying, .ended),
            (.judging, .ended), (.opening, .ended), (.undirected, .ended), (.scanning, .ended),
            (.reaching, .ended), (.operating, .ended), (.running, .ended):
            self.phase = .over
            return .serve
        case (.authenticating, _), (.asking, _), (.judging, _), (.authenticated, _), (.opening, _), (.undirected, _),
            (.connecting, _),
            (.relaying, _), (.scanning, _), (.reaching, _), (.operating, _), (.running, _), (.over, _):
            break
        }
        return self.kill(because: "\(message.name) is not permitted while \(self.phase)")
    }

    private mutating func kill(because reason: String) -> Verdict {
        self.phase = .over
        return .killWorker(reason: reason)
    }

    /// The broker has signed the key exchange.
    public mutating func signed() { self.isSigning = false }

    /// The broker has judged the credential. `proved` is false for a key that was only offered.
    public mutating func judged(accepted: Bool, proved: Bool) {
        guard self.phase == .judging else { return }
        self.phase = accepted && proved ? .authenticated : .authenticating
    }

    /// The broker has answered the target's question, or said that it can't.
    public mutating func answeredQuestion() { self.isAsking = false }

    /// The broker has sent a control.
    public mutating func controlled(_ number: UInt32, _ control: SessionControl) {
        self.controls.insert(number)
        if case .message(_, _, mustAcknowledge: true) = control { self.acknowledgements.insert(number) }
    }

    /// The broker wants the client to be asked.
    public mutating func asked() {
        guard self.phase == .judging else { return }
        self.phase = .asking
    }

    /// The broker has done what the user asked for, or has said why not.
    public mutating func answeredOrder() { self.isOrdering = false }

    /// The broker wants to know something of the user.
    public mutating func askedUser() { self.openGatewayQuestions += 1 }

    /// The broker has a robot run a program.
    public mutating func started() {
        guard self.phase == .operating else { return }
        self.programBytes = 0
        self.phase = .running
    }

    /// The broker has found no target in the login name.
    public mutating func foundNoTarget() {
        guard self.phase == .opening else { return }
        self.phase = .undirected
    }

    /// The broker has handed over the target.
    public mutating func opened() {
        guard self.phase == .opening else { return }
        self.phase = .connecting
    }
}

extension WorkerMessage {
    /// A name for logs, without the message's content.
    public var name: String {
        switch self {
        case .authenticate: "authenticate"
        case .signExchange: "signExchange"
        case .openTarget: "openTarget"
        case .openJump: "openJump"
        case .listDestinations: "listDestinations"
        case .chooseTarget: "chooseTarget"
        case .target: "target"
        case .targetQuestion: "targetQuestion"
        case .recorded: "recorded"
        case .channel: "channel"
        case .hostKey: "hostKey"
        case .controlled: "controlled"
        case .acknowledged: "acknowledged"
        case .order: "order"
        case .gatewayAnswer: "gatewayAnswer"
        case .command: "command"
        case .commandWithdrawn: "commandWithdrawn"
        case .programOutput: "programOutput"
        case .programEnded: "programEnded"
        case .ended: "ended"
        }
    }
}
