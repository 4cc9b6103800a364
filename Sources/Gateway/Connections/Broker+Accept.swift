import AuditLog
import CPlatform
import GatewayConfiguration
import Glibc
import Platform
import Vault
import WorkerProtocol

extension Broker {
    /// Opens the listening socket and serves from now on.
    /// - returns: the port, which the system has picked when the configuration says 0.
    /// - throws: `SystemError`: the address is in use, or not ours; `StoreError`.
    public func start() throws -> UInt16 {
        let address = self.configuration.listen
        let (listener, port) = try TCPSocket.listen(host: address.host, port: UInt16(clamping: address.port))
        self.listener = listener
        self.loop.watch(listener.rawValue) { [weak self] in self?.assumeIsolated { $0.acceptConnections() } }
        self.keepSigningAuditLog()
        self.keepReadingRevocations()
        self.startBaoKeeper()
        try self.keepRotating()
        self.keepRequests()
        self.keepReminding()
        self.keepRetention()
        self.startDirectoryKeeper()
        self.startSignInKeeper()
        return port
    }

    private func acceptConnections() {
        guard let listener = self.listener else { return }
        // A round at a time, so that a storm of connections doesn't keep the others waiting.
        for _ in 0..<16 {
            do {
                guard let (client, peer) = try PeerAddress.accept(from: listener.rawValue) else { return }
                self.arrived(client, from: peer)
            } catch {
                return self.pauseAccepting(because: error)
            }
        }
    }

    /// Without descriptors or memory, trying again at once would only spin.
    private func pauseAccepting(because error: SystemError) {
        guard let listener = self.listener else { return }
        self.log.error("\(error)")
        self.audit(.connectionRefused(from: "-", limit: .resources), actor: "gateway")
        self.loop.unwatch(listener.rawValue)
        self.loop.after(nanoseconds: 200_000_000) { [weak self] in
            self?.assumeIsolated { broker in
                guard let listener = broker.listener else { return }
                broker.loop.watch(listener.rawValue) { [weak broker] in
                    broker?.assumeIsolated { $0.acceptConnections() }
                }
            }
        }
    }

    /// Gives a client a worker, within the limits.
    ///
    /// - parameter voucher: set for the inner connection of a jump, whose user needs no credential.
    /// - returns: false when it was turned away, which is audited.
    @discardableResult
    func serve(_ client: SharedDescriptor, from peer: PeerAddress, vouched voucher: Voucher? = nil) -> Bool {
        if let limit = self.limits.admit(from: peer.host) {
            // Dropping the descriptor closes the connection.
            self.audit(.connectionRefused(from: peer.description, limit: limit), actor: "gateway")
            return false
        }
        do {
            TCPSocket.prepare(client.rawValue)
            let connection = try self.spawnWorker(for: client, from: peer)
            connection.voucher = voucher
            if let voucher { connection.progress = LoginProgress(vouchedBy: voucher.proofs, voucher.restrictions) }
            self.connections[connection.number] = connection
            self.watch(connection)
            self.send(
                .welcome(
                    Welcome(
                        hostKeys: self.offeredHostKeys.map(\.publicKey.blob),
                        // Shown on the outer connection already.
                        banner: voucher == nil ? Array(self.configuration.banner.utf8) : [],
                        loginGraceSeconds: UInt32(clamping: self.loginGraceSeconds),
                        answerSeconds: UInt32(clamping: self.configuration.limits.answerSeconds),
                        userID: self.workerIdentity.userID, groupID: self.workerIdentity.groupID)),
                to: connection)
            // The worker ends by itself at the grace time; one that doesn't is ended.
            let number = connection.number
            let grace = UInt64(self.loginGraceSeconds + 5) * 1_000_000_000
            self.loop.after(nanoseconds: grace) { [weak self] in
                self?.assumeIsolated { broker in
                    guard let late = broker.connections[number], late.login == nil else { return }
                    broker.punish(late, for: "the worker did not end at the login grace time")
                }
            }
            return true
        } catch {
            self.limits.ended(from: peer.host, wasAuthenticated: false)
            self.log.error("\(error)")
            self.audit(.connectionRefused(from: peer.description, limit: .resources), actor: "gateway")
            return false
        }
    }

    /// Whoever has to sign in with a browser gets the time for it.
    private var loginGraceSeconds: Int {
        max(self.configuration.loginGraceSeconds, self.provider.map { $0.waitSeconds + 30 } ?? 0)
    }

    func spawnWorker(for client: SharedDescriptor, from peer: PeerAddress) throws(SystemError) -> Connection {
        let (ours, theirs) = try MessageSocket.makePair()
        let clientForWorker = try client.duplicate()
        let brokerForWorker = try theirs.descriptor.duplicate()
        let program = try self.workerProgram.file.duplicate()
        let worker = try ChildProcess(
            path: self.workerProgram.path, program: program.rawValue, arguments: [],
            descriptors: [
                (parent: clientForWorker.rawValue, child: InheritedDescriptor.client),
                (parent: brokerForWorker.rawValue, child: InheritedDescriptor.broker),
            ])
        defer { self.nextNumber += 1 }
        return Connection(number: self.nextNumber, worker: worker, socket: ours, client: client, peer: peer)
    }

    func watch(_ connection: Connection) {
        let number = connection.number
        self.loop.watch(connection.socket.descriptor.rawValue) { [weak self] in
            self?.assumeIsolated { $0.receive(from: number) }
        }
        self.loop.watch(connection.worker.pidfd.rawValue) { [weak self] in
            self?.assumeIsolated { $0.workerEnded(number) }
        }
    }

    /// Never waits: a worker that doesn't read its answers is stuck or hostile, and is ended.
    func send(_ message: BrokerMessage, descriptors: [CInt] = [], to connection: Connection) {
        let sent = try? connection.socket.send(message.encoded, descriptors: descriptors, waiting: false)
        if sent == .wouldBlock || sent == nil { self.punish(connection, for: "the worker does not read its answers") }
    }

    /// Ends a worker that broke the protocol. An audit event follows when it is dead.
    func punish(_ connection: Connection, for reason: String) {
        guard connection.misbehaviour == nil else { return }
        connection.misbehaviour = reason
        connection.cut()
    }
}
