import SSHTransport
import WorkerProtocol

/// Turns each credential that the client offers into one question to the broker, and the broker's answer into the
/// client's. The worker decides nothing about people.
final class AuthRelay {
    private let broker: BrokerLink
    private let banner: [UInt8]
    private var waiting: AuthenticationRequest?
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
        self.waiting?.refuse()
        self.waiting = nil
        guard !self.isAuthenticated, request.login.count <= WireLimits.login else { return request.refuse() }
        let method: AuthenticationAttempt.Method
        switch request.method {
        case .none: method = .none
        case .publicKeyOffer(let key) where key.count <= WireLimits.publicKey: method = .publicKeyOffer(key: key)
        case .publicKeyProof(let signed) where signed.count <= WireLimits.signedRequest:
            method = .publicKeyProof(request: signed)
        case .password(let password) where password.count <= WireLimits.password: method = .password(password)
        case .publicKeyOffer, .publicKeyProof, .password, .other: return request.refuse()
        }
        self.waiting = request
        self.broker.send(.authenticate(AuthenticationAttempt(login: request.login, method: method)))
    }

    func received(_ answer: AuthenticationAnswer) {
        guard let request = self.waiting else { return }
        self.waiting = nil
        switch (answer, request.method) {
        case (.accepted, .publicKeyOffer): request.askForProof()
        case (.accepted, _):
            self.isAuthenticated = true
            request.accept()
        case (.denied, _): request.refuse()
        case (.disconnect, _):
            self.isRefusedForGood = true
            request.refuse()
        }
    }
}
