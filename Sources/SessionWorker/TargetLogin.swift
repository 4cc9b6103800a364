import Glibc
import Platform
import SSHTransport
import WorkerProtocol

/// The way to the target: connection, host key, credential. Nothing is sent to a target whose key isn't pinned.
final class TargetLogin {
    enum State: Equatable {
        case connecting
        case authenticatingByAgent
        /// Asked without a credential, to learn how the target takes a password.
        case askingForMethods
        case authenticatingByPassword
        case authenticatingInteractively
        case ready
        /// `line` is for the admin.
        case failed(line: String)
    }

    let leg: ClientLeg
    private(set) var state: State = .connecting
    private let opening: TargetOpening
    private let socket: SharedDescriptor
    private var password: LockedPassword?
    private let broker: BrokerLink

    /// - parameter agent: the agent socket, given away to libssh.
    init(opening: TargetOpening, socket: SharedDescriptor, agent: SharedDescriptor?, broker: BrokerLink) {
        self.opening = opening
        self.socket = socket
        self.broker = broker
        self.password = broker.takePassword()
        self.leg = ClientLeg(
            descriptor: socket.rawValue, host: opening.targetName, account: opening.account,
            hostKeyTypes: opening.hostKeys.map { Array($0.prefix { $0 != UInt8(ascii: " ") }) },
            algorithms: TargetAlgorithmLists(opening.algorithms))
        // A duplicate, because libssh closes what it is given.
        if let agent { self.leg.useAgent(descriptor: dup(agent.rawValue)) }
    }

    /// Moves on as far as it can without waiting.
    func advance() {
        while true {
            let before = self.state
            self.step()
            if self.state == before { return }
        }
    }

    private func step() {
        switch self.state {
        case .connecting:
            switch self.leg.connect() {
            case .wouldBlock: break
            case .failed(let reason): self.fail(connection: reason)
            case .done: self.checkHostKey()
            }
        case .authenticatingByAgent: self.proceed(self.leg.authenticateThroughAgent())
        case .askingForMethods:
            let progress = self.leg.authenticateWithNothing()
            guard case .failed = progress, !self.leg.isOver else { return self.proceed(progress) }
            self.chooseWayOfPassword()
        case .authenticatingByPassword:
            self.proceed(self.usePassword { self.leg.authenticate(password: $0) })
        case .authenticatingInteractively: self.proceed(self.leg.authenticateInteractively(self.answer))
        case .ready, .failed: return
        }
        if self.leg.isOver, self.state != .ready, !self.hasFailed {
            self.state == .connecting ? self.fail(connection: self.leg.errorText) : self.proceed(.failed(reason: ""))
        }
    }

    private var hasFailed: Bool { self.failure != nil }

    private func usePassword(_ body: (UnsafePointer<CChar>) -> Progress) -> Progress {
        guard let password = self.password else { return .failed(reason: "no password") }
        return password.withCString(body)
    }

    /// One way only: a password that is sent twice counts twice where accounts are locked.
    private func chooseWayOfPassword() {
        if self.leg.offersPassword {
            self.state = .authenticatingByPassword
        } else if self.leg.offersKeyboardInteractive {
            self.state = .authenticatingInteractively
        } else {
            self.refuse("\(self.name) takes no password for \(self.account)")
        }
    }

    /// The password for the first question that asks for it. Any other is the user's, where the target may ask; else
    /// it ends the login.
    private func answer(
        _ prompt: ClientLeg.Prompt, _ give: (UnsafePointer<CChar>) -> Void
    ) -> ClientLeg.PromptAnswer {
        let asks = PasswordPrompt(pattern: self.opening.passwordPrompt)
            .asksForPassword(prompt.text, echo: prompt.echo)
        if asks, !self.hasAnswered, let password = self.password {
            self.hasAnswered = true
            password.withCString(give)
            return .given
        }
        guard self.opening.passesPrompts else {
            self.unanswered = prompt.text
            return .none
        }
        if let words = self.words {
            self.words = nil
            self.question = nil
            words.withCString(give)
            return .given
        }
        if self.question == nil {
            self.questions += 1
            self.question = TargetQuestion(prompt, number: self.questions)
        }
        return .later
    }

    // MARK: Questions for the user

    /// Waits for an answer, see ``PromptDesk``.
    private(set) var question: TargetQuestion?
    private var questions = 0
    private var words: LockedPassword?

