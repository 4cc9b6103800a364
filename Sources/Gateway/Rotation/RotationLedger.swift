import Platform

/// Which accounts' secrets are being changed, and of which nobody knows yet what the target takes.
struct RotationLedger {
    /// One at a time for each account.
    private var running: [AccountPlace: RotationGate] = [:]
    /// Tried again by the next session, and on a timer. The time is that of the last attempt, on the monotonic clock.
    private(set) var unsettled: [AccountPlace: UInt64] = [:]

    /// Attempts by sessions, which may come thick and fast, are at least this far apart, in nanoseconds: a target may
    /// count the failures.
    static let attemptPause: UInt64 = 5_000_000_000

    /// Nil while another change of the account's secret is under way.
    mutating func enter(_ place: AccountPlace) -> RotationGate? {
        guard self.running[place] == nil else { return nil }
        let gate = RotationGate()
        self.running[place] = gate
        return gate
    }

    mutating func leave(_ place: AccountPlace) { self.running.removeValue(forKey: place)?.open() }

    func gate(of place: AccountPlace) -> RotationGate? { self.running[place] }

    mutating func isUnsettled(_ place: AccountPlace) { self.unsettled[place] = Clock.monotonicNanoseconds() }
    mutating func isSettled(_ place: AccountPlace) { self.unsettled[place] = nil }

    /// A session may try to settle it now.
    func mayBeTried(_ place: AccountPlace) -> Bool {
        guard let last = self.unsettled[place] else { return false }
        return Clock.monotonicNanoseconds() >= last + Self.attemptPause
    }
}

/// Holds logins to an account back while its secret is in the air. Belongs to the broker's thread.
final class RotationGate {
    private(set) var isClosed = false
    private var waiting: [Once<Void>] = []

    func close() { self.isClosed = true }

    func open() {
        self.isClosed = false
        for one in self.waiting { one.resume(()) }
        self.waiting.removeAll()
    }

    fileprivate func add(_ one: Once<Void>) { self.waiting.append(one) }

    /// Returns at once while it is open.
    func pass(on broker: isolated Broker) async {
        guard self.isClosed else { return }
        await withCheckedContinuation { self.add(Once($0)) }
    }
}
