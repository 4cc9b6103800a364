/// What the broker tells a worker.
public enum BrokerMessage: Hashable, Sendable {
    /// The first message, unasked.
    case welcome(Welcome)
    /// The first message to a robot that fetches a target's host key; its client descriptor is the target's socket.
    case scan(HostKeyScan)
    case authentication(AuthenticationAnswer)
    /// A signature blob (RFC 4253 section 6.6), for the `signExchange` that the worker waits with.
    case exchangeSignature([UInt8])
    /// The target's password, for the `targetOpened` that follows. A message of its own, so that the worker can move
    /// it to locked memory with ``secret(in:)`` without ever making another copy.
    case targetPassword([UInt8])
    /// The answer to the target's question, moved as ``targetPassword(_:)`` is.
    case targetAnswer([UInt8])
    /// The vault has no answer to it.
    case targetUnanswered
    /// Comes with the descriptors of ``TargetDescriptor``, in that order.
    case targetOpened(TargetOpening)
    /// `line` is for the admin: one line, no line end.
    case targetRefused(line: [UInt8])
    /// The login name has no target: jumps may be asked for. `line` tells an admin who asked for a program how to say
    /// where to go.
    case targetMissing(line: [UInt8])
    /// Where the user may go.
    case destinations(DestinationList)
    /// Comes with one descriptor: a stream socket to the worker of the inner connection.
    case jumpOpened(number: UInt32)
    case jumpRefused(number: UInt32)
    /// A signed checkpoint record that the worker appends to the recording, between frames, as it is.
    case checkpoint(record: [UInt8])
    /// Answered by ``WorkerMessage/controlled(number:_:)`` with the same number.
    case control(number: UInt32, SessionControl)
    /// End now, after showing the line to the admin.
    case terminate(line: [UInt8])
    /// Show the line at the admin's terminals, now or once there is one.
    case notice(line: [UInt8])
    /// The first message to a robot that runs programs for the gateway; its client descriptor is the target's socket.
    case operate(RobotStart)
    /// To a robot that is logged in and runs nothing.
    case runProgram(ProgramRequest)
    /// For the program, at most ``WireLimits/programPiece`` bytes.
    case programInput([UInt8])
    /// As ``programInput(_:)``, for what may stand in no recording. Moved as ``targetPassword(_:)`` is.
    case programSecret([UInt8])
    /// The program gets no more input.
    case programInputEnd
    /// There is nothing more to run: log out.
    case dismiss
    /// What an order is to show, for the `orderAnswered` that follows. Moved as ``targetPassword(_:)`` is.
    case orderSecret([UInt8])
    case orderAnswered(DeskAnswer)
    /// Before the target is opened. Answered by ``WorkerMessage/gatewayAnswer(_:)``, unless something replaces it first.
    case gatewayQuestion(GatewayQuestion)
}

/// What a worker needs to meet a client.
public struct Welcome: Hashable, Sendable {
    /// The gateway's public host keys, each a blob (RFC 4253 section 6.6).
    public var hostKeys: [[UInt8]]
    /// Shown before authentication; empty for none.
    public var banner: [UInt8]
    /// Seconds until an unauthenticated connection ends.
    public var loginGraceSeconds: UInt32
    /// Seconds that a menu, or a question of a target, waits for a key.
    public var answerSeconds: UInt32
    /// The unprivileged user and group to become; 0 keeps the present ones.
    public var userID: UInt32
    public var groupID: UInt32

    public init(
        hostKeys: [[UInt8]], banner: [UInt8], loginGraceSeconds: UInt32, answerSeconds: UInt32, userID: UInt32,
        groupID: UInt32
    ) {
        self.hostKeys = hostKeys
        self.banner = banner
        self.loginGraceSeconds = loginGraceSeconds
        self.answerSeconds = answerSeconds
        self.userID = userID
        self.groupID = groupID
    }
}

