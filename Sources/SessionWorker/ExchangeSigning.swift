import WorkerProtocol

/// Has the key exchanges of the client's connection signed by the broker, which alone has the host keys.
final class ExchangeSigning {
    private let broker: BrokerLink
    private let authentication: AuthRelay
    private var exchangesBeforeLogin = 0

    init(broker: BrokerLink, authentication: AuthRelay) {
        self.broker = broker
        self.authentication = authentication
    }

    /// - returns: nil, which ends the connection, for a client that wants new keys again and again without logging in:
    ///   the broker would take that for an attack by this worker.
    func sign(_ algorithm: String, _ hash: [UInt8]) -> [UInt8]? {
        guard let algorithm = HostKeyAlgorithm(name: algorithm),
            let exchange = ExchangeToSign(algorithm: algorithm, hash: hash)
        else { return nil }
        if !self.authentication.isAuthenticated {
            guard self.exchangesBeforeLogin < WireLimits.exchangesBeforeLogin else { return nil }
            self.exchangesBeforeLogin += 1
        }
        return self.broker.sign(exchange)
    }
}
