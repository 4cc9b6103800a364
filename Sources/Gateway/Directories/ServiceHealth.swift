import Synchronization

/// How something outside the gateway fares that logins depend on.
final class ServiceHealth: Sendable {
    /// Why it gives no answers; nil before the first word of it.
    private let last = Mutex<String??>(nil)

    enum Change: Hashable, Sendable {
        case lost(cause: String)
        case back
    }

    /// By the last word of it: why it gives no answers, or nil.
    var trouble: String? { self.last.withLock { $0 ?? nil } }

    /// Takes note of how a question went.
    /// - parameter trouble: nil when it went well.
    /// - returns: what is new since the last one; the first success is nothing new.
    func note(_ trouble: String?) -> Change? {
        self.last.withLock { last in
            let wasLost = last.map { $0 != nil } ?? false
            last = .some(trouble)
            if let trouble { return wasLost ? nil : .lost(cause: trouble) }
            return wasLost ? .back : nil
        }
    }
}