/// What a robot needs to fetch one host key.
public struct HostKeyScan: Hashable, Sendable {
    /// The SSH name of the key type to ask for.
    public var keyType: [UInt8]
    public var algorithms: TargetAlgorithms
    /// As in ``Welcome``.
    public var userID: UInt32
    public var groupID: UInt32

    public init(keyType: [UInt8], algorithms: TargetAlgorithms, userID: UInt32, groupID: UInt32) {
        self.keyType = keyType
        self.algorithms = algorithms
        self.userID = userID
        self.groupID = groupID
    }
}

/// The descriptors that come with `targetOpened`, in this order.
public enum TargetDescriptor: Int, CaseIterable, Sendable {
    /// Write-only, append-only.
    case recording
    /// The connected TCP socket to the target.
    case target
    /// A stream socket that speaks the SSH agent protocol. Not with ``TargetCredential/password``.
    case agent
}

public enum TargetCredential: UInt8, Hashable, Sendable, CaseIterable {
    /// Sign through the agent descriptor.
    case agent = 1
    /// The one that ``BrokerMessage/targetPassword(_:)`` brought.
    case password = 2
    /// As ``agent``, with a certificate in place of a key.
    case certificate = 3
}

/// The kinds of channel that a grant permits.
public struct ChannelKinds: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let shell = ChannelKinds(rawValue: 1 << 0)
    public static let exec = ChannelKinds(rawValue: 1 << 1)
    public static let sftp = ChannelKinds(rawValue: 1 << 2)
    public static let scp = ChannelKinds(rawValue: 1 << 3)
    public static let localForward = ChannelKinds(rawValue: 1 << 4)
    public static let remoteForward = ChannelKinds(rawValue: 1 << 5)
    public static let agent = ChannelKinds(rawValue: 1 << 6)
    public static let x11 = ChannelKinds(rawValue: 1 << 7)
    /// Terminals are refused, whatever else is permitted.
    public static let withoutTerminal = ChannelKinds(rawValue: 1 << 8)
}

/// What of a client's input the recording may hold.
public enum KeystrokePolicy: UInt8, Hashable, Sendable, CaseIterable {
    case all = 1
    /// All but what is typed while the terminal does not echo.
    case maskSecrets = 2
    /// Nothing but the number of bytes.
    case none = 3
}

/// Everything that a worker learns of a session.
public struct TargetOpening: Hashable, Sendable {
    /// The session's id, for messages to people.
    public var sessionID: [UInt8]
    /// The target's name, for messages to people.
    public var targetName: [UInt8]
    /// The account to log in as.
    public var account: [UInt8]
    public var credential: TargetCredential
    /// Accepted host keys, each `type base64`.
    public var hostKeys: [[UInt8]]
    public var algorithms: TargetAlgorithms
    /// Which prompts get the password; nil for the usual ones, see ``PasswordPrompt``.
    public var passwordPrompt: [UInt8]?
    /// Questions of the target's login that no stored answer fits go to the user; else they end the login.
    public var passesPrompts: Bool
    public var channelKinds: ChannelKinds
    /// Where forwarded connections may go, or be listened for.
    public var forwards: [ForwardPermission]
    public var keystrokes: KeystrokePolicy
    /// The content of files that sftp and scp move stays out of the recording.
    public var omitsFileContent: Bool
    public var limits: SessionLimits
    /// The key of the recording's frames, 32 bytes.
    public var frameKey: [UInt8]
    /// The key of the frames of its input track, 32 bytes; nil if it has none.
    public var inputKey: [UInt8]?
    /// The session's start on the monotonic clock, in nanoseconds: time zero of the recording.
    public var startNanoseconds: UInt64
    /// Bytes of the recording that the broker has written.
    public var recordedBytes: UInt64

