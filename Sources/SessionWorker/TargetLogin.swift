import Glibc
import Platform
import SSHTransport
import WorkerProtocol

/// The way to the target: connection, host key, credential. Nothing is sent to a target whose key isn't pinned.
final class TargetLogin {
    enum State: Equatable {
        case connecting
        case authenticatingByAgent
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
            hostKeyTypes: opening.hostKeys.map { Array($0.prefix { $0 != UInt8(ascii: " ") }) })
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
        case .authenticatingByPassword:
            let progress = self.usePassword { self.leg.authenticate(password: $0) }
            if case .failed = progress, !self.leg.isOver, self.leg.offersKeyboardInteractive {
                self.state = .authenticatingInteractively
            } else {
                self.proceed(progress)
            }
        case .authenticatingInteractively:
            self.proceed(self.usePassword { self.leg.authenticateInteractively(password: $0) })
        case .ready, .failed: return
        }
        if self.leg.isOver, self.state != .ready, !self.hasFailed { self.fail(connection: self.leg.errorText) }
    }

    private var hasFailed: Bool { if case .failed = self.state { true } else { false } }

    private func usePassword(_ body: (UnsafePointer<CChar>) -> Progress) -> Progress {
        guard let password = self.password else { return .failed(reason: "no password") }
        return password.withCString(body)
    }

    private func checkHostKey() {
        let presented = self.leg.hostKey ?? []
        guard self.opening.hostKeys.contains(presented) else {
            self.broker.send(.target(.hostKeyMismatch(presented: Array(presented.prefix(WireLimits.publicKey)))))
            self.state = .failed(
                line: "\(self.name) presents a host key that is not the pinned one; nothing was sent to it")
            return
        }
        self.state = self.opening.credential == .agent ? .authenticatingByAgent : .authenticatingByPassword
    }

    private func proceed(_ progress: Progress) {
        switch progress {
        case .wouldBlock: break
        case .done:
            self.password = nil
            self.state = .ready
            self.broker.send(.target(.ready))
        case .failed where self.leg.isOver: self.fail(connection: self.leg.errorText)
        case .failed:
            self.password = nil
            self.broker.send(.target(.credentialRefused))
            self.state = .failed(
                line: "\(self.name) refused the credential for \(String(decoding: self.opening.account, as: UTF8.self))"
            )
        }
    }

    private func fail(connection reason: String) {
        self.broker.send(.target(.connectionFailed(reason: Array(reason.utf8.prefix(WireLimits.text)))))
        self.state = .failed(line: "the SSH connection to \(self.name) failed")
    }

    private var name: String { String(decoding: self.opening.targetName, as: UTF8.self) }
}
