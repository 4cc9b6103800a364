import AccessPolicy
import AuditLog
import CPlatform
import Platform
import RecordingFormat
import SessionStore
import WorkerProtocol

/// Sessions of the gateway's own: a confined worker without a user's side logs in, runs programs, and is recorded,
/// listed, killed and audited as any other. The broker itself never speaks SSH.
extension Broker {
    /// Most sessions of the gateway's own at once.
    private static let maximumRobots = 32

    /// Logs in as `place` with `secret`, which may be one that is in the vault or one that is to be tried.
    /// - throws: ``RobotFailure``.
    func openRobot(
        _ place: AccountPlace, with secret: TargetSecret, for purpose: RobotPurpose
    ) async throws(RobotFailure) -> RobotSession {
        guard !self.isStopping else { throw RobotFailure(.unknown, "the gateway is being stopped") }
        guard self.connections.values.count(where: { $0.robot != nil }) < Self.maximumRobots else {
            throw RobotFailure(.unknown, "the gateway does too much by itself just now")
        }
        var plan = try await self.robotPlan(place, secret, purpose)
        let name = place.target
        let socket = try await self.robotSocket(to: plan.target)
        let opened: OpenedRecording
        do {
            opened = try await self.openRecording(for: plan.destination, from: .gateway)
        } catch {
            self.log.critical("no recording can be made: \(error)")
            self.audit(.recordingFailed(session: "-", cause: "\(error)"), actor: AuthorizedTarget.gatewayUser)
            throw RobotFailure(.unknown, "the session can't be recorded, so it may not begin")
        }
        let connection: Connection
        do {
            if case .certificate(let certificates) = plan.secret {
                plan.secret = .issued(
                    try await self.certificateIdentity(
                        by: certificates, session: opened.id.description, for: plan.destination, target: socket))
            }
            connection = try self.spawnWorker(for: socket, from: .gateway)
        } catch {
            let cause = "no worker or certificate for \(name) could be made: \(error)"
            let ending = RecordingEnding(.closed, reason: Array(cause.utf8))
            try? await self.seal(opened.keeper, ending, id: opened.id)
            throw RobotFailure(.unknown, cause)
        }
        connection.isRobot = true
        connection.permissions = .reaching
        let session = Session(
            id: opened.id.description, destination: plan.destination, keeper: opened.keeper,
            startedNanoseconds: opened.startedNanoseconds)
        session.target = socket
        session.answers = plan.answers
        connection.session = session
        let robot = self.robot(on: connection, session: session.id)
        self.connections[connection.number] = connection
        self.watch(connection)
        self.send(
            .operate(RobotStart(userID: self.workerIdentity.userID, groupID: self.workerIdentity.groupID)),
            to: connection)
        do {
            try self.handOver(plan, opened, socket, to: connection)
        } catch {
            self.log.error("a session of the gateway's own could not be opened: \(error)")
            connection.cut()
        }
        self.limitTime(of: robot)
        switch await self.news(of: robot) {
        case .ready: return robot
        case .failed(let failure):
            await self.awaitEnd(of: robot)
            throw failure
        case .gone(let cause): throw RobotFailure(.unknown, cause)
        case .output, .ended: throw RobotFailure(.unknown, "the worker spoke out of turn")
        }
    }

    private func robotPlan(
        _ place: AccountPlace, _ secret: TargetSecret, _ purpose: RobotPurpose
    ) async throws(RobotFailure) -> Plan {
        let store = self.store
        do {
            return try await self.questions.run {
                guard let target = try store.target(place.target) else {
                    throw RobotFailure(.unknown, "there is no target \(place.target)")
                }
                return Plan(
                    destination: .gatewayOwn(account: place.account, target: place.target, purpose: purpose.rawValue),
                    target: target, algorithms: try TargetAlgorithms(target.algorithms), secret: secret,
                    answers: AnswerBook(try store.answers(target: place.target, account: place.account)))
            }
        } catch let failure as RobotFailure {
            throw failure
        } catch {
            throw RobotFailure(.unknown, "\(error)")
        }
    }

