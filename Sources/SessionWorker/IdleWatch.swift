/// How long there has been no sign of the user.
struct IdleWatch {
    /// In nanoseconds.
    private let limit: UInt64
    private var signs: UInt64
    private var since: UInt64

    /// - parameters:
    ///   - seconds: as long as it may last; nil for a watch that never ends comes of 0.
    ///   - now: on the monotonic clock, in nanoseconds, as below.
    init?(seconds: UInt32, at now: UInt64) {
        guard seconds > 0 else { return nil }
        self.limit = UInt64(seconds) * 1_000_000_000
        self.signs = 0
        self.since = now
    }

    /// - parameter signs: how many there have been so far, of whatever kind.
    mutating func observe(_ signs: UInt64, at now: UInt64) {
        guard signs != self.signs else { return }
        self.signs = signs
        self.since = now
    }

    var deadline: UInt64 { self.since + self.limit }

    /// The limit in words.
    var length: String {
        let seconds = self.limit / 1_000_000_000
        return seconds.isMultiple(of: 60) ? "\(seconds / 60) min" : "\(seconds) s"
    }
}
