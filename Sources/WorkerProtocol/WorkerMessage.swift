/// What a worker tells or asks its broker.
public enum WorkerMessage: Hashable, Sendable {
    /// A step of the client's authentication. Answered by ``BrokerMessage/authentication(_:)``.
    case authenticate(AuthenticationAttempt)
    /// Asks for the gateway's signature of a key exchange with the client, the first or a later one. One at a time.
    /// Answered by ``BrokerMessage/exchangeSignature(_:)``.
    case signExchange(ExchangeToSign)
    /// Asks for the target that the login name means. Answered by `targetOpened` or `targetRefused`.
    case openTarget
    /// Asks for a way to the SSH port of a target, for a connection whose login name has no target. Answered by
    /// `jumpOpened` or `jumpRefused`.
    case openJump(Jump)
    /// Asks where the user may go, for a menu on a connection whose login name has no target. Answered by
    /// `destinations`.
    case listDestinations
    /// Asks for this target, on such a connection. Answered as ``openTarget`` is.
    case chooseTarget(Destination)
    /// How the way to the target is going.
    case target(TargetReport)
    /// A question of the target's login. Answered by `targetAnswer` or `targetUnanswered`.
    case targetQuestion(TargetQuestion)
    /// So many bytes of the recording are written, by `write(2)`, in whole records. Sent when
    /// ``GrowthNotices`` says so, so that the broker can hash, sign, and sync them.
    case recorded(bytes: UInt64)
    /// Something of a channel that the audit log should know.
    case channel(ChannelReport)
    /// A command, or a line at a shell, fits a rule.
    case command(CommandReport)
    /// One that waits for a supervisor will not be run, whatever is decided.
    case commandWithdrawn(number: UInt32)
    /// A robot's finding: the host key that the target presented and proved, as `type base64`.
    case hostKey([UInt8])
    /// What has become of ``BrokerMessage/control(number:_:)``.
    case controlled(number: UInt32, ControlOutcome)
    /// The admin has acknowledged the message with this number.
    case acknowledged(number: UInt32)
    /// A user asks the gateway itself, on a connection whose login name has no target. One at a time. Answered by
    /// `orderAnswered`.
    case order(DeskOrder)
    /// What has come of a ``BrokerMessage/gatewayQuestion(_:)``.
    case gatewayAnswer(GatewayAnswer)
    /// Something that a robot's program said: 1 to ``WireLimits/programPiece`` bytes, in order.
    case programOutput(ProgramStream, [UInt8])
    /// A robot's program has ended, and all that it said was sent.
    case programEnded(ProgramOutcome)
    /// The last message: how it ended. The worker exits after it.
    case ended(WorkerEnding)
}

/// A jump: the inner SSH connection of `ssh -J`.
public struct Jump: Hashable, Sendable {
    /// The worker's own number for it, which the answer repeats.
    public var number: UInt32
    /// Where the client wants to go, as it said.
    public var host: [UInt8]
    public var port: UInt16

    public init(number: UInt32, host: [UInt8], port: UInt16) {
        self.number = number
        self.host = host
        self.port = port
    }
}

/// How the way to the target is going.
public enum TargetReport: Hashable, Sendable {
    /// The target's host key is none of the pinned ones; nothing was sent. `presented` is `type base64`.
    case hostKeyMismatch(presented: [UInt8])
    /// `reason` is for people: one line, in which the target's own words are made printable. Empty for the usual one.
    case credentialRefused(reason: [UInt8])
    /// The SSH connection failed before authentication. `reason` is libssh's words.
    case connectionFailed(reason: [UInt8])
    /// Authenticated: channels are being relayed.
    case ready
}

/// How a worker's session ended, as the worker saw it.
public struct WorkerEnding: Hashable, Sendable {
    public enum Cause: UInt8, Hashable, Sendable, CaseIterable {
        case clientClosed = 1
        case targetClosed = 2
        case recordingFailed = 3
        case refused = 4
        case authenticationTimedOut = 5
        case protocolError = 6
        case terminated = 7
        case notAuthenticated = 8
        case scanned = 9
        /// No target was asked for within the grace time.
        case idle = 10
        /// There was no sign of the user for as long as the grant permits.
        case idleLimit = 11
        /// A robot was dismissed.
        case dismissed = 12
    }