    /// Gives the user's answer to ``question``; the next ``advance()`` sends it.
    func answer(_ words: LockedPassword) { self.words = words }

    /// There is no answer to ``question``: the login ends. - parameter reason: behind the question, in a line.
    func giveUp(_ reason: String) {
        guard let question = self.question, !self.hasFailed else { return }
        self.question = nil
        self.refuse("\(self.name) asks \(self.account) \(PasswordPrompt.quoted(question.shown)), \(reason)")
    }

    /// The next ``advance()`` has something to send.
    var wantsAnotherTurn: Bool { self.words != nil }

    /// What to tell the admin of a login that has failed.
    var failure: String? { if case .failed(let line) = self.state { line } else { nil } }

    private var hasAnswered = false
    /// The question of the target that the password doesn't answer.
    private var unanswered: [UInt8]?

    private func checkHostKey() {
        let presented = self.leg.hostKey ?? []
        guard self.opening.hostKeys.contains(presented) else {
            self.broker.send(.target(.hostKeyMismatch(presented: Array(presented.prefix(WireLimits.publicKey)))))
            self.state = .failed(
                line: "\(self.name) presents a host key that is not the pinned one; nothing was sent to it")
            return
        }
        self.state = self.opening.credential == .agent ? .authenticatingByAgent : .askingForMethods
    }

    private func proceed(_ progress: Progress) {
        switch progress {
        case .wouldBlock: break
        case .done:
            self.password = nil
            self.state = .ready
            self.broker.send(.target(.ready))
        case .failed where self.leg.isOver && !self.isShownTheDoor: self.fail(connection: self.leg.errorText)
        case .failed where self.mayAskFurther: self.state = .authenticatingInteractively
        case .failed:
            guard let question = self.unanswered else {
                return self.refuse("\(self.name) refused the credential for \(self.account)")
            }
            let what = self.hasAnswered ? "more than the password" : "something else than a password"
            self.refuse("\(self.name) asks for \(what) of \(self.account): \(PasswordPrompt.quoted(question))")
        }
    }

    /// The credential was right, and the target wants to ask something besides, which is the user's to answer.
    private var mayAskFurther: Bool {
        self.opening.passesPrompts && self.leg.isPartlyAuthenticated && self.leg.offersKeyboardInteractive
            && self.state != .authenticatingInteractively && !self.leg.isOver
    }

    /// The target has ended the connection by the protocol while it judged the credential, as many do with the last
    /// attempt that they allow.
    private var isShownTheDoor: Bool {
        // packet_cb.c, ssh_packet_disconnect_callback: "Received SSH_MSG_DISCONNECT: CODE:TEXT".
        self.leg.errorText.hasPrefix("Received SSH_MSG_DISCONNECT")
    }

    private func refuse(_ line: String) {
        self.password = nil
        self.broker.send(.target(.credentialRefused(reason: Array(line.utf8.prefix(WireLimits.text)))))
        self.state = .failed(line: line)
    }

    private func fail(connection reason: String) {
        self.broker.send(.target(.connectionFailed(reason: Array(reason.utf8.prefix(WireLimits.text)))))
        self.state = .failed(line: "the SSH connection to \(self.name) failed\(Self.negotiation(in: reason))")
    }

    /// What of libssh's words tells an admin why two lists of algorithms have nothing in common.
    private static func negotiation(in reason: String) -> String {
        // kex.c, ssh_kex_select_methods: "kex error : no match for method METHOD: server [A,B], client [C]".
        let start = "kex error : no match for method "
        guard reason.hasPrefix(start) else {
            return reason.hasPrefix("the target's algorithms") ? ": \(reason)" : ""
        }
        let printable = reason.dropFirst(start.count).unicodeScalars.filter { (0x20..<0x7F).contains($0.value) }
        return ": no common \(String(String.UnicodeScalarView(printable.prefix(1500))))"
    }

    private var account: String { String(decoding: self.opening.account, as: UTF8.self) }

    var name: String { String(decoding: self.opening.targetName, as: UTF8.self) }
}

extension TargetAlgorithmLists {
    init(_ algorithms: TargetAlgorithms) {
        self.init(
            keyExchange: algorithms.names(of: .keyExchange), ciphers: algorithms.names(of: .ciphers),
            macs: algorithms.names(of: .macs), hostKeys: algorithms.names(of: .hostKeys),
            userKeys: algorithms.names(of: .userKeys), minimumRSABits: algorithms.minimumRSABits)
    }
}
