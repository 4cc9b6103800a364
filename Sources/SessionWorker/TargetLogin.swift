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
        /// `factor` counts the credentials that the target took before.
        case authenticatingInteractively(factor: Int)
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
            algorithms: TargetAlgorithmLists(opening.algorithms, withCertificates: opening.credential == .certificate))
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
        case .authenticatingInteractively: self.proceedInteractively()
        case .ready, .failed: return
        }
        if self.leg.isOver, self.state != .ready, !self.hasFailed {
            self.state == .connecting ? self.fail(connection: self.leg.errorText) : self.proceed(.failed(reason: ""))
        }
    }

    private var hasFailed: Bool { self.failure != nil }

    /// What to tell the admin of a login that has failed.
    var failure: String? { if case .failed(let line) = self.state { line } else { nil } }

    private func usePassword(_ body: (UnsafePointer<CChar>) -> Progress) -> Progress {
        guard let password = self.password else { return .failed(reason: "no password") }
        return password.withCString(body)
    }

    /// One way only: a password that is sent twice counts twice where accounts are locked.
    private func chooseWayOfPassword() {
        if self.leg.offersPassword {
            self.state = .authenticatingByPassword
        } else if self.leg.offersKeyboardInteractive {
            self.state = .authenticatingInteractively(factor: 0)
        } else {
            self.refuse("\(self.name) takes no password for \(self.account)")
        }
    }

    // MARK: Questions

    /// Answers what the target asks: with the password the first question that asks for it, with what the broker says
    /// any other. What the vault has no answer to is the user's, where the target may ask them; else it ends the login.
    private func proceedInteractively() {
        while true {
            let progress = self.leg.authenticateInteractively()
            guard case .wouldBlock = progress, let question = self.leg.question else { return self.proceed(progress) }
            if let words = self.words {
                self.words = nil
                self.userQuestion = nil
                words.withCString { self.leg.answer($0) }
                continue
            }
            guard !self.isAsking, self.userQuestion == nil else { return }
            let asksForPassword = PasswordPrompt(pattern: self.opening.passwordPrompt)
                .asksForPassword(question.text, echo: question.echo)
            if asksForPassword, !self.hasGivenPassword, let password = self.password {
                self.hasGivenPassword = true
                self.hasAnswered = true
                password.withCString { self.leg.answer($0) }
            } else if question.text.count <= WireLimits.question, self.questions < WireLimits.questions {
                self.isAsking = true
                self.questions += 1
                return self.broker.send(.targetQuestion(TargetQuestion(text: question.text, echo: question.echo)))
            } else {
                return self.leave(question)
            }
        }
    }

    /// The broker's answer to the question, which nobody but the target sees; nil when the vault has none.
    func received(answer: LockedPassword?) {
        guard self.isAsking, let question = self.leg.question else { return }
        self.isAsking = false
        guard let answer else { return self.leave(question) }
        self.hasAnswered = true
        answer.withCString { self.leg.answer($0) }
    }

    /// The vault has no answer.
    private func leave(_ question: ClientLeg.Prompt) {
        guard self.opening.passesPrompts else { return self.giveUp(question) }
        self.userQuestions += 1
        self.userQuestion = UserQuestion(question, number: self.userQuestions)
    }

    private func giveUp(_ question: ClientLeg.Prompt) {
        let what: String
        switch self.opening.credential {
        case .password: what = self.hasAnswered ? "more than the password" : "something else than a password"
        case .agent: what = "more than the key"
        case .certificate: what = "more than the certificate"
        }
        self.refuse("\(self.name) asks for \(what) of \(self.account): \(PasswordPrompt.quoted(question.text))")
    }

    // MARK: Questions for the user

    /// Waits for an answer, see ``PromptDesk``.
    private(set) var userQuestion: UserQuestion?
    private var userQuestions = 0
    private var words: LockedPassword?

    /// Gives the user's answer to ``userQuestion``; the next ``advance()`` sends it.
    func answer(_ words: LockedPassword) { self.words = words }

    /// There is no answer to ``userQuestion``: the login ends. - parameter reason: behind the question, in a line.
    func giveUp(_ reason: String) {
        guard let question = self.userQuestion, !self.hasFailed else { return }
        self.userQuestion = nil
        self.refuse("\(self.name) asks \(self.account) \(PasswordPrompt.quoted(question.shown)), \(reason)")
    }

    /// The next ``advance()`` has something to send.
    var wantsAnotherTurn: Bool { self.words != nil }

    private var hasGivenPassword = false
    private var hasAnswered = false
    private var questions = 0
    /// The broker is looking for an answer to the target's question.
    private var isAsking = false

    private func checkHostKey() {
        let presented = self.leg.hostKey ?? []
        guard self.opening.hostKeys.contains(presented) else {
            self.broker.send(.target(.hostKeyMismatch(presented: Array(presented.prefix(WireLimits.publicKey)))))
            self.state = .failed(
                line: "\(self.name) presents a host key that is not the pinned one; nothing was sent to it")
            return
        }
        self.state = self.opening.credential == .password ? .askingForMethods : .authenticatingByAgent
    }

    private func proceed(_ progress: Progress) {
        switch progress {
        case .wouldBlock: break
        case .done:
            self.password = nil
            self.state = .ready
            self.broker.send(.target(.ready))
        case .failed where self.leg.isOver && !self.isShownTheDoor: self.fail(connection: self.leg.errorText)
        case .failed
        where self.leg.wantsMore && self.leg.offersKeyboardInteractive && self.factors < Self.maximumFactors:
            self.factors += 1
            self.state = .authenticatingInteractively(factor: self.factors)
        case .failed:
            let what = self.opening.credential == .certificate ? "certificate" : "credential"
            let more = self.leg.wantsMore ? ", and wants another one that the gateway can't give" : ""
            let verb = self.leg.wantsMore ? "took" : "refused"
            self.refuse("\(self.name) \(verb) the \(what) for \(self.account)\(more)")
        }
    }

    /// Most credentials that a target may want one after the other.
    private static let maximumFactors = 4
    private var factors = 0

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
    init(_ algorithms: TargetAlgorithms, withCertificates: Bool = false) {
        let certificates = withCertificates ? ["ssh-ed25519-cert-v01@openssh.com"] : []
        self.init(
            keyExchange: algorithms.names(of: .keyExchange), ciphers: algorithms.names(of: .ciphers),
            macs: algorithms.names(of: .macs), hostKeys: algorithms.names(of: .hostKeys),
            userKeys: certificates + algorithms.names(of: .userKeys), minimumRSABits: algorithms.minimumRSABits)
    }
}
