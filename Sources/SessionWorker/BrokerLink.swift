import Platform
import WorkerProtocol

/// The worker's side of the socket to the broker.
final class BrokerLink {
    private let socket: MessageSocket
    /// The broker has closed its end, or said something that is no message.
    private(set) var isGone = false
    /// The target's password, once it has come.
    private(set) var password: LockedPassword?
    /// What came while the worker waited for a signature, in order.
    private var kept: [(BrokerMessage, [SharedDescriptor])] = []
    /// The answer to the target's question, or another secret with a message of its own, once it has come.
    private var answer: LockedPassword?

    init(_ socket: MessageSocket) { self.socket = socket }

    var descriptor: CInt { self.socket.descriptor.rawValue }

    /// Sends, waiting for room.
    func send(_ message: WorkerMessage) {
        guard !self.isGone else { return }
        if (try? self.socket.send(message.encoded)) != .sent { self.isGone = true }
    }

    /// Sends if there is room now. - returns: whether it was sent.
    func sendIfRoom(_ message: WorkerMessage) -> Bool {
        guard !self.isGone, let sent = try? self.socket.send(message.encoded, waiting: false) else { return false }
        return sent == .sent
    }

    /// Messages wait in ``receive()``, though the socket may be empty.
    var hasKept: Bool { !self.kept.isEmpty }

    /// Has a key exchange with the client signed, and waits for that: libssh asks in the middle of its work and can't be
    /// put off. Before a login it does so once: it takes no other exchange from a client then.
    /// - returns: nil when the broker is gone.
    func sign(_ algorithm: String, _ hash: [UInt8]) -> [UInt8]? {
        guard let algorithm = HostKeyAlgorithm(name: algorithm),
            let exchange = ExchangeToSign(algorithm: algorithm, hash: hash)
        else { return nil }
        self.send(.signExchange(exchange))
        while let received = self.next(waiting: true) {
            if case .exchangeSignature(let signature) = received.0 { return signature }
            self.kept.append(received)
        }
        return nil
    }

    /// The next message, with its descriptors; nil when there is none (yet). Secrets are taken aside.
    /// - parameter waiting: until there is one.
    func receive(waiting: Bool = false) -> (BrokerMessage, [SharedDescriptor])? {
        self.kept.isEmpty ? self.next(waiting: waiting) : self.kept.removeFirst()
    }

    private func next(waiting: Bool) -> (BrokerMessage, [SharedDescriptor])? {
        while !self.isGone {
            switch try? self.socket.receive(limit: WireLimits.message, waiting: waiting) {
            case .message(var bytes, let descriptors):
                if let (kind, range) = BrokerMessage.secret(in: bytes) {
                    let secret = LockedPassword(movingFrom: &bytes, range)
                    switch kind {
                    case .password: self.password = secret
                    case .answer:
                        self.answer = secret
                        return (.targetAnswer([]), descriptors)
                    case .program:
                        self.answer = secret
                        return (.programSecret([]), descriptors)
                    case .order:
                        self.answer = secret
                        return (.orderSecret([]), descriptors)
                    }
                    continue
                }
                guard let message = try? BrokerMessage(decoding: bytes) else {
                    self.isGone = true
                    return nil
                }
                return (message, descriptors)
            case .wouldBlock: return nil
            case .peerGone, .tooLong, nil: self.isGone = true
            }
        }
        return nil
    }

    /// Hands the answer, or other secret, over: it is used once.
    func takeAnswer() -> LockedPassword? {
        defer { self.answer = nil }
        return self.answer
    }

    /// Hands the password over: it is used once.
    func takePassword() -> LockedPassword? {
        defer { self.password = nil }
        return self.password
    }
}
