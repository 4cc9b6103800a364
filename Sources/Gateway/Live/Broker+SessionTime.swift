import AccessPolicy
import AuditLog
import Platform
import WorkerProtocol

/// When a session is over by itself, and what its user was told of that.
struct SessionTime {
    /// UTC, in nanoseconds; nil when no end is in sight.
    var end: Int64?
    /// What the end is that of.
    var cause = Cause.rules

    enum Cause {
        case rules, length, certificate
    }
    /// Counts looks for the end: a timer of an earlier one means nothing.
    var look: UInt64 = 0
    /// The least time before the end at which the user was warned of it, in nanoseconds.
    var warned = Int64.max
}

extension Broker {
    /// When the user is warned of the end, in nanoseconds before it: five minutes and one.
    private static let warnings: [Int64] = [300, 60].map { $0 * 1_000_000_000 }

    /// How far ahead an end is looked for, and when it is looked for again, in nanoseconds.
    private static let foresight: Int64 = 26 * 3600 * 1_000_000_000
    private static let lookInterval: Int64 = 24 * 3600 * 1_000_000_000
    private static let retryInterval: UInt64 = 2_000_000_000

    /// Sees to it that this session ends when its grants no longer permit it by the clock, or when it has lasted as long
    /// as they permit, and that its user is warned. Called when it begins, and after each change of rules.
    func watchTime(of connection: Connection) {
        guard let session = connection.session else { return }
        session.time.look += 1
        let (number, look, store) = (connection.number, session.time.look, self.store)
        let (held, origin, started) = (session.destination, connection.peer.origin, session.startedNanoseconds)
        let byCertificate =
            self.configuration.sessionsOutliveCertificates ? nil : connection.login?.certificateEnd
        Task {
            let now = Clock.wallNanoseconds()
            let byClock: Int64?
            do {
                byClock = try await self.questions.run {
                    AccessPolicy(rules: try store.accessRules())
                        .end(of: held, from: origin, after: now, before: now + Self.foresight)
                }
            } catch {
                self.log.error("can't look for the end of session \(session.id): \(error)")
                return self.watchTime(of: number, look, afterNanoseconds: Self.retryInterval)
            }
            guard let session = self.connections[number]?.session, session.time.look == look else { return }
            let byLength = held.limits.sessionSeconds.map { started + Int64($0) * 1_000_000_000 }
            let end = [byClock ?? nil, byLength, byCertificate].compactMap { $0 }.min()
            if end != session.time.end { session.time.warned = .max }
            session.time.end = end
            session.time.cause = end == byLength ? .length : end == byCertificate ? .certificate : .rules
            self.attendToTime(of: number, look)
        }
    }

    /// An end that could not be looked for is not one that there isn't.
    private func watchTime(of number: UInt64, _ look: UInt64, afterNanoseconds delay: UInt64) {
        self.loop.after(nanoseconds: delay) { [weak self] in
            self?.assumeIsolated { broker in
                guard let connection = broker.connections[number], connection.session?.time.look == look else { return }
                broker.watchTime(of: connection)
            }
        }
    }

    /// Warns or ends, if it is time for it, and sets a timer for what comes next.
    private func attendToTime(of number: UInt64, _ look: UInt64) {
        guard let connection = self.connections[number], let session = connection.session,
            session.time.look == look, connection.killed == nil
        else { return }
        let now = Clock.wallNanoseconds()
        var next = now + Self.lookInterval
        if let end = session.time.end {
            guard now < end else { return self.expire(connection, session) }
            if let due = Self.warnings.filter({ end - now <= $0 }).min(), due < session.time.warned {
                session.time.warned = due
                self.send(.notice(line: Array(Self.warning(end - now).utf8)), to: connection)
            }
            next = min(next, Self.warnings.map { end - $0 }.filter { $0 > now }.min() ?? end)
        }
        self.loop.after(nanoseconds: UInt64(next - now)) { [weak self] in
            self?.assumeIsolated { broker in
                guard let connection = broker.connections[number], let session = connection.session,
                    session.time.look == look
                else { return }
                if session.time.end == nil {
                    broker.watchTime(of: connection)
                } else {
                    broker.attendToTime(of: number, look)
                }
            }
        }
    }

    private static func warning(_ left: Int64) -> String {
        let seconds = (left + 999_999_999) / 1_000_000_000
        return "this session ends in \(seconds < 90 ? "\(seconds) s" : "\((seconds + 30) / 60) min")"
    }

    private func expire(_ connection: Connection, _ session: Session) {
        let place = "\(session.destination.account)@\(session.destination.target)"
        let reason =
            switch session.time.cause {
            case .rules: "the time for access to \(place) is over"
            case .length: "the longest time for a session on \(place) is over"
            case .certificate: "the certificate that you signed in with has expired"
            }
        self.end(connection, session, because: reason)
    }

    /// How long a worker may take to show the last line, in nanoseconds: it has a second to be gone altogether.
    private static let lastLinePatience: UInt64 = 300_000_000

    /// Ends a session by a rule: the user sees the line, then both legs are cut.
    func end(_ connection: Connection, _ session: Session, because reason: String) {
        guard connection.killed == nil else { return }
        connection.killed = (by: "gateway", reason: reason)
        self.audit(
            .sessionExpired(
                session: session.id, user: session.destination.user, from: connection.peer.description, reason: reason),
            actor: "gateway")
        let (number, id, begun) = (connection.number, session.id, Clock.monotonicNanoseconds())
        self.send(.terminate(line: Array(reason.utf8)), to: connection)
        self.loop.after(nanoseconds: Self.lastLinePatience) { [weak self] in
            self?.assumeIsolated { $0.connections[number]?.cut() }
        }
        Task {
            guard let connection = self.connections[number] else { return }
            _ = await self.proveEnd(of: connection, session: id, by: "gateway", reason: reason, since: begun)
        }
    }
}
