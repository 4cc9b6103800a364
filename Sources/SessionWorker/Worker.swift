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
    private let broker: BrokerLink
    private let client: ServerLeg
    private let authentication: AuthRelay
    private let graceDeadline: UInt64
    private var tap: RecordingTap?
    private var login: TargetLogin?
    private var opening: TargetOpening?
    private var relays: [ChannelRelay] = []
    private var nextChannel: UInt32 = 1
    private var hasAskedForTarget = false
    /// Why there is no target; shown on every channel.
    private var refusal: String?
    private var ending: WorkerEnding?

    /// How long a refused client may take to fetch its line, in nanoseconds.
    private static let refusalPatience: UInt64 = 5_000_000_000
    /// How long closing lines may take to leave, in milliseconds.
    private static let partingMilliseconds: CInt = 300

    private var refusalDeadline: UInt64?

    public init?(welcome: Welcome, broker: MessageSocket, client: CInt) {
        self.broker = BrokerLink(broker)
        guard let keys = HostKeyRing(keys: welcome.hostKeys), let leg = ServerLeg(descriptor: client, keys: keys) else {
            return nil
        }
        self.client = leg
        self.authentication = AuthRelay(broker: self.broker, banner: welcome.banner)
        self.graceDeadline = Clock.monotonicNanoseconds() + UInt64(welcome.loginGraceSeconds) * 1_000_000_000
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

    // MARK: Waiting

    private func wait() {
        var descriptors = [pollfd(fd: self.broker.descriptor, events: Int16(POLLIN), revents: 0)]
        descriptors.append(pollfd(fd: self.client.descriptor, events: self.client.pollEvents, revents: 0))
        if let target = self.login?.leg, !target.isOver {
            descriptors.append(pollfd(fd: target.descriptor, events: target.pollEvents, revents: 0))
        }
        guard poll(&descriptors, nfds_t(descriptors.count), self.timeout) >= 0 else { return }
        if descriptors[1].revents != 0 { self.client.step() }
        if descriptors.count > 2, descriptors[2].revents != 0 { self.login?.leg.step() }
    }

    /// Milliseconds until something has to happen by itself; -1 for never.
    private var timeout: CInt {
        if self.relays.contains(where: { $0.wantsAnotherTurn }) { return 0 }
        let deadline: UInt64
        if !self.authentication.isAuthenticated {
            deadline = self.graceDeadline
        } else if let refusalDeadline = self.refusalDeadline {
            deadline = refusalDeadline
        } else {
            return -1
        }
        let now = Clock.monotonicNanoseconds()
        return deadline > now ? CInt(clamping: (deadline - now) / 1_000_000 + 1) : 0
    }

    // MARK: Broker

    private func receiveFromBroker() throws(RecordingTap.Failure) {
        while let (message, descriptors) = self.broker.receive() {
            switch message {
            case .authentication(let answer):
                self.authentication.received(answer)
            case .targetOpened(let opening): try self.open(opening, descriptors)
            case .targetRefused(let line): self.refuse(String(decoding: line, as: UTF8.self))
            case .checkpoint(let record): self.tap?.append(checkpoint: record)
            case .terminate(let line): self.terminate(String(decoding: line, as: UTF8.self))
            case .welcome, .scan, .targetPassword: break
            }
        }
    }

    private func open(
        _ opening: TargetOpening, _ descriptors: [SharedDescriptor]
    ) throws(RecordingTap.Failure) {
        guard self.login == nil, descriptors.count > TargetDescriptor.target.rawValue,
            let frameKey = try? RecordingKey(opening.frameKey)
        else { return self.end(.protocolError, detail: "the broker opened no whole target") }
        let tap = RecordingTap(
            descriptor: descriptors[TargetDescriptor.recording.rawValue], frameKey: frameKey,
            start: opening.startNanoseconds, recordedBytes: opening.recordedBytes, broker: self.broker)
        tap.turn(at: Clock.monotonicNanoseconds())
        self.tap = tap
        self.opening = opening
        let agent =
            descriptors.count > TargetDescriptor.agent.rawValue ? descriptors[TargetDescriptor.agent.rawValue] : nil
        self.login = TargetLogin(
            opening: opening, socket: descriptors[TargetDescriptor.target.rawValue], agent: agent, broker: self.broker)
        for relay in self.relays { try self.noteOpened(relay) }
    }

    private func terminate(_ line: String) {
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
            case .open(let request) where !self.authentication.isAuthenticated: request.refuse()
            case .open(let request) where request.type == Array("session".utf8): try self.openChannel(request)
            case .open(let request):
                request.refuse()
                try self.noteRefused(channelType: request.type)
            case .channel(let request): self.relays.first { $0.owns(request) }?.received(request)
            case .global(let request): request.refuse()
            }
        }
        if self.authentication.isAuthenticated, !self.hasAskedForTarget {
            // At once, while the client still thinks about its first channel.
            self.hasAskedForTarget = true
            self.broker.send(.openTarget)
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
        if let opening = self.opening { relay.permit(opening.channelKinds, keystrokes: opening.keystrokes) }
    }

    private func noteRefused(channelType: [UInt8]) throws(RecordingTap.Failure) {
        try self.tap?.note(.channelRefused(type: channelType, reason: 1, text: []), channel: 0)
    }

    // MARK: Target

    private func advanceTarget() {
        guard let login = self.login else { return }
        login.advance()
        login.leg.refuseRequests()
        if case .failed(let line) = login.state, self.refusal == nil { self.refuse(line) }
    }

    private func refuse(_ line: String) {
        self.refusal = line
        self.refusalDeadline = Clock.monotonicNanoseconds() + Self.refusalPatience
    }

    // MARK: Relaying: note, flush, mark, send

    private func relay() throws(RecordingTap.Failure) {
        if let refusal = self.refusal {
            for relay in self.relays where relay.isAskingForProgram { try relay.refuse(with: refusal, self.tap) }
        }
        guard let tap = self.tap else { return self.relays.removeAll { $0.isFinished } }
        for relay in self.relays { try relay.note(on: tap) }
        try tap.flush()
        for relay in self.relays { relay.markRecorded() }
        if let login = self.login, login.state == .ready {
            for relay in self.relays { try relay.forward(to: login.leg, tap: tap) }
        }
        self.relays.removeAll { $0.isFinished }
        try tap.flush()
    }

    private func stop(recordingFailed failure: RecordingTap.Failure) {
        let id = self.opening.map { String(decoding: $0.sessionID, as: UTF8.self) } ?? "?"
        for relay in self.relays {
            relay.sendNotice("this session can no longer be recorded and has been stopped (reference \(id))")
        }
        self.end(.recordingFailed, code: UInt32(failure.code))
    }

    // MARK: Ending

    private func lookForEnd() {
        guard self.ending == nil else { return }
        if self.broker.isGone {
            // Nobody could kill this session any more.
            self.end(.terminated, detail: "the broker is gone")
        } else if self.client.isOver {
            self.end(
                self.authentication.isAuthenticated ? .clientClosed : .notAuthenticated, detail: self.client.errorText)
        } else if self.authentication.isRefusedForGood {
            self.end(.notAuthenticated)
        } else if let login = self.login, login.state == .ready, login.leg.isOver,
            self.relays.allSatisfy({ $0.hasDeliveredAll })
        {
            self.relayLastWords()
            self.end(.targetClosed, detail: login.leg.errorText)
        } else if !self.authentication.isAuthenticated, Clock.monotonicNanoseconds() >= self.graceDeadline {
            self.end(.authenticationTimedOut)
        } else if let deadline = self.refusalDeadline, Clock.monotonicNanoseconds() >= deadline {
            self.end(.refused)
        }
    }

    /// The target has gone without closing its channels: say so on those that still run.
    private func relayLastWords() {
        let name = self.opening.map { String(decoding: $0.targetName, as: UTF8.self) } ?? "the target"
        for relay in self.relays where !relay.isClosedByTarget { relay.sendNotice("\(name) has closed the connection") }
    }

    private func end(_ cause: WorkerEnding.Cause, code: UInt32 = 0, detail: String = "") {
        guard self.ending == nil else { return }
        self.ending = WorkerEnding(
            cause: cause, code: code, detail: Array(detail.utf8.prefix(WireLimits.text)),
            bytesIn: self.tap?.bytesIn ?? 0, bytesOut: self.tap?.bytesOut ?? 0)
    }

    /// A recording that can't be written ends without them.
    private func noteUnfinished() {
        guard let tap = self.tap, self.ending?.cause != .recordingFailed else { return }
        do {
            for relay in self.relays { try relay.noteUnfinished(on: tap) }
            try tap.flush()
        } catch {
            self.ending?.cause = .recordingFailed
            self.ending?.code = UInt32(error.code)
        }
    }

    /// Lets the last lines out, says goodbye on both sides, and reports.
    private func part() {
        self.noteUnfinished()
        var descriptors = [pollfd(fd: self.client.descriptor, events: Int16(POLLOUT), revents: 0)]
        let deadline = Clock.monotonicNanoseconds() + UInt64(Self.partingMilliseconds) * 1_000_000
        while self.client.isBackedUp, !self.client.isOver, Clock.monotonicNanoseconds() < deadline {
            guard poll(&descriptors, 1, Self.partingMilliseconds) > 0 else { break }
            self.client.step()
        }
        self.login?.leg.disconnect()
        self.client.disconnect()
        if let ending = self.ending { self.broker.send(.ended(ending)) }
    }
}
