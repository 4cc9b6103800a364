import Platform
import WorkerProtocol

extension Broker {
    /// The key types that are asked for; what libssh can verify.
    private static let scannedKeyTypes = [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
    ]

    /// Fetches a target's host keys through confined robots, one for each type of key. Sends no credential.
    /// - returns: each key as `type base64`.
    /// - throws: `Dialler.Failure` when the target can't be reached.
    func hostKeys(host: String, port: UInt16, algorithms: TargetAlgorithms) async throws -> [String] {
        var keys: [String] = []
        for type in Self.scannedKeyTypes {
            let socket = try await self.dialler.connect(host: host, port: port, on: self)
            if let key = try await self.hostKey(ofType: type, at: socket, algorithms),
                !keys.contains(key)
            {
                keys.append(key)
            }
        }
        return keys
    }

    private func hostKey(
        ofType type: String, at socket: SharedDescriptor, _ algorithms: TargetAlgorithms
    ) async throws -> String? {
        let peer = PeerAddress.gateway
        let connection = try self.spawnWorker(for: socket, from: peer)
        connection.permissions = .scanning
        connection.isRobot = true
        self.connections[connection.number] = connection
        self.watch(connection)
        self.send(
            .scan(
                HostKeyScan(
                    keyType: Array(type.utf8), algorithms: algorithms, userID: self.workerIdentity.userID,
                    groupID: self.workerIdentity.groupID)),
            to: connection)
        await self.waitForRobot(connection.number)
        return connection.scanned.map { String(decoding: $0, as: UTF8.self) }
    }

    /// A target may take its time; a robot gives up by itself before this, in seconds.
    private static let robotPatience: UInt64 = 15

    private func waitForRobot(_ number: UInt64) async {
        let loop = self.loop
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let once = Once(continuation)
            guard let connection = self.connections[number] else { return once.resume(()) }
            connection.endWaiters.append(once)
            loop.after(nanoseconds: Self.robotPatience * 1_000_000_000) { [weak self] in
                self?.assumeIsolated { $0.connections[number]?.cut() }
                once.resume(())
            }
        }
    }
}
