import CPlatform
import Glibc
import Platform
import RecordingFormat
import SSHTransport
import WorkerProtocol

/// A session of the gateway's own: logs in to a target and runs there what the broker says, one program after the other.
/// It has no user's side, and is recorded like any session.
public final class Robot {
    private let broker: BrokerLink
    private var tap: RecordingTap?
    private var login: TargetLogin?
    private var program: ProgramRun?
    private var secrets = SentSecrets()
    private var nextChannel: UInt32 = 1
    private var ending: WorkerEnding?

    /// Longest wait of the loop, in milliseconds: a robot lives for seconds, and is not to hang on anything.
    private static let longestWait: CInt = 200

    public init(broker: MessageSocket) { self.broker = BrokerLink(broker) }

    /// Serves the broker until it is dismissed, or the target or the broker is gone. Time limits are the broker's.
    public func run() {
        while self.ending == nil {
            self.wait()
            self.tap?.turn(at: Clock.monotonicNanoseconds())
            do throws(RecordingTap.Failure) {
                try self.receiveFromBroker()
                // Nothing of what a target wants by itself is served. Before the login is looked at: this takes in
                // whatever has arrived, also what the login waits for.
                self.login?.leg.refuseOpens()
                self.login?.advance()
                try self.relay()
            } catch {
                self.end(.recordingFailed, code: UInt32(error.code))
            }
            self.lookForEnd()
        }
        self.part()
    }

    private func wait() {
        var descriptors = [pollfd(fd: self.broker.descriptor, events: Int16(POLLIN), revents: 0)]
        if let leg = self.login?.leg, !leg.isOver {
            descriptors.append(pollfd(fd: leg.descriptor, events: leg.pollEvents, revents: 0))
        }
        let isBusy = self.program?.wantsAnotherTurn == true || self.login?.wantsAnotherTurn == true
        guard poll(&descriptors, nfds_t(descriptors.count), isBusy ? 0 : Self.longestWait) >= 0 else { return }
        if descriptors.count > 1, descriptors[1].revents != 0 { self.login?.leg.step() }
    }

    // MARK: Broker

    private func receiveFromBroker() throws(RecordingTap.Failure) {
        while self.ending == nil, let (message, descriptors) = self.broker.receive() {
            switch message {
            case .targetOpened(let opening): self.open(opening, descriptors)
            case .targetAnswer: self.login?.received(answer: self.broker.takeAnswer())
            case .targetUnanswered: self.login?.received(answer: nil)
            case .runProgram(let request): try self.start(request)
            case .programInput(let bytes): self.program?.received(input: bytes)
            case .programSecret:
                if let secret = self.broker.takeAnswer() { self.program?.received(secret: secret) }
            case .programInputEnd: self.program?.receivedInputEnd()
            case .dismiss: self.end(.dismissed)
            case .checkpoint(let record): self.tap?.append(checkpoint: record)
            case .terminate: self.end(.terminated)
            case .welcome, .scan, .operate, .authentication, .exchangeSignature, .targetPassword, .targetRefused,
                .targetMissing, .destinations, .jumpOpened, .jumpRefused, .orderSecret, .gatewayQuestion,
                .orderAnswered, .control,
                .notice:
                self.end(.protocolError, detail: "the broker said what is not for a robot")
            }
        }
    }

    private func open(_ opening: TargetOpening, _ descriptors: [SharedDescriptor]) {
        let inputKey = opening.inputKey.flatMap { try? RecordingKey($0) }
        guard self.login == nil, descriptors.count > TargetDescriptor.target.rawValue,
            let frameKey = try? RecordingKey(opening.frameKey), (inputKey == nil) == (opening.inputKey == nil)
        else { return self.end(.protocolError, detail: "the broker opened no whole target") }
        let tap = RecordingTap(
            descriptor: descriptors[TargetDescriptor.recording.rawValue], frameKey: frameKey, inputKey: inputKey,
            start: opening.startNanoseconds, recordedBytes: opening.recordedBytes, broker: self.broker)
        tap.turn(at: Clock.monotonicNanoseconds())
        self.tap = tap
        let agent =
            descriptors.count > TargetDescriptor.agent.rawValue ? descriptors[TargetDescriptor.agent.rawValue] : nil
        self.login = TargetLogin(
            opening: opening, socket: descriptors[TargetDescriptor.target.rawValue], agent: agent, broker: self.broker)
    }

    private func start(_ request: ProgramRequest) throws(RecordingTap.Failure) {
        guard let login = self.login, login.state == .ready, self.program == nil, let tap = self.tap else {
            return self.end(.protocolError, detail: "the broker wants a program at a wrong time")
        }
        guard let end = login.leg.makeChannel() else { return self.broker.send(.programEnded(.refused)) }
        let number = self.nextChannel
        self.nextChannel += 1
        try tap.note(.channelOpened(type: Array("session".utf8)), channel: number)
        try tap.flush()
        self.program = ProgramRun(request, number: number, on: login.leg, end, broker: self.broker)
    }

    // MARK: Relaying: note, flush, send

    private func relay() throws(RecordingTap.Failure) {
        guard let tap = self.tap, let login = self.login else { return }
        for request in login.leg.takeGlobalRequests() { request.refuse() }
        try self.program?.note(on: tap, &self.secrets)
        try tap.flush()
        if login.state == .ready { try self.program?.forward(on: login.leg, tap: tap) }
        try tap.flush()
        if let outcome = self.program?.outcome {
            self.program = nil
            self.broker.send(.programEnded(outcome))
        }
    }

    // MARK: Ending

    private func lookForEnd() {
        guard self.ending == nil else { return }
        if self.broker.isGone {
            self.end(.terminated, detail: "the broker is gone")
        } else if let login = self.login {
            if login.failure != nil {
                self.end(.refused)
            } else if login.state == .ready, login.leg.isOver, self.program == nil {
                self.end(.targetClosed, detail: login.leg.errorText)
            }
        }
    }

    private func end(_ cause: WorkerEnding.Cause, code: UInt32 = 0, detail: String = "") {
        guard self.ending == nil else { return }
        self.ending = WorkerEnding(
            cause: cause, code: code, detail: Array(detail.utf8.prefix(WireLimits.text)),
            bytesIn: self.tap?.bytesIn ?? 0, bytesOut: self.tap?.bytesOut ?? 0)
    }

    private func part() {
        if let tap = self.tap, self.ending?.cause != .recordingFailed {
            do throws(RecordingTap.Failure) {
                try self.program?.noteClosed(on: tap)
                try tap.flush()
            } catch {
                self.ending?.cause = .recordingFailed
                self.ending?.code = UInt32(error.code)
            }
        }
        self.login?.leg.disconnect()
        if let ending = self.ending { self.broker.send(.ended(ending)) }
    }
}
