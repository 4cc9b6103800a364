import AuditLog
import WorkerProtocol

/// Whether a control is in force.
enum ControlResult: Hashable, Sendable {
    case told(ControlOutcome)
    /// The worker doesn't answer, or has ended: nothing is certain.
    case unanswered
    /// The session is the gateway's own: nobody types there.
    case nobodyThere
}

extension Broker {
    /// How long a worker may take to put a control into the recording and into force, in nanoseconds.
    private static let controlPatience: UInt64 = 2_000_000_000

    /// Locks or unlocks a session, or shows its admin a message. Returns once it is in the recording and in force.
    ///
    /// - returns: nil when there is no such live session.
    func controlSession(id: String, _ control: SessionControl, by actor: String) async -> ControlResult? {
        guard let connection = self.connections.values.first(where: { $0.session?.id == id }) else { return nil }
        guard connection.robot == nil else { return .nobodyThere }
        let number = connection.nextControl
        connection.nextControl &+= 1
        connection.permissions.controlled(number, control)
        let loop = self.loop
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<ControlResult, Never>) in
            let once = Once(continuation)
            connection.controls[number] = once
            loop.after(nanoseconds: Self.controlPatience) { once.resume(.unanswered) }
            self.send(.control(number: number, control), to: connection)
        }
        connection.controls[number] = nil
        self.noteControl(control, number, result, on: connection, session: id, by: actor)
        return result
    }

    /// Also a lock that the worker hasn't confirmed is audited: somebody wanted it.
    private func noteControl(
        _ control: SessionControl, _ number: UInt32, _ result: ControlResult, on connection: Connection,
        session: String, by actor: String
    ) {
        if case .told(let outcome) = result, outcome != .done { return }
        let confirmed = result == .told(.done)
        switch control {
        case .lock(_, let reason):
            if confirmed { connection.lockedBy = actor }
            let reason = String(decoding: reason, as: UTF8.self)
            self.audit(.sessionLocked(session: session, reason: reason, confirmed: confirmed), actor: actor)
        case .unlock:
            if confirmed { connection.lockedBy = nil }
            self.audit(.sessionUnlocked(session: session, confirmed: confirmed), actor: actor)
        case .message(_, let text, let mustAcknowledge):
            if confirmed, mustAcknowledge { connection.messages[number] = actor }
            self.audit(
                .sessionMessaged(
                    session: session, text: String(decoding: text, as: UTF8.self), mustAcknowledge: mustAcknowledge,
                    confirmed: confirmed), actor: actor)
        // Audited where they come from, and told without waiting for an answer.
        case .watcherJoined, .watcherLeft, .hold, .release, .decide, .typed: break
        }
    }

    func controlled(_ number: UInt32, _ outcome: ControlOutcome, on connection: Connection) {
        connection.controls[number]?.resume(.told(outcome))
    }

    func acknowledged(_ number: UInt32, on connection: Connection) {
        guard let session = connection.session, let login = connection.login else { return }
        let from = connection.messages.removeValue(forKey: number) ?? "?"
        self.audit(.sessionMessageAcknowledged(session: session.id, from: from), actor: login.user)
    }
}
