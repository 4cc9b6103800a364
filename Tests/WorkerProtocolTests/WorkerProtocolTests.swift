import Testing

@testable import WorkerProtocol

@Suite("Messages between worker and broker")
struct WireTests {
    static let authenticating = WorkerMessage.authenticate(
        AuthenticationAttempt(login: [], method: .publicKeyProof(claim, signature: [7])))
    private static let claim = PublicKeyClaim(algorithm: Array("ssh-ed25519".utf8), blob: [1, 2, 3])

    /// Of the length that SHA-512 or SHA-256 gives.
    static func exchange(_ algorithm: HostKeyAlgorithm, bytes: Int = 32) -> WorkerMessage? {
        ExchangeToSign(algorithm: algorithm, hash: (0..<bytes).map { UInt8($0) }).map { .signExchange($0) }
    }

    static let workerMessages: [WorkerMessage] =
        HostKeyAlgorithm.allCases.compactMap { exchange($0) } + [exchange(.ed25519, bytes: 64)].compactMap { $0 } + rest

    private static let rest: [WorkerMessage] = [
        .authenticate(AuthenticationAttempt(login: Array("alice@ops@web1".utf8), method: .none)),
        .authenticate(AuthenticationAttempt(login: [0xff, 0], method: .publicKeyOffer(claim))),
        .authenticate(AuthenticationAttempt(login: [], method: .publicKeyProof(claim, signature: [6, 7]))),
        .authenticate(AuthenticationAttempt(login: [65], method: .keyboardInteractive)),
        .authenticate(AuthenticationAttempt(login: [65], method: .answers([[1], [], [2, 3]]))),
        .authenticate(AuthenticationAttempt(login: [65], method: .password([0, 1, 255]))),
        .openJump(Jump(number: 7, host: Array("web1".utf8), port: 22)),
        .listDestinations, .chooseTarget(Destination(account: [], target: Array("web1".utf8))),
        .openTarget, .target(.ready), .target(.credentialRefused(reason: [2])),
        .target(.hostKeyMismatch(presented: [1])),
        .targetQuestion(TargetQuestion(text: [67, 58], echo: true)),
        .targetQuestion(TargetQuestion(text: [], echo: false)),
        .controlled(number: 0, .done), .controlled(number: .max, .noTerminal), .acknowledged(number: 3),
        .command(CommandReport(number: 1, rule: 31, line: [0, 27, 255], isCommand: true)),
        .command(CommandReport(number: .max, rule: 0, line: [], isCommand: false)), .commandWithdrawn(number: 2),
        .target(.connectionFailed(reason: [2])), .recorded(bytes: .max), .hostKey([7]),
        .channel(.refused(channel: [1], place: [2, 3], cause: .tooMany)), .channel(.nestedSSH(place: [4], cut: true)),
        .channel(.nestedSSH(place: [], cut: false)),
        .order(DeskOrder(command: [1], hasTerminal: true)), .order(DeskOrder(command: [], hasTerminal: false)),
        .programOutput(.output, [1, 2]), .programOutput(.errors, [3]), .programEnded(.exited(7)),
        .programEnded(.signalled(name: [75])), .programEnded(.refused), .programEnded(.lost), .programEnded(.tooLong),
        .ended(WorkerEnding(cause: .recordingFailed, code: 28, detail: [9], bytesIn: 1, bytesOut: .max)),
    ]