    public var cause: Cause
    /// The value of `errno` for `recordingFailed`, else 0.
    public var code: UInt32
    /// libssh's words, for the broker's log.
    public var detail: [UInt8]
    /// Payload bytes relayed from the client and to the client.
    public var bytesIn: UInt64
    public var bytesOut: UInt64

    public init(cause: Cause, code: UInt32 = 0, detail: [UInt8] = [], bytesIn: UInt64 = 0, bytesOut: UInt64 = 0) {
        self.cause = cause
        self.code = code
        self.detail = detail
        self.bytesIn = bytesIn
        self.bytesOut = bytesOut
    }
}

extension WorkerMessage {
    private enum Kind: UInt8 {
        case none = 1
        case publicKeyOffer, publicKeyProof, password, openTarget
        case hostKeyMismatch, credentialRefused, connectionFailed, ready
        case recorded, ended, hostKey, openJump
        case channel
        case listDestinations, chooseTarget
        case keyboardInteractive, answers
        case signExchange
        case targetQuestion
        case controlled, acknowledged
        case programOutput = 32
        case programEnded
        case order
        case command, commandWithdrawn
        case gatewayAnswered = 48
        case gatewayLeft, gatewayNoTerminal
    }

    /// The message as bytes, at most ``WireLimits/message`` long when every field is within its limit.
    public var encoded: [UInt8] {
        var writer = WireWriter()
        func begin(_ kind: Kind) { writer.write(kind.rawValue) }
        switch self {
        case .authenticate(let attempt):
            switch attempt.method {
            case .none: begin(.none)
            case .publicKeyOffer: begin(.publicKeyOffer)
            case .publicKeyProof: begin(.publicKeyProof)
            case .password: begin(.password)
            case .keyboardInteractive: begin(.keyboardInteractive)
            case .answers: begin(.answers)
            }
            attempt.writeFields(to: &writer)
        case .signExchange(let exchange):
            begin(.signExchange)
            exchange.write(to: &writer)
        case .openTarget: begin(.openTarget)
        case .openJump(let jump):
            begin(.openJump)
            writer.write(jump.number)
            writer.write(jump.host)
            writer.write(jump.port)
        case .listDestinations: begin(.listDestinations)
        case .chooseTarget(let destination):
            begin(.chooseTarget)
            writer.write(destination)
        case .target(.hostKeyMismatch(let presented)):
            begin(.hostKeyMismatch)
            writer.write(presented)
        case .target(.credentialRefused(let reason)):
            begin(.credentialRefused)
            writer.write(reason)
        case .target(.connectionFailed(let reason)):
            begin(.connectionFailed)
            writer.write(reason)
        case .target(.ready): begin(.ready)
        case .targetQuestion(let question):
            begin(.targetQuestion)
            writer.write(question.text)
            writer.write(UInt8(question.echo ? 1 : 0))
        case .recorded(let bytes):
            begin(.recorded)
            writer.write(bytes)
        case .channel(let report):
            begin(.channel)
            report.write(to: &writer)
        case .hostKey(let key):
            begin(.hostKey)
            writer.write(key)
        case .controlled(let number, let outcome):
            begin(.controlled)
            writer.write(number)
            writer.write(outcome.rawValue)
        case .acknowledged(let number):
            begin(.acknowledged)
            writer.write(number)
        case .order(let order):
            begin(.order)
            writer.write(order.command)
            writer.write(UInt8(order.hasTerminal ? 1 : 0))
        case .gatewayAnswer(.answered(let line)):
            begin(.gatewayAnswered)
            writer.write(line)
        case .gatewayAnswer(.left): begin(.gatewayLeft)
        case .gatewayAnswer(.noTerminal): begin(.gatewayNoTerminal)
        case .command(let report):
            begin(.command)
            report.write(to: &writer)
        case .commandWithdrawn(let number):
            begin(.commandWithdrawn)
            writer.write(number)
        case .programOutput(let stream, let bytes):
            begin(.programOutput)
            writer.write(stream.rawValue)
            writer.write(bytes)
        case .programEnded(let outcome):
            begin(.programEnded)
            outcome.write(to: &writer)
        case .ended(let ending):
            begin(.ended)
            writer.write(ending.cause.rawValue)
            writer.write(ending.code)
            writer.write(ending.detail)
            writer.write(ending.bytesIn)
            writer.write(ending.bytesOut)
        }
        return writer.bytes
    }

