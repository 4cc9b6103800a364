import NIOCore
import Synchronization

/// Counts connections, so that nobody takes them all.
final class ConnectionCounter: Sendable {
    private struct State {
        var total = 0
        var bySource: [String: Int] = [:]
    }

    private let state = Mutex(State())
    private let limit: Int
    private let limitPerSource: Int

    init(limit: Int, perSource: Int) {
        self.limit = limit
        self.limitPerSource = perSource
    }

    /// Counts `channel` until it is closed.
    /// - returns: false for one too many, which is not counted.
    func admit(_ channel: any Channel) -> Bool {
        let source = channel.remoteAddress?.ipAddress ?? ""
        let isAdmitted = self.state.withLock { state in
            guard state.total < self.limit, state.bySource[source, default: 0] < self.limitPerSource else {
                return false
            }
            state.total += 1
            state.bySource[source, default: 0] += 1
            return true
        }
        guard isAdmitted else { return false }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { state in
                state.total -= 1
                let left = state.bySource[source, default: 1] - 1
                state.bySource[source] = left == 0 ? nil : left
            }
        }
        return true
    }
}
