import CPlatform
import Glibc
import Platform
import RecordingFormat
import SSHTransport
import WorkerProtocol

/// One connection, from the first byte to the last: a single-threaded loop around `poll`.
///
/// The walk: key exchange → `AuthRelay` → the broker opens the target → `TargetLogin` → channels. In each turn
/// everything that has arrived is noted, then flushed to the recording, then sent on; no other place sends.
public final class Worker {
    let broker: BrokerLink
    let client: ServerLeg
    let authentication: AuthRelay
    let graceDeadline: UInt64
    /// How long a connection without a target may be without a channel, in nanoseconds: as long as to sign in.
    let idlePatience: UInt64
    private(set) var tap: RecordingTap?
    private(set) var login: TargetLogin?
    private(set) var opening: TargetOpening?
    private(set) var relays: [ChannelRelay] = []
    private let reports: ChannelReports
    let forwards: Forwards
    /// Types of channels that were refused before there was a recording.
    private var refusedEarly: [[UInt8]] = []
    private var nextChannel: UInt32 = 1
    let jumps: JumpDesk
    let menus: MenuDesk
    private let orders: OrderDesk
    private let prompts: PromptDesk
    private let controls: ControlDesk
    private let questions: QuestionDesk
    private let commands: CommandDesk
    /// For programs without a terminal, on a connection without a target; jumps there may be.
    var missingTarget: String?
    var idleSince: UInt64?
    /// Names of the target's global requests that are in the recording, and most of them.
    private var namesAsked: Set<[UInt8]> = []
    private static let maximumNames = 64
    private var hasAskedForTarget = false
    /// nil where any time may pass, and until there is a target.
    private(set) var idleness: IdleWatch?
    /// Bytes that terminals have shown: no sign of the user.
    private var shownBytes: UInt64 = 0
    /// Why there is no target; shown on every channel.
    private var refusal: String?
    var ending: WorkerEnding?

    /// How long a refused client may take to fetch its line, in nanoseconds.
    private static let refusalPatience: UInt64 = 5_000_000_000
    var refusalDeadline: UInt64?

    /// How long a connection without a target may be without a channel before the forwards that it asked for are
    /// refused, in nanoseconds: a client opens its channel at once.
    static let holdingPatience: UInt64 = 5_000_000_000

    public init?(welcome: Welcome, broker: MessageSocket, client: CInt) {
        self.broker = BrokerLink(broker)
        self.authentication = AuthRelay(broker: self.broker, banner: welcome.banner)
        guard let keys = HostKeyRing(publicKeys: welcome.hostKeys),
            let leg = ServerLeg(descriptor: client, keys: keys, sign: self.broker.sign)
        else { return nil }
        self.client = leg
        self.reports = ChannelReports(broker: self.broker)
        self.forwards = Forwards(reports: self.reports)
        self.jumps = JumpDesk(broker: self.broker)
        self.menus = MenuDesk(
            broker: self.broker, patience: UInt64(welcome.answerSeconds) * 1_000_000_000)
        self.orders = OrderDesk(broker: self.broker)
        self.prompts = PromptDesk(patience: UInt64(welcome.answerSeconds) * 1_000_000_000)
        self.commands = CommandDesk(broker: self.broker)
        self.controls = ControlDesk(broker: self.broker, commands: self.commands)
        self.questions = QuestionDesk(
            broker: self.broker, patience: UInt64(welcome.answerSeconds) * 1_000_000_000)
        self.idlePatience = UInt64(welcome.loginGraceSeconds) * 1_000_000_000
        self.graceDeadline = Clock.monotonicNanoseconds() + self.idlePatience
    }

    /// Serves the connection to its end.
    public func run() {
        // Looked for first: the client may have gone, or talked nonsense, before the first wait.
        self.lookForEnd()
        while self.ending == nil {
            self.wait()
            self.tap?.turn(at: Clock.monotonicNanoseconds())
            do {
                try self.receiveFromBroker()
                try self.serveClient()
                self.advanceTarget()
                try self.relay()
            } catch {
                self.stop(recordingFailed: error)
            }
            self.lookForEnd()
        }
        self.part()
    }

    private var isAuthenticated: Bool { self.authentication.isAuthenticated }

    // MARK: Waiting