    public init(
        sessionID: [UInt8], targetName: [UInt8], account: [UInt8], credential: TargetCredential, hostKeys: [[UInt8]],
        algorithms: TargetAlgorithms, passwordPrompt: [UInt8]?, passesPrompts: Bool = false,
        channelKinds: ChannelKinds,
        forwards: [ForwardPermission] = [], keystrokes: KeystrokePolicy, omitsFileContent: Bool,
        limits: SessionLimits = .none, frameKey: [UInt8],
        inputKey: [UInt8]? = nil, startNanoseconds: UInt64, recordedBytes: UInt64
    ) {
        self.sessionID = sessionID
        self.targetName = targetName
        self.account = account
        self.credential = credential
        self.hostKeys = hostKeys
        self.algorithms = algorithms
        self.passwordPrompt = passwordPrompt
        self.passesPrompts = passesPrompts
        self.channelKinds = channelKinds
        self.forwards = forwards
        self.keystrokes = keystrokes
        self.omitsFileContent = omitsFileContent
        self.limits = limits
        self.frameKey = frameKey
        self.inputKey = inputKey
        self.startNanoseconds = startNanoseconds
        self.recordedBytes = recordedBytes
    }
}

extension BrokerMessage {
    private enum Kind: UInt8 {
        case welcome = 1
        case authentication, targetPassword, targetOpened, targetRefused, checkpoint, terminate
        case scan
        case targetMissing, jumpOpened, jumpRefused, destinations
        case exchangeSignature
        case targetAnswer, targetUnanswered
        case control
        case notice
        case operate = 32
        case runProgram, programInput, programSecret, programInputEnd, dismiss
        case orderSecret, orderAnswered
        case gatewayQuestion = 48
    }

    public var encoded: [UInt8] {
        var writer = WireWriter()
        func begin(_ kind: Kind) { writer.write(kind.rawValue) }
        func list(_ items: [[UInt8]]) {
            writer.write(UInt32(items.count))
            for item in items { writer.write(item) }
        }
        switch self {
        case .welcome(let welcome):
            begin(.welcome)
            list(welcome.hostKeys)
            writer.write(welcome.banner)
            writer.write(welcome.loginGraceSeconds)
            writer.write(welcome.answerSeconds)
            writer.write(welcome.userID)
            writer.write(welcome.groupID)
        case .scan(let scan):
            begin(.scan)
            writer.write(scan.keyType)
            writer.write(Array(scan.algorithms.text.utf8))
            writer.write(scan.userID)
            writer.write(scan.groupID)
        case .authentication(let answer):
            begin(.authentication)
            answer.write(to: &writer)
        case .exchangeSignature(let signature):
            begin(.exchangeSignature)
            writer.write(signature)
        case .targetPassword(let password):
            begin(.targetPassword)
            writer.write(password)
        case .targetAnswer(let answer):
            begin(.targetAnswer)
            writer.write(answer)
        case .targetUnanswered: begin(.targetUnanswered)
        case .targetOpened(let opening):
            begin(.targetOpened)
            writer.write(opening.credential.rawValue)
            writer.write(opening.sessionID)
            writer.write(opening.targetName)
            writer.write(opening.account)
            list(opening.hostKeys)
            writer.write(Array(opening.algorithms.text.utf8))
            // No pattern is empty.
            writer.write(opening.passwordPrompt ?? [])
            writer.write(UInt8(opening.passesPrompts ? 1 : 0))
            writer.write(opening.channelKinds.rawValue)
            writer.write(UInt32(opening.forwards.count))
            for permission in opening.forwards { permission.write(to: &writer) }
            writer.write(opening.keystrokes.rawValue)
            writer.write(UInt8(opening.omitsFileContent ? 1 : 0))
            opening.limits.write(to: &writer)
            writer.write(opening.frameKey)
            // No key is empty.
            writer.write(opening.inputKey ?? [])
            writer.write(opening.startNanoseconds)
            writer.write(opening.recordedBytes)
        case .targetRefused(let line):
            begin(.targetRefused)
            writer.write(line)
        case .targetMissing(let line):
            begin(.targetMissing)
            writer.write(line)
        case .destinations(let list):
            begin(.destinations)
            writer.write(UInt32(list.entries.count))
            for entry in list.entries { writer.write(entry) }
            writer.write(list.unlisted)
        case .jumpOpened(let number):
            begin(.jumpOpened)
            writer.write(number)
        case .jumpRefused(let number):
            begin(.jumpRefused)
            writer.write(number)
        case .checkpoint(let record):
            begin(.checkpoint)
            writer.write(record)
        case .control(let number, let control):
            begin(.control)
            writer.write(number)
            control.write(to: &writer)
        case .terminate(let line):
            begin(.terminate)
            writer.write(line)
        case .notice(let line):
            begin(.notice)
            writer.write(line)
        case .operate(let start):
            begin(.operate)
            writer.write(start.userID)
            writer.write(start.groupID)
        case .runProgram(let request):
            begin(.runProgram)
            request.write(to: &writer)
        case .programInput(let bytes):
            begin(.programInput)
            writer.write(bytes)
        case .programSecret(let bytes):
            begin(.programSecret)
            writer.write(bytes)
        case .programInputEnd: begin(.programInputEnd)
        case .dismiss: begin(.dismiss)
        case .orderSecret(let bytes):
            begin(.orderSecret)
            writer.write(bytes)
        case .orderAnswered(let answer):
            begin(.orderAnswered)
            writer.write(answer.text)
            writer.write(answer.status)
        case .gatewayQuestion(let question):
            begin(.gatewayQuestion)
            writer.write(question)
        }
        return writer.bytes
    }