    private func robotSocket(to target: StoredTarget) async throws(RobotFailure) -> SharedDescriptor {
        do {
            return try await self.dialler.connect(host: target.host, port: target.port, on: self)
        } catch {
            self.audit(
                .targetUnreachable(
                    session: nil, target: target.name, address: "\(target.host):\(target.port)", cause: error.reason),
                actor: AuthorizedTarget.gatewayUser)
            throw RobotFailure(.unknown, "\(target.name) can't be reached: \(error.reason)")
        }
    }

    /// A target that hangs must not hold anything up for ever.
    private func limitTime(of robot: RobotSession) {
        let (number, seconds) = (robot.number, self.configuration.rotation.timeoutSeconds)
        self.loop.after(nanoseconds: UInt64(seconds) * 1_000_000_000) { [weak self] in
            self?.assumeIsolated { broker in
                guard let connection = broker.connections[number] else { return }
                broker.cut(connection, by: "gateway", reason: "it took longer than \(seconds) s")
            }
        }
    }

    /// Runs one program to its end.
    /// - parameters:
    ///   - input: all of what it gets to read; with a dialogue nothing.
    ///   - dialogue: answers what the program asks on a terminal.
    /// - throws: ``RobotFailure`` when the session ends under it. A program that fails is a result.
    func run(
        _ command: String, input: [ProgramInput] = [], answering dialogue: PasswordDialogue? = nil,
        on robot: RobotSession
    ) async throws(RobotFailure) -> ProgramResult {
        var dialogue = dialogue
        guard let connection = self.connections[robot.number] else {
            throw RobotFailure(.unknown, "the connection to the target was lost")
        }
        connection.permissions.started()
        self.send(
            .runProgram(ProgramRequest(command: Array(command.utf8), wantsTerminal: dialogue != nil)), to: connection)
        for part in input { self.send(part, to: connection) }
        if dialogue == nil { self.send(.programInputEnd, to: connection) }
        var result = ProgramResult()
        while true {
            switch await self.news(of: robot) {
            case .output(.output, let bytes):
                result.output += bytes
                for answer in dialogue?.heard(bytes) ?? [] {
                    if let connection = self.connections[robot.number] { self.send(answer, to: connection) }
                }
            case .output(.errors, let bytes): result.errors += bytes
            case .ended(let outcome):
                result.outcome = outcome
                return result
            case .gone(let cause): throw RobotFailure(.unknown, cause)
            case .failed(let failure): throw failure
            case .ready: throw RobotFailure(.unknown, "the worker spoke out of turn")
            }
        }
    }

    private func send(_ input: ProgramInput, to connection: Connection) {
        switch input {
        case .plain(let bytes):
            for start in stride(from: 0, to: bytes.count, by: WireLimits.programPiece) {
                self.send(
                    .programInput(Array(bytes[start..<min(start + WireLimits.programPiece, bytes.count)])),
                    to: connection)
            }
        case .secret(let secret):
            var message = BrokerMessage.programSecret(secret.withUnsafeBytes { Array($0) }).encoded
            let sent = try? connection.socket.send(message, waiting: false)
            message.withUnsafeMutableBytes { if let start = $0.baseAddress { sp_wipe(start, $0.count) } }
            if sent != .sent { self.punish(connection, for: "the worker does not read its answers") }
        }
    }

    /// Logs out, and waits for that.
    func close(_ robot: RobotSession) async {
        if let connection = self.connections[robot.number] { self.send(.dismiss, to: connection) }
        await self.awaitEnd(of: robot)
    }

    private func awaitEnd(of robot: RobotSession) async {
        while true { if case .gone = await self.news(of: robot) { return } }
    }

    /// The robot's worker is dead: whoever waits for it hears why.
    func robotEnded(_ connection: Connection) {
        guard let desk = connection.robot else { return }
        if let killed = connection.killed { return desk.post(.gone("the session was ended: \(killed.reason)")) }
        switch connection.ending?.cause {
        case .dismissed?: desk.post(.gone("done"))
        case .terminated?: desk.post(.gone("the gateway is being stopped"))
        case .recordingFailed?: desk.post(.gone("the session could not be recorded any more"))
        case nil: desk.post(.gone("the session's worker died"))
        default: desk.post(.gone("the connection to the target was lost"))
        }
    }
}
