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
        if connection.killed == nil { connection.killed = (by: actor, reason: reason) }
        connection.cut()
        if connection.exit == nil { await self.waitForExit(of: connection.number) }
        let microseconds = (Clock.monotonicNanoseconds() - begun) / 1000
        let isVerified = connection.exit != nil && connection.isCut
        self.audit(
            .sessionKilled(session: id, reason: reason, closedMicroseconds: microseconds, verified: isVerified),
            actor: actor)
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
