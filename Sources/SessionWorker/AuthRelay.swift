import SSHTransport
import WorkerProtocol

/// Turns each step of the client's authentication into one question to the broker, and the broker's answer into the
/// client's. The worker decides nothing about people, and verifies nothing: the broker does.
final class AuthRelay {
    private let broker: BrokerLink
    private let banner: [UInt8]
    private var waiting: AuthenticationRequest?
    /// The login name of the keyboard-interactive exchange under way; answers come without one.
    private var askedLogin: [UInt8] = []
    /// How many prompts the client has been shown and not answered.
    private var openPrompts: Int?
    private(set) var isAuthenticated = false
    /// The broker wants no further attempt.
    private(set) var isRefusedForGood = false

    init(broker: BrokerLink, banner: [UInt8]) {
        self.broker = broker
        self.banner = banner
    }

    func received(_ request: ServiceRequest, on leg: ServerLeg) {
        request.accept()
        leg.sendBanner(self.banner)
    }

    func received(_ request: AuthenticationRequest) {
        // A client that doesn't wait for an answer breaks RFC 4252 section 5.1; dropping the earlier request refuses it.
        self.waiting.map(Self.refuse)
        self.waiting = nil
        guard !self.isAuthenticated, let attempt = self.attempt(request) else { return Self.refuse(request) }
        self.waiting = request
        self.broker.send(.authenticate(attempt))
    }

    /// nil for what no broker could accept.
    private func attempt(_ request: AuthenticationRequest) -> AuthenticationAttempt? {
        let prompts = self.openPrompts
        // Whatever comes, the client has turned away from what it was asked.
        self.openPrompts = nil
        guard request.login.count <= WireLimits.login else { return nil }
        func claim(_ algorithm: [UInt8], _ blob: [UInt8]) -> PublicKeyClaim? {
            guard algorithm.count <= WireLimits.algorithm, blob.count <= WireLimits.publicKey else { return nil }
            return PublicKeyClaim(algorithm: algorithm, blob: blob)
        }
        switch request.method {
        case .none: return AuthenticationAttempt(login: request.login, method: .none)
        case .publicKeyOffer(let algorithm, let blob):
            return claim(algorithm, blob).map {
                AuthenticationAttempt(login: request.login, method: .publicKeyOffer($0))
            }
        case .publicKeyProof(let algorithm, let blob, let signature):
            guard let claim = claim(algorithm, blob), signature.count <= WireLimits.signature else { return nil }
            return AuthenticationAttempt(
                login: request.login, method: .publicKeyProof(claim, signature: signature))
        case .password(let password):
            guard password.count <= WireLimits.password else { return nil }
            return AuthenticationAttempt(login: request.login, method: .password(password))
        case .keyboardInteractive:
            self.askedLogin = request.login
            return AuthenticationAttempt(login: request.login, method: .keyboardInteractive)
        case .answers(let answers):
            guard let prompts, answers.count == prompts, answers.allSatisfy({ $0.count <= WireLimits.password }) else {
                return nil
            }
            return AuthenticationAttempt(login: self.askedLogin, method: .answers(answers))
        case .other: return nil
        }
    }

    func received(_ answer: AuthenticationAnswer) {
        guard let request = self.waiting else { return }
        self.waiting = nil
        switch (answer, request.method) {
        case (.accepted, .publicKeyOffer): request.askForProof()
        case (.accepted, _):
            self.isAuthenticated = true
            request.accept()
        case (.denied(let methods, let partially), _):
            request.refuse(canContinue: methods.names, partially: partially)
        case (.ask(let prompts), .keyboardInteractive), (.ask(let prompts), .answers):
            self.openPrompts = prompts.prompts.count
            request.ask(
                instruction: prompts.instruction, prompts: prompts.prompts.map { (text: $0.text, echo: $0.echo) })
        case (.ask, _): Self.refuse(request)
        case (.disconnect, _):
            self.isRefusedForGood = true
            Self.refuse(request)
        }
    }

    private static func refuse(_ request: AuthenticationRequest) {
        request.refuse(canContinue: LoginMethods.all.names)
    }
}
