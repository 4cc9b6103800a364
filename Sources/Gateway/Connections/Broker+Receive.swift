import AuditLog
import WorkerProtocol

extension Broker {
    /// Serves the messages that a worker has sent. Nothing a worker sends can trap the broker.
    func receive(from number: UInt64) {
        // A few at a time, so that a talkative worker doesn't keep the others waiting.
        for _ in 0..<16 {
            guard let connection = self.connections[number], connection.misbehaviour == nil else { return }
            switch try? connection.socket.receive(limit: WireLimits.message, waiting: false) {
            case .message(let bytes, let descriptors):
                guard descriptors.isEmpty else { return self.punish(connection, for: "a message with descriptors") }
                guard let message = try? WorkerMessage(decoding: bytes) else {
                    return self.punish(connection, for: "a message that can't be read")
                }
                switch connection.permissions.received(message) {
                case .serve: self.answer(message, from: connection)
                case .killWorker(let reason): return self.punish(connection, for: reason)
                }
            case .wouldBlock: return
            case .peerGone, nil:
                // Its end is near: the process handle tells.
                return self.loop.unwatch(connection.socket.descriptor.rawValue)
            case .tooLong: return self.punish(connection, for: "a message that is too long")
            }
        }
    }

    private func answer(_ message: WorkerMessage, from connection: Connection) {
        switch message {
        case .authenticate(let attempt): self.answer(attempt, from: connection)
        case .signExchange(let exchange): self.sign(exchange, for: connection)
        case .openTarget: self.openTarget(for: connection)
        case .openJump(let jump): self.openJump(jump, for: connection)
        case .listDestinations: self.listDestinations(for: connection)
        case .chooseTarget(let destination): self.openTarget(destination, for: connection)
        case .target(let report): self.received(report, from: connection)
        case .targetQuestion(let question): self.answer(question, from: connection)
        case .recorded(let bytes): self.recordingGrew(to: bytes, of: connection)
        case .channel(let report): self.received(report, from: connection)
        case .controlled(let number, let outcome): self.controlled(number, outcome, on: connection)
        case .acknowledged(let number): self.acknowledged(number, on: connection)
        case .command(let report): self.received(report, from: connection)
        case .commandWithdrawn(let number): self.commandWithdrawn(number, of: connection)
        case .hostKey(let key): connection.scanned = key
        case .order(let order): self.answer(order, from: connection)
        case .gatewayAnswer(let answer): self.received(answer, from: connection)
        case .programOutput(let stream, let bytes): connection.robot?.post(.output(stream, bytes))
        case .programEnded(let outcome): connection.robot?.post(.ended(outcome))
        case .ended(let ending): connection.ending = ending
        }
    }
}