    /// - throws: ``WireError``.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        func list(limit: Int) throws(WireError) -> [[UInt8]] {
            let count = try reader.readCount(limit: WireLimits.keys)
            var items: [[UInt8]] = []
            for _ in 0..<count { items.append(try reader.read(limit: limit)) }
            return items
        }
        func algorithms() throws(WireError) -> TargetAlgorithms {
            let text = String(decoding: try reader.read(limit: TargetAlgorithms.maximumTextBytes), as: UTF8.self)
            guard let algorithms = try? TargetAlgorithms(text) else { throw .unknownKind }
            return algorithms
        }
        guard let kind = Kind(rawValue: try reader.read(UInt8.self)) else { throw .unknownKind }
        switch kind {
        case .welcome:
            self = .welcome(
                Welcome(
                    hostKeys: try list(limit: WireLimits.publicKey), banner: try reader.read(limit: WireLimits.text),
                    loginGraceSeconds: try reader.read(UInt32.self), answerSeconds: try reader.read(UInt32.self),
                    userID: try reader.read(UInt32.self), groupID: try reader.read(UInt32.self)))
        case .scan:
            self = .scan(
                HostKeyScan(
                    keyType: try reader.read(limit: WireLimits.text), algorithms: try algorithms(),
                    userID: try reader.read(UInt32.self), groupID: try reader.read(UInt32.self)))
        case .authentication:
            self = .authentication(try AuthenticationAnswer(from: &reader))
        case .exchangeSignature: self = .exchangeSignature(try reader.read(limit: WireLimits.signature))
        case .targetPassword: self = .targetPassword(try reader.read(limit: WireLimits.password))
        case .targetAnswer: self = .targetAnswer(try reader.read(limit: WireLimits.password))
        case .targetUnanswered: self = .targetUnanswered
        case .targetOpened:
            guard let credential = TargetCredential(rawValue: try reader.read(UInt8.self)) else { throw .unknownKind }
            let sessionID = try reader.read(limit: WireLimits.text)
            let targetName = try reader.read(limit: WireLimits.text)
            let account = try reader.read(limit: WireLimits.text)
            let hostKeys = try list(limit: WireLimits.publicKey)
            let algorithms = try algorithms()
            let prompt = try reader.read(limit: WireLimits.text)
            let passing = try reader.read(UInt8.self)
            let kinds = ChannelKinds(rawValue: try reader.read(UInt32.self))
            var forwards: [ForwardPermission] = []
            for _ in 0..<(try reader.readCount(limit: WireLimits.forwards)) {
                forwards.append(try ForwardPermission(from: &reader))
            }
            guard let keystrokes = KeystrokePolicy(rawValue: try reader.read(UInt8.self)) else { throw .unknownKind }
            let omission = try reader.read(UInt8.self)
            guard omission <= 1, passing <= 1 else { throw .unknownKind }
            let limits = try SessionLimits(from: &reader)
            let frameKey = try reader.read(limit: 32)
            let inputKey = try reader.read(limit: 32)
            self = .targetOpened(
                TargetOpening(
                    sessionID: sessionID, targetName: targetName, account: account, credential: credential,
                    hostKeys: hostKeys, algorithms: algorithms, passwordPrompt: prompt.isEmpty ? nil : prompt,
                    passesPrompts: passing == 1,
                    channelKinds: kinds, forwards: forwards, keystrokes: keystrokes, omitsFileContent: omission == 1,
                    limits: limits, frameKey: frameKey, inputKey: inputKey.isEmpty ? nil : inputKey,
                    startNanoseconds: try reader.read(UInt64.self), recordedBytes: try reader.read(UInt64.self)))
        case .targetRefused: self = .targetRefused(line: try reader.read(limit: WireLimits.text))
        case .targetMissing: self = .targetMissing(line: try reader.read(limit: WireLimits.text))
        case .destinations: self = .destinations(try reader.readDestinations())
        case .jumpOpened: self = .jumpOpened(number: try reader.read(UInt32.self))
        case .jumpRefused: self = .jumpRefused(number: try reader.read(UInt32.self))
        case .checkpoint: self = .checkpoint(record: try reader.read(limit: WireLimits.message))
        case .control:
            self = .control(number: try reader.read(UInt32.self), try SessionControl(from: &reader))
        case .terminate: self = .terminate(line: try reader.read(limit: WireLimits.text))
        case .notice: self = .notice(line: try reader.read(limit: WireLimits.text))
        case .operate:
            self = .operate(
                RobotStart(userID: try reader.read(UInt32.self), groupID: try reader.read(UInt32.self)))
        case .runProgram: self = .runProgram(try ProgramRequest(from: &reader))
        case .programInput: self = .programInput(try reader.read(limit: WireLimits.programPiece))
        case .programSecret: self = .programSecret(try reader.read(limit: WireLimits.password))
        case .programInputEnd: self = .programInputEnd
        case .dismiss: self = .dismiss
        case .orderSecret: self = .orderSecret(try reader.read(limit: WireLimits.password))
        case .orderAnswered:
            self = .orderAnswered(
                DeskAnswer(text: try reader.read(limit: WireLimits.text), status: try reader.read(UInt32.self)))
        case .gatewayQuestion: self = .gatewayQuestion(try reader.readGatewayQuestion())
        }
        try reader.finish()
    }

    /// What the secret of an encoded message is for.
    public enum Secret: Hashable, Sendable {
        case password
        case answer
        /// For a robot's program.
        case program
        /// For a user who asked the gateway itself.
        case order
    }

    /// Where the secret lies in an encoded ``targetPassword(_:)``, ``targetAnswer(_:)``, ``programSecret(_:)`` or
    /// ``orderSecret(_:)``; nil for any other message.
    public static func secret(in bytes: [UInt8]) -> (kind: Secret, range: Range<Int>)? {
        guard bytes.count >= 5 else { return nil }
        return switch bytes.first.flatMap(Kind.init) {
        case .targetPassword: (.password, 5..<bytes.count)
        case .targetAnswer: (.answer, 5..<bytes.count)
        case .programSecret: (.program, 5..<bytes.count)
        case .orderSecret: (.order, 5..<bytes.count)
        default: nil
        }
    }
}