    private func wait() {
        var descriptors = [pollfd(fd: self.broker.descriptor, events: Int16(POLLIN), revents: 0)]
        descriptors.append(pollfd(fd: self.client.descriptor, events: self.client.pollEvents, revents: 0))
        if let target = self.login?.leg, !target.isOver {
            descriptors.append(pollfd(fd: target.descriptor, events: target.pollEvents, revents: 0))
        }
        let fixed = descriptors.count
        descriptors += self.jumps.polls
        guard poll(&descriptors, nfds_t(descriptors.count), self.timeout) >= 0 else { return }
        if descriptors[1].revents != 0 { self.client.step() }
        if fixed > 2, descriptors[2].revents != 0 { self.login?.leg.step() }
    }

    /// Milliseconds until something has to happen by itself; -1 for never.
    private var timeout: CInt {
        if self.broker.hasKept { return 0 }
        if self.jumps.wantsAnotherTurn || self.forwards.wantsAnotherTurn || self.menus.wantsAnotherTurn
            || self.prompts.wantsAnotherTurn || self.questions.wantsAnotherTurn || self.login?.wantsAnotherTurn == true
            || self.login?.failure != nil && self.refusal == nil
            || self.relays.contains(where: { $0.wantsAnotherTurn })
        {
            return 0
        }
        if self.isRelaying, self.forwards.hasWaitingRequests { return 0 }
        var deadline: UInt64
        if !self.authentication.isAuthenticated {
            deadline = self.graceDeadline
        } else if let refusalDeadline = self.refusalDeadline {
            deadline = refusalDeadline
        } else if let due = self.menus.deadline ?? self.questions.deadline ?? self.prompts.deadline {
            deadline = due
        } else if let idleSince = self.idleSince {
            deadline = idleSince + (self.forwards.isHolding ? Self.holdingPatience : self.idlePatience)
        } else {
            deadline = .max
        }
        if let idleness = self.idleness { deadline = min(deadline, idleness.deadline) }
        for due in self.relays.compactMap(\.lineDeadline) { deadline = min(deadline, due) }
        if deadline == .max { return -1 }
        let now = Clock.monotonicNanoseconds()
        return deadline > now ? CInt(clamping: (deadline - now) / 1_000_000 + 1) : 0
    }

    // MARK: Broker

    private func receiveFromBroker() throws(RecordingTap.Failure) {
        while let (message, descriptors) = self.broker.receive() {
            switch message {
            case .authentication(let answer):
                self.authentication.received(answer)
            case .targetOpened(let opening):
                self.questions.close()
                try self.open(opening, descriptors)
            case .gatewayQuestion(let question):
                self.questions.received(question, at: Clock.monotonicNanoseconds())
            case .targetMissing(let line):
                self.missingTarget = String(decoding: line, as: UTF8.self)
                self.jumps.open()
                guard !self.menus.isAwaited(by: self.relays) else { break }
                for (request, address) in self.forwards.takeWaiting() {
                    self.jumps.received(request, host: address.host, port: address.port)
                }
            case .destinations(let list): self.menus.received(list)
            case .jumpOpened(let number): self.jumps.answered(number, socket: descriptors.first)
            case .jumpRefused(let number): self.jumps.answered(number, socket: nil)
            case .orderSecret: self.orders.received(secret: self.broker.takeAnswer())
            case .orderAnswered(let answer): self.orders.received(answer)
            case .targetAnswer: self.login?.received(answer: self.broker.takeAnswer())
            case .targetUnanswered: self.login?.received(answer: nil)
            case .targetRefused(let line): self.refuse(String(decoding: line, as: UTF8.self))
            case .checkpoint(let record): self.tap?.append(checkpoint: record)
            case .control(let number, let control): self.controls.received(number, control)
            case .terminate(let line): self.terminate(String(decoding: line, as: UTF8.self))
            case .notice(let line): self.controls.received(notice: line)
            case .welcome, .scan, .targetPassword, .exchangeSignature, .operate, .runProgram, .programInput,
                .programSecret, .programInputEnd, .dismiss:
                break
            }
        }
    }