    static let brokerMessages: [BrokerMessage] = [
        .welcome(
            Welcome(
                hostKeys: [[1], [], [2, 3]], banner: [4], loginGraceSeconds: 5, answerSeconds: 8, userID: 6, groupID: 7)
        ),
        .scan(HostKeyScan(keyType: [1], algorithms: .legacy, userID: 2, groupID: 3)), .authentication(.accepted),
        .authentication(.denied(canContinue: [.keyboardInteractive], partially: true)),
        .authentication(.denied(canContinue: .all, partially: false)), .authentication(.disconnect),
        .authentication(
            .ask(
                AuthenticationPrompts(
                    instruction: [1], prompts: [.init(text: [2], echo: true), .init(text: [], echo: false)]))),
        .exchangeSignature([1, 2, 3]),
        .targetPassword([1, 2]), .targetAnswer([3]), .targetUnanswered, .targetOpened(opening(.certificate)),
        .targetOpened(opening(.agent)), .targetOpened(opening(.password)),
        .control(number: 1, .lock(by: [1], reason: [2])), .control(number: .max, .unlock(by: [1])),
        .control(number: 2, .message(from: [1], text: [], mustAcknowledge: false)),
        .control(number: 3, .message(from: [], text: [3], mustAcknowledge: true)),
        .control(number: 4, .watcherJoined(name: [1], isShown: true)),
        .control(number: 5, .watcherJoined(name: [1], isShown: false)),
        .control(number: 6, .watcherLeft(name: [1], isShown: true)),
        .control(number: 7, .watcherLeft(name: [1], isShown: false)), .control(number: 8, .hold(reason: [2])),
        .control(number: 9, .release(by: [3])),
        .control(number: 10, .decide(command: 0x0403_0201, approved: true, by: [1])),
        .control(number: 11, .decide(command: .max, approved: false, by: [])),
        .control(number: 12, .typed(by: [1], keys: [13, 27])),
        .targetRefused(line: [1]), .targetMissing(line: [2]), .jumpOpened(number: 3), .jumpRefused(number: .max),
        .destinations(DestinationList([])),
        .destinations(DestinationList([Destination(account: [1], target: [2, 3])])),
        .checkpoint(record: [1, 2]), .terminate(line: []), .notice(line: [9]),
        .operate(RobotStart(userID: 1, groupID: 2)), .runProgram(ProgramRequest(command: [1])),
        .runProgram(ProgramRequest(command: [2], wantsTerminal: true)), .programInput([1, 2]), .programSecret([3]),
        .programInputEnd, .dismiss, .orderSecret([4]), .orderAnswered(DeskAnswer(text: [1], status: 2)),
    ]

    static func opening(_ credential: TargetCredential) -> TargetOpening {
        TargetOpening(
            sessionID: [1], targetName: [2], account: [3], credential: credential, hostKeys: [[4], [5]],
            algorithms: credential == .agent ? .modern : .legacy,
            passwordPrompt: credential == .agent ? nil : [6],
            passesPrompts: credential == .agent, channelKinds: [.shell, .sftp],
            forwards: [
                ForwardPermission(
                    direction: .local, host: .any, firstPort: 0, lastPort: .max, allowsNestedSSH: false),
                ForwardPermission(
                    direction: .remote, host: .pattern([42, 46, 120]), firstPort: 22, lastPort: 23,
                    allowsNestedSSH: true),
                ForwardPermission(
                    direction: .local, host: .network(address: [10, 0, 0, 0], bits: 8), firstPort: 1, lastPort: 1,
                    allowsNestedSSH: false),
                ForwardPermission(
                    direction: .remote, host: .path([47, 42]), firstPort: 0, lastPort: 0, allowsNestedSSH: false),
            ], keystrokes: .none, omitsFileContent: credential == .agent,
            limits: credential == .agent
                ? .none
                : SessionLimits(
                    idleSeconds: 900, bytes: [ChannelByteLimit(kinds: [.sftp], direction: .download, bytes: 1 << 40)]),
            heldBecause: credential == .agent ? [] : [9], commandRules: credential == .agent ? [] : [[1], [2, 3]],
            frameKey: Array(repeating: 7, count: 32),
            inputKey: credential == .agent ? Array(repeating: 6, count: 32) : nil, startNanoseconds: 8,
            recordedBytes: 9)
    }

    @Test("every message reads back as it was written", arguments: workerMessages)
    func workerRoundTrip(message: WorkerMessage) throws {
        #expect(try WorkerMessage(decoding: message.encoded) == message)
    }

    @Test("every answer reads back as it was written", arguments: brokerMessages)
    func brokerRoundTrip(message: BrokerMessage) throws {
        #expect(try BrokerMessage(decoding: message.encoded) == message)
    }

    @Test("a message cut at any length, or with a byte too many, is refused", arguments: workerMessages)
    func cutOrLong(message: WorkerMessage) {
        let bytes = message.encoded
        for length in 0..<bytes.count {
            #expect(throws: WireError.self) { try WorkerMessage(decoding: Array(bytes.prefix(length))) }
        }
        #expect(throws: WireError.trailingBytes) { try WorkerMessage(decoding: bytes + [0]) }
    }

