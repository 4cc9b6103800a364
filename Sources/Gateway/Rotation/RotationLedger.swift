import Platform

/// Which accounts' secrets are being changed, and of which nobody knows yet what the target takes.
struct RotationLedger {
    /// One at a time for each account.
    private var running: [AccountPlace: RotationGate] = [:]
    /// Tried again on a timer, and where the secret is in doubt by the next session.
    private(set) var unsettled: [AccountPlace: Unsettled] = [:]

    struct Unsettled {
        /// When it was last tried, on the monotonic clock in nanoseconds; 0 for never since the gateway runs.
        var tried: UInt64
        /// Which secret the target takes is not known. Else nothing but a key's line is left to remove.
        var isInDoubt: Bool
    }

    /// Attempts, to which sessions that come thick and fast would lead, are at least this far apart, in nanoseconds: a
    /// target may count the failures.
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

    /// From now on, and tried just now.
    mutating func isUnsettled(_ place: AccountPlace, inDoubt: Bool) {
        self.unsettled[place] = Unsettled(tried: Clock.monotonicNanoseconds(), isInDoubt: inDoubt)
    }
    /// Left by an earlier run of the gateway: may be tried at once.
    mutating func wasLeftUnsettled(_ place: AccountPlace, inDoubt: Bool) {
        self.unsettled[place] = Unsettled(tried: 0, isInDoubt: inDoubt)
    }
    mutating func isSettled(_ place: AccountPlace) { self.unsettled[place] = nil }

    /// Nobody knows which secret the target takes.
    func isInDoubt(_ place: AccountPlace) -> Bool { self.unsettled[place]?.isInDoubt == true }

    /// What is to be waited before the next attempt, in nanoseconds; 0 for nothing, nil when there is nothing to try.
    func pauseBeforeAttempt(_ place: AccountPlace) -> UInt64? {
        guard let last = self.unsettled[place]?.tried else { return nil }
        let (due, now) = (last == 0 ? 0 : last + Self.attemptPause, Clock.monotonicNanoseconds())
        return due > now ? due - now : 0
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
