import AuditLog
import Platform

extension Broker {
    /// How long a worker may take to be dead, in milliseconds. SIGKILL needs microseconds; more means a broken kernel.
    private static let killPatience: UInt64 = 2_000

    /// Ends a session now, in whatever state it is: both TCP legs are shut, the worker gets SIGKILL.
    ///
    /// - returns: how long it took until both legs were closed and the worker was reaped, in microseconds, and whether
    ///   the kernel confirms both. nil when there is no such live session.
    func killSession(id: String, by actor: String, reason: String) async -> (microseconds: UInt64, isVerified: Bool)? {
        let begun = Clock.monotonicNanoseconds()
        guard let connection = self.connections.values.first(where: { $0.session?.id == id }) else { return nil }
        self.cut(connection, by: actor, reason: reason)
        return await self.proveEnd(of: connection, session: id, by: actor, reason: reason, since: begun)
    }

    /// Shuts and kills; ``proveEnd(of:session:by:reason:since:)`` is to follow.
    func cut(_ connection: Connection, by actor: String, reason: String) {
        if connection.killed == nil { connection.killed = (by: actor, reason: reason) }
        connection.cut()
    }

    /// Waits until the kernel confirms that a connection which was cut is dead. Audits it with `session`, if it had one.
    ///
    /// - parameter begun: on the monotonic clock, in nanoseconds.
    func proveEnd(
        of connection: Connection, session: String?, by actor: String, reason: String, since begun: UInt64
    ) async -> (microseconds: UInt64, isVerified: Bool) {
        if connection.exit == nil { await self.waitForExit(of: connection.number) }
        let microseconds = (Clock.monotonicNanoseconds() - begun) / 1000
        let isVerified = connection.exit != nil && connection.isCut
        if let session {
            self.audit(
                .sessionKilled(
                    session: session, reason: reason, closedMicroseconds: microseconds, verified: isVerified),
                actor: actor)
        }
        return (microseconds, isVerified)
    }

    private func waitForExit(of number: UInt64) async {
        let loop = self.loop
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let once = Once(continuation)
            guard let connection = self.connections[number] else { return once.resume(()) }
            connection.endWaiters.append(once)
            loop.after(nanoseconds: Self.killPatience * 1_000_000) { once.resume(()) }
        }
    }
}