    @Test("a length over its limit is refused before anything is allocated")
    func overLimit() {
        let login = WorkerMessage.authenticate(
            AuthenticationAttempt(login: Array(repeating: 65, count: WireLimits.login), method: .none))
        #expect(throws: Never.self) { try WorkerMessage(decoding: login.encoded) }
        let longer = WorkerMessage.authenticate(
            AuthenticationAttempt(login: Array(repeating: 65, count: WireLimits.login + 1), method: .none))
        #expect(throws: WireError.overLimit) { try WorkerMessage(decoding: longer.encoded) }
        #expect(throws: WireError.overLimit) { try WorkerMessage(decoding: [1, 0xff, 0xff, 0xff, 0xff]) }
    }

    @Test("nothing but a hash of a key exchange can be asked to be signed")
    func hashLengths() throws {
        for length in 0...70 where length != 32 && length != 64 {
            #expect(Self.exchange(.ed25519, bytes: length) == nil)
            let head = try #require(Self.exchange(.ed25519)).encoded.prefix(2)
            let bytes = head + [UInt8(length), 0, 0, 0] + Array(repeating: 1, count: length)
            #expect(throws: WireError.self) { try WorkerMessage(decoding: Array(bytes)) }
        }
        #expect(HostKeyAlgorithm.allCases.allSatisfy { HostKeyAlgorithm(name: $0.name) == $0 })
        #expect(HostKeyAlgorithm(name: "ssh-rsa") == nil)
    }

    @Test("a list of destinations fits into a message, and counts what it leaves out")
    func destinations() throws {
        let long = Array(repeating: UInt8(65), count: 128)
        for (count, name) in [(0, long), (3, long), (2500, [65]), (2500, long)] {
            let list = DestinationList((0..<count).map { _ in Destination(account: name, target: name) })
            #expect(list.entries.count + Int(list.unlisted) == count)
            #expect(list.entries.count >= min(count, WireLimits.message / 300))
            let bytes = BrokerMessage.destinations(list).encoded
            #expect(bytes.count <= WireLimits.message)
            #expect(try BrokerMessage(decoding: bytes) == .destinations(list))
        }
    }

    @Test("a secret can be found in its message without decoding it")
    func secretRange() {
        let secret = Array("hunter2".utf8)
        for (message, kind) in [
            (BrokerMessage.targetPassword(secret), BrokerMessage.Secret.password), (.targetAnswer(secret), .answer),
        ] {
            let bytes = message.encoded
            let found = BrokerMessage.secret(in: bytes)
            #expect(found?.kind == kind)
            #expect(found.map { Array(bytes[$0.range]) } == secret)
        }
        #expect(BrokerMessage.secret(in: BrokerMessage.terminate(line: [1]).encoded) == nil)
        #expect(BrokerMessage.secret(in: BrokerMessage.targetUnanswered.encoded) == nil)
    }

    @Test("a worker answers controls that it was given, once each, and acknowledges what asks for it")
    func controls() {
        func relaying() -> WorkerPermissions {
            var permissions = WorkerPermissions()
            _ = permissions.received(.authenticate(AuthenticationAttempt(login: [], method: .none)))
            permissions.judged(accepted: true, proved: true)
            _ = permissions.received(.openTarget)
            permissions.opened()
            return permissions
        }
        var permissions = relaying()
        permissions.controlled(1, .lock(by: [], reason: []))
        permissions.controlled(2, .message(from: [], text: [], mustAcknowledge: true))
        #expect(permissions.received(.controlled(number: 2, .done)) == .serve)
        #expect(permissions.received(.controlled(number: 1, .done)) == .serve)
        #expect(permissions.received(.acknowledged(number: 2)) == .serve)
        #expect(permissions.received(.controlled(number: 1, .done)) != .serve)
        for message in [WorkerMessage.acknowledged(number: 1), .controlled(number: 9, .done)] {
            var permissions = relaying()
            permissions.controlled(1, .lock(by: [], reason: []))
            #expect(permissions.received(message) != .serve)
        }
    }

