import GatewayConfiguration
import Platform
import WorkerProtocol

extension Broker: LiveSessions {
    func listenAddress() -> String {
        let configured = self.configuration.listen
        let port = self.listener.flatMap { SocketAddress(localOf: $0.rawValue)?.port } ?? configured.port
        return NetworkAddress(host: configured.host, port: port).description
    }

    func isAccepting() -> Bool { self.listener != nil && !self.isStopping }

    func load() -> BrokerLoad {
        BrokerLoad(
            connections: self.connections.count,
            unauthenticated: self.connections.values.count { $0.login == nil },
            sealing: self.sealing)
    }

    func liveSessions() -> [LiveSession] {
        self.connections.values.compactMap { connection in
            guard let session = connection.session else { return nil }
            return LiveSession(
                id: session.id, user: session.destination.user, account: session.destination.account,
                target: session.destination.target, from: connection.peer.description,
                startedNanoseconds: session.startedNanoseconds, pid: connection.worker.pid,
                grants: session.destination.grants, lockedBy: connection.lockedBy,
                watchers: session.watching.joined, isHeld: session.isHeld,
                heldCommands: session.heldCommands.values.sorted { $0.number < $1.number })
        }
    }

    func liveness(of id: String) -> SessionLiveness {
        if self.connections.values.contains(where: { $0.session?.id == id }) { return .running }
        return self.sealing > 0 ? .perhapsSealing : .over
    }

    func kill(id: String, by actor: String, reason: String) async -> KillOutcome? {
        await self.killSession(id: id, by: actor, reason: reason)
            .map { KillOutcome(microseconds: $0.microseconds, isVerified: $0.isVerified) }
    }

    func control(id: String, _ control: SessionControl, by actor: String) async -> ControlResult? {
        await self.controlSession(id: id, control, by: actor)
    }

    func scanHostKeys(host: String, port: UInt16, algorithms: TargetAlgorithms) async throws -> [String] {
        do {
            return try await self.hostKeys(host: host, port: port, algorithms: algorithms)
        } catch let failure as Dialler.Failure {
            throw HostKeyScanFailure(reason: failure.reason)
        }
    }
}
