import AuditLog
import Platform
import SessionStore
import Synchronization

/// Slows down sources that show tokens that are not good, and keeps the audit log from being filled by them.
final class TokenRefusals: Sendable {
    private struct State {
        var limiter = GuessLimiter()
        var isSummaryDue = false
    }

    private let state = Mutex(State())
    private let store: SessionStore
    private let pool: BlockingPool
    /// For which the refusals of a slowed source become one row.
    private static let summaryDelay = Duration.seconds(60)

    init(store: SessionStore, pool: BlockingPool) {
        self.store = store
        self.pool = pool
    }

    /// Notes one, and waits for as long as its source has to.
    /// - returns: false for a source that has to wait for too long: it is to be told so.
    func note(from host: String, token: String?, cause: String) async -> Bool {
        let source = GuessLimiter.source(ofHost: host)
        let now = Clock.monotonicNanoseconds()
        let (wait, isAudited, begins) = self.state.withLock { state in
            let wait = state.limiter.admit(source, at: now)
            let isAudited = state.limiter.failed(source, at: now)
            let begins = !isAudited && !state.isSummaryDue
            if begins { state.isSummaryDue = true }
            return (wait, isAudited, begins)
        }
        if isAudited { await self.audit([.tokenRefused(from: host, token: token, cause: cause)]) }
        if begins { self.summariseLater() }
        guard let wait else { return false }
        try? await Task.sleep(nanoseconds: wait)
        return true
    }

    private func summariseLater() {
        Task {
            try? await Task.sleep(for: Self.summaryDelay)
            let found = self.state.withLock { state in
                state.isSummaryDue = false
                return state.limiter.takeUnaudited()
            }
            await self.audit(found.map { .tokensGuessed(from: $0.source, failures: UInt64($0.count)) })
        }
    }

    private func audit(_ events: [AuditEvent]) async {
        let store = self.store
        try? await self.pool.run { for event in events { _ = try store.audit(event, actor: "-") } }
    }
}
