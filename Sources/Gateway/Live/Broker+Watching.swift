import AccessPolicy
import AuditLog
import Platform
import WorkerProtocol

extension Broker {
    static let heldAtFirst = "dual control: nothing that you type arrives until a supervisor watches this session"
    private static let heldByLoss = "dual control: the supervisor is gone; what you type is dropped until one watches"
    private static let heldByDeadMan =
        "dual control: the supervisor has not answered; what you type is dropped until they do"

    /// - parameter groups: of the gateway's enabled user of this name; empty for none.
    func issueWatch(ofSession id: String, to actor: String, in groups: Set<String>) -> WatchIssue? {
        guard let (_, session) = self.live(id) else { return nil }
        let destination = session.destination
        let canSupervise = destination.supervision.admits(actor, in: groups, over: destination.user)
        let canJoin = destination.supervision.mayJoin(actor, in: groups, over: destination.user)
        guard
            let number = session.watching.issue(
                to: actor, canSupervise: canSupervise, canJoin: canJoin, since: Clock.wallNanoseconds(),
                at: Clock.monotonicNanoseconds())
        else { return .tooMany }
        self.attendToWatchers(ofSession: id)
        return .ticket(number, canSupervise: canSupervise, canJoin: canJoin)
    }

    func beginWatch(_ number: UInt64, ofSession id: String, by actor: String) -> Bool {
        guard let (connection, session) = self.live(id),
            let watcher = session.watching.join(number, actor, at: Clock.monotonicNanoseconds())
        else { return false }
        self.tell(
            .watcherJoined(name: Array(actor.utf8), isShown: session.destination.supervision.showsWatchers), connection)
        self.audit(.watcherJoined(session: id, watcher: actor, supervises: watcher.canSupervise), actor: actor)
        self.attendToWatchers(ofSession: id)
        return true
    }

    func beatWatch(
        _ number: UInt64, ofSession id: String, by actor: String, acknowledges: Bool
    ) -> WatchStanding? {
        let now = Clock.monotonicNanoseconds()
        guard let (_, session) = self.live(id),
            let watcher = session.watching.beat(number, actor, acknowledges: acknowledges, at: now)
        else { return nil }
        if acknowledges { self.attendToWatchers(ofSession: id) }
        return WatchStanding(
            others: session.watching.joined.filter { $0.number != number }, isHeld: session.isHeld,
            canSupervise: watcher.canSupervise, remaining: session.watching.remaining(of: watcher, at: now))
    }

    /// Keys of a watcher go to the session, as if its user had typed them. Audits the first.
    func typeAlong(_ keys: [UInt8], watcher number: UInt64, ofSession id: String, by actor: String) async
        -> TypingResult?
    {
        guard let (_, session) = self.live(id),
            let (mayType, isFirst) = session.watching.type(number, actor, at: Clock.monotonicNanoseconds())
        else { return nil }
        guard mayType else { return .notAllowed }
        if isFirst { self.audit(.sessionJoined(session: id, watcher: actor), actor: actor) }
        return await self.controlSession(id: id, .typed(by: Array(actor.utf8), keys: keys), by: actor).map {
            .control($0)
        }
    }

    func isWatching(_ number: UInt64, session id: String) -> Bool {
        // The end of a session that is over is still its watchers' to see.
        guard let (_, session) = self.live(id) else { return true }
        return session.watching.joined.contains { $0.number == number }
    }

    func endWatch(_ number: UInt64, ofSession id: String) {
        guard let (connection, session) = self.live(id), let watcher = session.watching.leave(number) else { return }
        self.noteLeft(watcher, "left", connection, id)
        self.attendToWatchers(ofSession: id)
    }

    private func noteLeft(_ watcher: WatchList.Watcher, _ cause: String, _ connection: Connection, _ id: String) {
        let isShown = connection.session?.destination.supervision.showsWatchers == true
        self.tell(.watcherLeft(name: Array(watcher.name.utf8), isShown: isShown), connection)
        self.audit(.watcherLeft(session: id, watcher: watcher.name, cause: cause), actor: watcher.name)
    }

    private func live(_ id: String) -> (connection: Connection, session: Session)? {
        self.connections.values.lazy.compactMap { connection in connection.session.map { (connection, $0) } }
            .first { $0.1.id == id && $0.0.robot == nil }
    }

    /// Without waiting for the worker's answer.
    func tell(_ control: SessionControl, _ connection: Connection) {
        let number = connection.nextControl
        connection.nextControl &+= 1
        connection.permissions.controlled(number, control)
        self.send(.control(number: number, control), to: connection)
    }

    /// Takes out who has fallen silent, holds or releases the session's input, and sets the timer for the next look.
    private func attendToWatchers(ofSession id: String) {
        guard let (connection, session) = self.live(id) else { return }
        let now = Clock.monotonicNanoseconds()
        for watcher in session.watching.lapse(at: now) { self.noteLeft(watcher, "silent", connection, id) }
        if session.destination.supervision.isDualControl { self.supervise(session, connection, at: now) }
        guard let next = session.watching.nextDeadline(after: now), next < session.watchTimer ?? .max else { return }
        session.watchTimer = next
        self.loop.after(nanoseconds: next > now ? next - now : 0) { [weak self] in
            self?.assumeIsolated { broker in
                guard let session = broker.live(id)?.session else { return }
                if session.watchTimer == next { session.watchTimer = nil }
                broker.attendToWatchers(ofSession: id)
            }
        }
    }

    private func supervise(_ session: Session, _ connection: Connection, at now: UInt64) {
        let supervisor = session.watching.supervisor(at: now)
        guard session.isHeld == (supervisor != nil) else { return }
        session.isHeld = supervisor == nil
        if let supervisor {
            self.tell(.release(by: Array(supervisor.name.utf8)), connection)
            self.audit(.inputReleased(session: session.id, by: supervisor.name), actor: supervisor.name)
        } else {
            let isSilent = session.watching.hasSilentSupervisor
            self.tell(.hold(reason: Array((isSilent ? Self.heldByDeadMan : Self.heldByLoss).utf8)), connection)
            self.audit(
                .inputHeld(session: session.id, cause: isSilent ? "not-acknowledged" : "no-supervisor"),
                actor: "gateway")
        }
    }
}

/// A place among a session's watchers.
enum WatchIssue: Hashable, Sendable {
    case ticket(UInt64, canSupervise: Bool, canJoin: Bool)
    case tooMany
}

/// What has become of keys of a watcher.
enum TypingResult: Hashable, Sendable {
    case control(ControlResult)
    /// The grant doesn't let them.
    case notAllowed
}

/// How a watcher stands.
struct WatchStanding: Sendable {
    let others: [WatchList.Watcher]
    /// Dual control holds the input.
    let isHeld: Bool
    let canSupervise: Bool
    /// Nanoseconds until the watcher's word as a supervisor ends; nil when it doesn't.
    let remaining: UInt64?
}