    @Test("one question at a time is asked, at the login only, and not without end")
    func questions() {
        let question = WorkerMessage.targetQuestion(TargetQuestion(text: Array("Code:".utf8), echo: false))
        func connecting() -> WorkerPermissions {
            var permissions = WorkerPermissions()
            _ = permissions.received(.authenticate(AuthenticationAttempt(login: [], method: .none)))
            permissions.judged(accepted: true, proved: true)
            _ = permissions.received(.openTarget)
            permissions.opened()
            return permissions
        }
        var twice = connecting()
        #expect(twice.received(question) == .serve)
        #expect(twice.received(question) != .serve)
        var many = connecting()
        for _ in 0..<WireLimits.questions {
            #expect(many.received(question) == .serve)
            many.answeredQuestion()
        }
        #expect(many.received(question) != .serve)
        var late = connecting()
        #expect(late.received(.target(.ready)) == .serve)
        #expect(late.received(question) != .serve)
    }

    @Test("random bytes never trap either reader")
    func randomBytes() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if !bytes.isEmpty { bytes[0] = UInt8.random(in: 0...18, using: &random) }
            _ = try? WorkerMessage(decoding: bytes)
            _ = try? BrokerMessage(decoding: bytes)
        }
    }
}

@Suite("Permissions of a worker")
struct PermissionTests {
    @Test(
        "before a credential is proved, only key exchanges, credentials and the end are served",
        arguments: WireTests.workerMessages)
    func beforeProof(message: WorkerMessage) {
        var permissions = WorkerPermissions()
        let served = permissions.received(message) == .serve
        switch message {
        // Nobody was asked.
        case .authenticate(AuthenticationAttempt(login: [65], method: .answers([[1], [], [2, 3]]))): #expect(!served)
        case .signExchange, .authenticate, .ended: #expect(served)
        default: #expect(!served)
        }
    }

    @Test("answers are served once for each question of the broker's, and a client may turn to something else")
    func answers() {
        let begin = WorkerMessage.authenticate(AuthenticationAttempt(login: [65], method: .keyboardInteractive))
        let answers = WorkerMessage.authenticate(AuthenticationAttempt(login: [65], method: .answers([[1]])))
        var permissions = WorkerPermissions()
        #expect(permissions.received(begin) == .serve)
        permissions.asked()
        var turning = permissions
        #expect(turning.received(begin) == .serve)
        #expect(permissions.received(answers) == .serve)
        permissions.judged(accepted: false, proved: false)
        var repeated = permissions
        #expect(repeated.received(answers) != .serve)
        var hasty = permissions
        #expect(hasty.received(.openTarget) != .serve)
        #expect(permissions.received(begin) == .serve)
    }

    @Test("an offered key that would be accepted does not authenticate")
    func offerIsNoProof() {
        var permissions = WorkerPermissions()
        _ = permissions.received(
            .authenticate(
                AuthenticationAttempt(
                    login: [0xff, 0], method: .publicKeyOffer(PublicKeyClaim(algorithm: [1], blob: [2])))))
        permissions.judged(accepted: true, proved: false)
        #expect(permissions.received(.openTarget) != .serve)
    }

    @Test("a target is asked for once, and only the broker opens it")
    func oneTarget() {
        var permissions = WorkerPermissions()
        _ = permissions.received(WireTests.authenticating)
        permissions.judged(accepted: true, proved: true)
        #expect(permissions.received(.openTarget) == .serve)
        var impatient = permissions
        #expect(impatient.received(.openTarget) != .serve)
        #expect(impatient.phase == .over)
        permissions.opened()
        #expect(permissions.received(.target(.ready)) == .serve)
        #expect(permissions.phase == .relaying)
        #expect(permissions.received(.openTarget) != .serve)
    }

    @Test("while a key exchange is signed nothing is served, and afterwards the connection is where it was")
    func signing() throws {
        let exchange = try #require(WireTests.exchange(.rsaSHA512))
        var permissions = WorkerPermissions()
        let steps: [(WorkerPermissions.Phase, (inout WorkerPermissions) -> Void)] = [
            (.authenticating, { _ in }),
            (
                .authenticated,
                {
                    _ = $0.received(WireTests.authenticating)
                    $0.judged(accepted: true, proved: true)
                }
            ), (.opening, { _ = $0.received(.openTarget) }), (.connecting, { $0.opened() }),
            (.relaying, { _ = $0.received(.target(.ready)) }),
        ]
        for (phase, step) in steps {
            step(&permissions)
            #expect(permissions.phase == phase)
            #expect(permissions.received(exchange) == .serve)
            #expect(permissions.phase == phase)
            for message in WireTests.workerMessages {
                var impatient = permissions
                #expect(impatient.received(message) != .serve)
                #expect(impatient.phase == .over)
            }
            permissions.signed()
        }
        _ = permissions.received(.ended(WorkerEnding(cause: .clientClosed)))
        #expect(permissions.received(exchange) != .serve)
        var robot = WorkerPermissions.scanning
        #expect(robot.received(exchange) != .serve)
    }