    private func open(
        _ opening: TargetOpening, _ descriptors: [SharedDescriptor]
    ) throws(RecordingTap.Failure) {
        let inputKey = opening.inputKey.flatMap { try? RecordingKey($0) }
        guard self.login == nil, descriptors.count > TargetDescriptor.target.rawValue,
            let frameKey = try? RecordingKey(opening.frameKey), (inputKey == nil) == (opening.inputKey == nil)
        else { return self.end(.protocolError, detail: "the broker opened no whole target") }
        guard self.commands.permit(opening.commandRules) else {
            return self.end(.protocolError, detail: "the broker sent command rules that can't be read")
        }
        let tap = RecordingTap(
            descriptor: descriptors[TargetDescriptor.recording.rawValue], frameKey: frameKey, inputKey: inputKey,
            start: opening.startNanoseconds, recordedBytes: opening.recordedBytes, broker: self.broker)
        tap.turn(at: Clock.monotonicNanoseconds())
        self.tap = tap
        self.jumps.close()
        self.opening = opening
        self.idleness = IdleWatch(seconds: opening.limits.idleSeconds, at: Clock.monotonicNanoseconds())
        let agent =
            descriptors.count > TargetDescriptor.agent.rawValue ? descriptors[TargetDescriptor.agent.rawValue] : nil
        self.login = TargetLogin(
            opening: opening, socket: descriptors[TargetDescriptor.target.rawValue], agent: agent, broker: self.broker)
        self.forwards.permit(opening)
        self.controls.permit(opening)
        for type in self.refusedEarly { try self.noteRefused(channelType: type) }
        self.refusedEarly.removeAll()
        for relay in self.relays { try self.noteOpened(relay) }
    }

    private func terminate(_ line: String) {
        self.menus.close()
        for relay in self.relays { relay.sendNotice(line) }
        self.end(.terminated)
    }

    // MARK: Client

    private func serveClient() throws(RecordingTap.Failure) {
        switch self.client.exchangeKeys() {
        case .wouldBlock: return
        case .failed(let reason): return self.end(.protocolError, detail: reason)
        case .done: break
        }
        while self.ending == nil, let request = self.client.nextRequest() {
            switch request {
            case .service(let request): self.authentication.received(request, on: self.client)
            case .authentication(let request): self.authentication.received(request)
            case .open(let request): try self.received(request)
            case .channel(let request): self.relays.first { $0.owns(request) }?.received(request)
            case .global(let request):
                // Its answer may have to wait for others, which wait for a target.
                if self.forwards.isHolding { self.client.sendSignOfLife() }
                self.forwards.received(request)
            }
        }
        if self.authentication.isAuthenticated, !self.hasAskedForTarget {
            // At once, while the client still thinks about its first channel.
            self.hasAskedForTarget = true
            self.broker.send(.openTarget)
        }
    }

    private func received(_ request: OpenRequest) throws(RecordingTap.Failure) {
        guard self.isAuthenticated else { return request.refuse() }
        switch request.kind {
        case .session: try self.openChannel(request)
        case .directTCP(let address) where self.missingTarget != nil && !self.menus.isAwaited(by: self.relays):
            self.jumps.received(request, host: address.host, port: address.port)
        case .directTCP(let address): self.forwards.received(.directTCP(address), request)
        case .directPath(let path): self.forwards.received(.directPath(path), request)
        case .forwardedTCP, .forwardedPath, .x11, .agent, .other:
            request.refuse(.unknownType)
            try self.noteRefused(channelType: request.type)
        }
    }

    private func openChannel(_ request: OpenRequest) throws(RecordingTap.Failure) {
        guard self.relays.count < Self.maximumChannels, let end = request.accept() else { return request.refuse() }
        let relay = ChannelRelay(number: self.nextChannel, client: end)
        self.nextChannel += 1
        self.relays.append(relay)
        try self.noteOpened(relay)
    }

    /// Most channels open at once, as many as OpenSSH's clients are known to use, many times over.
    private static let maximumChannels = 256

    private func noteOpened(_ relay: ChannelRelay) throws(RecordingTap.Failure) {
        try self.tap?.note(.channelOpened(type: Array("session".utf8)), channel: relay.number)
        if let opening = self.opening {
            relay.permit(opening, self.reports, self.commands)
            relay.isInputHeld = opening.passesPrompts && self.login?.state != .ready
        }
    }

    private func noteRefused(channelType: [UInt8]) throws(RecordingTap.Failure) {
        guard let tap = self.tap else {
            // Kept until there is a recording.
            if self.refusedEarly.count < Self.maximumChannels { self.refusedEarly.append(channelType) }
            return
        }
        try tap.note(.channelRefused(type: channelType, reason: 1, text: []), channel: 0)
        self.reports.refused(SafeLine.text(channelType), .notServed)
    }

    // MARK: Target

