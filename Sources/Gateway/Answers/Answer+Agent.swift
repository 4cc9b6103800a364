import Glibc
import Platform

extension Broker {
    /// Answers the agent socket of a login that is under way.
    func serveAgent(of connection: Connection, _ agent: AgentConnection) {
        let number = connection.number
        self.loop.watch(agent.socket.rawValue) { [weak self] in
            self?.assumeIsolated { $0.answerAgent(of: number) }
        }
    }

    private func answerAgent(of number: UInt64) {
        guard let connection = self.connections[number], let agent = connection.session?.agent else { return }
        var bytes = [UInt8](repeating: 0, count: 16 * 1024)
        let received = recv(agent.socket.rawValue, &bytes, bytes.count, CInt(MSG_DONTWAIT))
        guard received > 0 else {
            if received < 0, errno == EAGAIN || errno == EINTR { return }
            return self.stopAgent(of: connection)
        }
        do {
            let reply = try agent.responder.receive(bytes.prefix(received))
            guard !reply.isEmpty else { return }
            // A reply always fits: the worker waits for it, and the socket buffers many times its length.
            let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
            guard Glibc.send(agent.socket.rawValue, reply, reply.count, flags) == reply.count else {
                return self.stopAgent(of: connection)
            }
        } catch {
            self.punish(connection, for: "an agent request that is too long")
        }
    }

    /// The login is over: nothing more is signed.
    func stopAgent(of connection: Connection) {
        guard let agent = connection.session?.agent else { return }
        self.loop.unwatch(agent.socket.rawValue)
        connection.session?.agent = nil
    }
}