    @Test("before a login one key exchange is signed, after it any number")
    func exchangesBeforeLogin() throws {
        let exchange = try #require(WireTests.exchange(.ed25519))
        var permissions = WorkerPermissions()
        #expect(permissions.received(exchange) == .serve)
        permissions.signed()
        var hasty = permissions
        #expect(hasty.received(exchange) != .serve)
        _ = permissions.received(WireTests.authenticating)
        hasty = permissions
        #expect(hasty.received(exchange) != .serve)
        hasty = permissions
        hasty.judged(accepted: false, proved: true)
        #expect(hasty.received(exchange) != .serve)
        permissions.judged(accepted: true, proved: true)
        for _ in 0..<1000 {
            #expect(permissions.received(exchange) == .serve)
            permissions.signed()
        }
    }

    @Test("a worker that reports more than its share is killed")
    func talkative() {
        var permissions = WorkerPermissions()
        _ = permissions.received(WireTests.authenticating)
        permissions.judged(accepted: true, proved: true)
        _ = permissions.received(.openTarget)
        permissions.opened()
        let report = WorkerMessage.channel(.nestedSSH(place: [], cut: true))
        for _ in 0..<WireLimits.channelReports { #expect(permissions.received(report) == .serve) }
        let rule = WorkerMessage.command(CommandReport(number: 1, rule: 0, line: [], isCommand: true))
        for _ in 0..<WireLimits.commandReports { _ = permissions.received(rule) }
        #expect(permissions.phase != .over)
        var other = permissions
        #expect(other.received(rule) != .serve)
        #expect(permissions.received(report) != .serve)
        #expect(permissions.phase == .over)
    }

    @Test("a jump may be asked for only where the broker has found no target, and no target then")
    func jumps() {
        let jump = WorkerMessage.openJump(Jump(number: 1, host: [65], port: 22))
        var permissions = WorkerPermissions()
        _ = permissions.received(WireTests.authenticating)
        permissions.judged(accepted: true, proved: true)
        var hasty = permissions
        #expect(hasty.received(jump) != .serve)
        #expect(permissions.received(.openTarget) == .serve)
        var opened = permissions
        opened.opened()
        #expect(opened.received(jump) != .serve)
        permissions.foundNoTarget()
        #expect(permissions.received(jump) == .serve)
        #expect(permissions.received(jump) == .serve)
        #expect(permissions.received(.openTarget) != .serve)
    }

    @Test("a list and a choice are served only where the broker has found no target, each once")
    func choice() {
        let choice = WorkerMessage.chooseTarget(Destination(account: [65], target: [66]))
        var permissions = WorkerPermissions()
        _ = permissions.received(WireTests.authenticating)
        permissions.judged(accepted: true, proved: true)
        for message in [choice, .listDestinations] {
            var hasty = permissions
            #expect(hasty.received(message) != .serve)
        }
        #expect(permissions.received(.openTarget) == .serve)
        var opening = permissions
        #expect(opening.received(choice) != .serve)
        permissions.foundNoTarget()
        #expect(permissions.received(.listDestinations) == .serve)
        var curious = permissions
        #expect(curious.received(.listDestinations) != .serve)
        #expect(permissions.received(choice) == .serve)
        #expect(permissions.phase == .opening)
        for message in [choice, .openJump(Jump(number: 1, host: [65], port: 22))] {
            var greedy = permissions
            #expect(greedy.received(message) != .serve)
        }
        permissions.opened()
        #expect(permissions.phase == .connecting)
    }

    @Test("after a wrong message nothing is served", arguments: WireTests.workerMessages)
    func afterWrong(message: WorkerMessage) {
        var permissions = WorkerPermissions()
        _ = permissions.received(.recorded(bytes: 1))
        #expect(permissions.received(message) != .serve)
    }
}
