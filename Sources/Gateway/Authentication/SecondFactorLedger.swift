import Platform
import Synchronization

/// When users last proved a second factor, and from where. In memory alone: after a restart everybody is asked again.
///
/// Of a user and a source, since whoever has stolen a key elsewhere must not profit from it.
final class SecondFactorLedger: Sendable {
    private struct Place: Hashable {
        let user: String
        let host: String
    }

    /// Most entries; beyond, the oldest are forgotten, whose users are then asked once more.
    private static let maximumEntries = 10_000

    private let proved = Mutex<[Place: UInt64]>([:])

    func note(user: String, from host: String, at nanoseconds: UInt64 = Clock.monotonicNanoseconds()) {
        self.proved.withLock { proved in
            proved[Place(user: user, host: host)] = nanoseconds
            guard proved.count > Self.maximumEntries, let oldest = proved.min(by: { $0.value < $1.value }) else {
                return
            }
            proved[oldest.key] = nil
        }
    }

    /// - parameter seconds: nil asks for nothing.
    func isFresh(
        user: String, from host: String, within seconds: Int?, at nanoseconds: UInt64 = Clock.monotonicNanoseconds()
    ) -> Bool {
        guard let seconds else { return true }
        guard let last = self.proved.withLock({ $0[Place(user: user, host: host)] }) else { return false }
        return nanoseconds <= last + UInt64(seconds) * 1_000_000_000
    }
}