    private func advanceTarget() {
        guard let login = self.login else { return }
        // Before the login is looked at: it takes in whatever has arrived, also what the login waits for, and no
        // descriptor would announce that any more.
        if login.state != .ready { login.leg.refuseOpens() }
        login.advance()
        if login.state == .ready {
            while let request = login.leg.nextOpen() { self.forwards.received(fromTarget: request) }
        }
        if let line = login.failure, self.refusal == nil { self.refuse(line) }
    }

    private func refuse(_ line: String) {
        self.refusal = line
        self.questions.close()
        self.jumps.close()
        self.refusalDeadline = Clock.monotonicNanoseconds() + Self.refusalPatience
    }

    // MARK: Relaying: note, flush, mark, send

    private func relay() throws(RecordingTap.Failure) {
        self.jumps.step()
        if self.missingTarget != nil, self.refusal == nil { try self.orders.step(self.relays) }
        if let line = self.missingTarget, self.refusal == nil,
            let choice = try self.menus.step(self.relays, otherwise: line, at: Clock.monotonicNanoseconds())
        {
            self.missingTarget = nil
            // Nothing but the target may be asked for after it.
            self.jumps.close()
            self.broker.send(.chooseTarget(choice))
        }
        if self.tap == nil, self.refusal == nil { self.questions.step(self.relays, at: Clock.monotonicNanoseconds()) }
        if let refusal = self.refusal {
            for relay in self.relays where relay.isAskingForProgram { try relay.refuse(with: refusal, self.tap) }
            self.forwards.refuseAll()
        }
        if self.missingTarget != nil, !self.jumps.isIdle { self.forwards.refuseAll() }
        guard let tap = self.tap else { return self.relays.removeAll { $0.isFinished } }
        if let login = self.login {
            try self.prompts.note(login, self.relays, on: tap, at: Clock.monotonicNanoseconds())
            if login.state == .ready { for relay in self.relays { relay.isInputHeld = false } }
        }
        try self.controls.note(self.relays, self.forwards, on: tap)
        for relay in self.relays {
            let before = relay.downloadedBytes
            try relay.note(on: tap)
            if relay.isAtTerminal { self.shownBytes += relay.downloadedBytes - before }
        }
        try self.controls.noteDropped(self.relays, self.forwards, on: tap)
        try self.noteRequestsOfTarget(on: tap)
        if self.isRelaying { try self.forwards.note(on: tap, nextChannel: &self.nextChannel) }
        try tap.flush()
        self.controls.tell(self.relays)
        self.commands.tell(self.relays)
        for relay in self.relays { relay.markRecorded() }
        self.forwards.markRecorded()
        if let login = self.login { self.prompts.forward(to: login) }
        if let login = self.login, login.state == .ready {
            for relay in self.relays { try relay.forward(to: login.leg, tap: tap) }
            self.noteOffers()
            try self.forwards.forward(client: self.client, target: login.leg, tap: tap)
        }
        // What terminals show by themselves is no sign of somebody who looks at them.
        self.idleness?.observe(
            tap.bytesIn &+ tap.bytesOut &- self.shownBytes &+ UInt64(self.nextChannel), at: Clock.monotonicNanoseconds()
        )
        self.relays.removeAll { $0.isFinished }
        try tap.flush()
    }

    private var isRelaying: Bool { self.login?.state == .ready }

    /// What the target asks about no channel, such as to learn its host keys (hostkeys-00@openssh.com): they are not the
    /// gateway's, so it ends here. Of each kind the first is noted.
    private func noteRequestsOfTarget(on tap: RecordingTap) throws(RecordingTap.Failure) {
        for request in self.login?.leg.takeGlobalRequests() ?? [] {
            request.refuse()
            guard self.namesAsked.count < Self.maximumNames, self.namesAsked.insert(request.name).inserted else {
                continue
            }
            try tap.note(
                .targetRequest(name: request.name, wantsReply: request.wantsReply, payload: []), channel: 0)
        }
    }

    private func noteOffers() {
        if self.relays.contains(where: { $0.requests.offersAgent }) { self.forwards.isAgentOffered = true }
        if self.relays.contains(where: { $0.requests.offersDisplay }) { self.forwards.isDisplayOffered = true }
    }

    private func stop(recordingFailed failure: RecordingTap.Failure) {
        let id = self.opening.map { String(decoding: $0.sessionID, as: UTF8.self) } ?? "?"
        for relay in self.relays {
            relay.sendNotice("this session can no longer be recorded and has been stopped (reference \(id))")
        }
        self.end(.recordingFailed, code: UInt32(failure.code))
    }
}