    /// Reads one whole message.
    /// - throws: ``WireError``; the sender is then not to be trusted.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        guard let kind = Kind(rawValue: try reader.read(UInt8.self)) else { throw .unknownKind }
        switch kind {
        case .none, .publicKeyOffer, .publicKeyProof, .password, .keyboardInteractive, .answers:
            let login = try reader.read(limit: WireLimits.login)
            let method: AuthenticationAttempt.Method =
                switch kind {
                case .publicKeyOffer: .publicKeyOffer(try PublicKeyClaim(from: &reader))
                case .publicKeyProof:
                    .publicKeyProof(
                        try PublicKeyClaim(from: &reader), signature: try reader.read(limit: WireLimits.signature))
                case .password: .password(try reader.read(limit: WireLimits.password))
                case .keyboardInteractive: .keyboardInteractive
                case .answers: .answers(try reader.readAnswers())
                default: .none
                }
            self = .authenticate(AuthenticationAttempt(login: login, method: method))
        case .signExchange: self = .signExchange(try ExchangeToSign(from: &reader))
        case .openTarget: self = .openTarget
        case .openJump:
            self = .openJump(
                Jump(
                    number: try reader.read(UInt32.self), host: try reader.read(limit: WireLimits.host),
                    port: try reader.read(UInt16.self)))
        case .listDestinations: self = .listDestinations
        case .chooseTarget: self = .chooseTarget(try reader.readDestination())
        case .hostKeyMismatch:
            self = .target(.hostKeyMismatch(presented: try reader.read(limit: WireLimits.publicKey)))
        case .credentialRefused: self = .target(.credentialRefused(reason: try reader.read(limit: WireLimits.text)))
        case .connectionFailed: self = .target(.connectionFailed(reason: try reader.read(limit: WireLimits.text)))
        case .ready: self = .target(.ready)
        case .targetQuestion:
            let text = try reader.read(limit: WireLimits.question)
            let echo = try reader.read(UInt8.self)
            guard echo <= 1 else { throw .unknownKind }
            self = .targetQuestion(TargetQuestion(text: text, echo: echo == 1))
        case .recorded: self = .recorded(bytes: try reader.read(UInt64.self))
        case .channel: self = .channel(try ChannelReport(from: &reader))
        case .hostKey: self = .hostKey(try reader.read(limit: WireLimits.publicKey))
        case .controlled:
            let number = try reader.read(UInt32.self)
            guard let outcome = ControlOutcome(rawValue: try reader.read(UInt8.self)) else { throw .unknownKind }
            self = .controlled(number: number, outcome)
        case .acknowledged: self = .acknowledged(number: try reader.read(UInt32.self))
        case .order:
            let command = try reader.read(limit: WireLimits.text)
            let terminal = try reader.read(UInt8.self)
            guard terminal <= 1 else { throw .unknownKind }
            self = .order(DeskOrder(command: command, hasTerminal: terminal == 1))
        case .gatewayAnswered: self = .gatewayAnswer(.answered(try reader.read(limit: WireLimits.password)))
        case .gatewayLeft: self = .gatewayAnswer(.left)
        case .gatewayNoTerminal: self = .gatewayAnswer(.noTerminal)
        case .programOutput:
            guard let stream = ProgramStream(rawValue: try reader.read(UInt8.self)) else { throw .unknownKind }
            self = .programOutput(stream, try reader.read(limit: WireLimits.programPiece))
        case .command: self = .command(try CommandReport(from: &reader))
        case .commandWithdrawn: self = .commandWithdrawn(number: try reader.read(UInt32.self))
        case .programEnded: self = .programEnded(try ProgramOutcome(from: &reader))
        case .ended:
            guard let cause = WorkerEnding.Cause(rawValue: try reader.read(UInt8.self)) else { throw .unknownKind }
            self = .ended(
                WorkerEnding(
                    cause: cause, code: try reader.read(UInt32.self), detail: try reader.read(limit: WireLimits.text),
                    bytesIn: try reader.read(UInt64.self), bytesOut: try reader.read(UInt64.self)))
        }
        try reader.finish()
    }
}
