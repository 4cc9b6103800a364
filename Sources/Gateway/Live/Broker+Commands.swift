import AccessPolicy
import AuditLog
import CommandRules
import Platform
import WorkerProtocol

/// A command that waits for a supervisor.
struct HeldCommand: Hashable, Sendable {
    let number: UInt32
    let rule: String
    let line: String
    /// UTC, in nanoseconds.
    let since: Int64
}

enum CommandVerdict: Hashable, Sendable {
    case decided(HeldCommand)
    /// Nothing waits under this number, or nothing at all.
    case nothingWaits
    /// Several wait: one has to be named.
    case several
    /// Who asks may not supervise this session.
    case notSupervisor
}

extension Broker {
    /// How long a command waits before it counts as denied, in nanoseconds.
    private static let commandPatience: UInt64 = 300_000_000_000

    /// How long the worker, which lets nothing through any more, has to say why: clients that are cut off in the same
    /// moment show nothing of it.
    private static let lastWordPatience: UInt64 = 200_000_000

    func received(_ report: CommandReport, from connection: Connection) {
        guard let session = connection.session else { return }
        let rules = session.destination.supervision.commandRules
        // The worker says which rule; what it does is not the worker's to say.
        guard let index = Int(exactly: report.rule), rules.indices.contains(index) else {
            return self.punish(connection, for: "a report of a command rule that there is not")
        }
        let rule = rules[index]
        let line = String(decoding: report.line, as: UTF8.self)
        self.audit(
            .commandMatched(
                session: session.id, user: session.destination.user, rule: rule.name, action: rule.action.word,
                command: line, kind: report.isCommand ? "exec" : "line"),
            actor: session.destination.user)
        switch rule.action {
        case .alert: break
        case .lock: connection.lockedBy = "command rule \(rule.name)"
        case .kill:
            connection.lockedBy = "command rule \(rule.name)"
            let number = connection.number
            self.loop.after(nanoseconds: Self.lastWordPatience) { [weak self] in
                self?.assumeIsolated { broker in
                    guard let connection = broker.connections[number], let session = connection.session else { return }
                    broker.end(connection, session, because: "the command rule \(rule.name) ends this session")
                }
            }
        case .hold:
            session.heldCommands[report.number] = HeldCommand(
                number: report.number, rule: rule.name, line: line, since: Clock.wallNanoseconds())
            let (id, number) = (session.id, report.number)
            self.loop.after(nanoseconds: Self.commandPatience) { [weak self] in
                self?.assumeIsolated { $0.decide(number, ofSession: id, approved: false, by: "gateway") }
            }
        }
    }

    func commandWithdrawn(_ number: UInt32, of connection: Connection) {
        connection.session?.heldCommands[number] = nil
    }

    /// - parameters:
    ///   - number: nil for the only one that waits.
    ///   - groups: of the gateway's enabled user of the actor's name; empty for none.
    /// - returns: nil when there is no such live session.
    func decideCommand(
        _ number: UInt32?, ofSession id: String, approved: Bool, by actor: String, in groups: Set<String>
    ) -> CommandVerdict? {
        guard let session = self.connections.values.compactMap(\.session).first(where: { $0.id == id }) else {
            return nil
        }
        let destination = session.destination
        guard destination.supervision.mayDecide(actor, in: groups, over: destination.user) else {
            return .notSupervisor
        }
        let waiting = session.heldCommands.keys
        guard number != nil || waiting.count <= 1 else { return .several }
        guard let number = number ?? waiting.first, let held = session.heldCommands[number] else {
            return .nothingWaits
        }
        self.decide(number, ofSession: id, approved: approved, by: actor)
        return .decided(held)
    }

    private func decide(_ number: UInt32, ofSession id: String, approved: Bool, by actor: String) {
        guard let connection = self.connections.values.first(where: { $0.session?.id == id }),
            let held = connection.session?.heldCommands.removeValue(forKey: number)
        else { return }
        self.tell(.decide(command: number, approved: approved, by: Array(actor.utf8)), connection)
        self.audit(
            approved
                ? .commandApproved(session: id, rule: held.rule, command: held.line)
                : .commandDenied(session: id, rule: held.rule, command: held.line), actor: actor)
    }
}
