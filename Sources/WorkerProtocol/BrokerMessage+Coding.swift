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
            writer.write(opening.heldBecause)
            list(opening.commandRules)
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
            let hold = try reader.read(limit: WireLimits.text)
            let rules = try list(limit: WireLimits.commandRule)
            let frameKey = try reader.read(limit: 32)
            let inputKey = try reader.read(limit: 32)
            self = .targetOpened(
                TargetOpening(
                    sessionID: sessionID, targetName: targetName, account: account, credential: credential,
                    hostKeys: hostKeys, algorithms: algorithms, passwordPrompt: prompt.isEmpty ? nil : prompt,
                    passesPrompts: passing == 1,
                    channelKinds: kinds, forwards: forwards, keystrokes: keystrokes, omitsFileContent: omission == 1,
                    limits: limits, heldBecause: hold, commandRules: rules,
                    frameKey: frameKey, inputKey: inputKey.isEmpty ? nil : inputKey,
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
