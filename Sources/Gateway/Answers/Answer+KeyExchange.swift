import GatewayConfiguration
import Platform
import Vault
import WorkerProtocol

extension Broker {
    /// The host keys that clients are offered: of the kinds that the configuration names.
    var offeredHostKeys: [GatewayKeys.HostKey] {
        self.keys.hostKeys.filter { key in
            self.configuration.hostKeys.contains { $0.matches(type: key.publicKey.type) }
        }
    }

    /// Signs the key exchange that a worker is in the middle of, off the broker's thread and not faster than the
    /// connection may have it.
    func sign(_ exchange: ExchangeToSign, for connection: Connection) {
        guard let key = self.offeredHostKeys.first(where: { $0.publicKey.type == exchange.algorithm.keyType }) else {
            return self.punish(
                connection, for: "a signature with a host key that is not offered: \(exchange.algorithm.name)")
        }
        connection.sessionID = connection.sessionID ?? exchange.hash
        let number = connection.number
        let delay = connection.exchanges.delay(at: Clock.monotonicNanoseconds())
        guard delay > 0 else { return self.sign(exchange, with: key, for: number) }
        self.loop.after(nanoseconds: delay) { [weak self] in
            self?.assumeIsolated { $0.sign(exchange, with: key, for: number) }
        }
    }

    private func sign(_ exchange: ExchangeToSign, with key: GatewayKeys.HostKey, for number: UInt64) {
        Task {
            let result: Result<[UInt8], any Error>
            do {
                result = .success(
                    try await self.signing.run {
                        try key.signature(ofExchangeHash: exchange.hash, algorithm: exchange.algorithm.name)
                    })
            } catch {
                result = .failure(error)
            }
            guard let connection = self.connections[number] else { return }
            switch result {
            case .success(let signature):
                connection.permissions.signed()
                self.send(.exchangeSignature(signature), to: connection)
            case .failure(let error): self.punish(connection, for: "a signature that was refused: \(error)")
            }
        }
    }
}

/// How fast one connection may have key exchanges signed. Pure.
///
/// Clients ask for new keys after each GiB or hour; one that asks after each MiB is slowed down, not refused. What
/// this bounds is how often a broken-into worker can pass for the gateway.
struct ExchangePace: Sendable {
    /// Signatures that may come at once.
    static let burst: UInt64 = 32
    /// From one to the next in the long run, in nanoseconds.
    static let interval: UInt64 = 10_000_000
    /// When all that was signed so far is made good, on the monotonic clock.
    private var settled: UInt64 = 0

    /// Counts one more, at `now` (nanoseconds).
    /// - returns: how long it has to wait, in nanoseconds.
    mutating func delay(at now: UInt64) -> UInt64 {
        let start = max(self.settled, now)
        self.settled = start + Self.interval
        let latest = now + Self.burst * Self.interval
        return self.settled > latest ? self.settled - latest : 0
    }
}

extension GatewayConfiguration.HostKeyKind {
    /// - parameter type: the SSH name of a key's type.
    fileprivate func matches(type: String) -> Bool {
        switch self {
        case .ed25519: type == "ssh-ed25519"
        case .ecdsa: type.hasPrefix("ecdsa-sha2-")
        case .rsa: type == "ssh-rsa"
        }
    }
}
