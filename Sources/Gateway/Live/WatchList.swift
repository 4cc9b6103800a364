import AccessPolicy

/// Who watches one session, and whether its input may go on. A machine without a clock: times are on the monotonic one,
/// in nanoseconds.
///
/// A watcher has a ticket first, joins when their stream of the recording begins, and stays as long as signs of life
/// come: of a reader that was stopped or cut off, nothing else would tell.
struct WatchList {
    struct Watcher: Hashable {
        let number: UInt64
        let name: String
        let canSupervise: Bool
        let canJoin: Bool
        /// Has typed along.
        fileprivate(set) var hasTyped = false
        /// UTC, in nanoseconds.
        let since: Int64
        fileprivate(set) var hasJoined = false
        fileprivate var lastBeat: UInt64
        /// When this supervisor last said to be looking on.
        fileprivate var acknowledged: UInt64

        fileprivate var deadline: UInt64 {
            self.lastBeat + (self.hasJoined ? WatchList.patience : WatchList.ticketPatience)
        }
    }

    /// How long a watcher may be silent. With the way to the worker it stays below two seconds.
    static let patience: UInt64 = 1_500_000_000
    /// How often a watcher should give a sign of life, in milliseconds.
    static let beatMilliseconds = 400
    /// How long a ticket is good for.
    static let ticketPatience: UInt64 = 10_000_000_000
    /// Most watchers and tickets of a session.
    static let maximumCount = 64

    private var watchers: [UInt64: Watcher] = [:]
    private var lastNumber: UInt64 = 0
    let deadManNanoseconds: UInt64?

    init(_ supervision: Supervision) {
        self.deadManNanoseconds = supervision.deadManSeconds.map { UInt64($0) * 1_000_000_000 }
    }

    /// Those who have joined, in order.
    var joined: [Watcher] { self.watchers.values.filter(\.hasJoined).sorted { $0.number < $1.number } }

    /// - returns: the ticket's number; nil when there are too many.
    mutating func issue(
        to name: String, canSupervise: Bool, canJoin: Bool = false, since: Int64, at now: UInt64
    ) -> UInt64? {
        guard self.watchers.count < Self.maximumCount else { return nil }
        self.lastNumber += 1
        self.watchers[self.lastNumber] = Watcher(
            number: self.lastNumber, name: name, canSupervise: canSupervise, canJoin: canJoin, since: since,
            lastBeat: now,
            acknowledged: now)
        return self.lastNumber
    }

    /// The watcher's stream begins. Whoever supervises has said so with that.
    /// - returns: nil without such a ticket of this name's, or when it was used before.
    mutating func join(_ number: UInt64, _ name: String, at now: UInt64) -> Watcher? {
        guard var watcher = self.watchers[number], watcher.name == name, !watcher.hasJoined, now < watcher.deadline
        else {
            return nil
        }
        watcher.hasJoined = true
        watcher.lastBeat = now
        watcher.acknowledged = now
        self.watchers[number] = watcher
        return watcher
    }

    /// A sign of life.
    /// - returns: nil when nobody of this name and number watches, or no longer.
    mutating func beat(_ number: UInt64, _ name: String, acknowledges: Bool, at now: UInt64) -> Watcher? {
        guard var watcher = self.watchers[number], watcher.name == name, now < watcher.deadline else { return nil }
        watcher.lastBeat = now
        if acknowledges { watcher.acknowledged = now }
        self.watchers[number] = watcher
        return watcher
    }

    /// Somebody who watches types.
    /// - returns: whether they may, and whether it is the first time; nil when nobody of this name and number watches.
    mutating func type(_ number: UInt64, _ name: String, at now: UInt64) -> (mayType: Bool, isFirst: Bool)? {
        guard var watcher = self.watchers[number], watcher.name == name, watcher.hasJoined, now < watcher.deadline
        else { return nil }
        guard watcher.canJoin else { return (false, false) }
        defer { self.watchers[number] = watcher }
        let isFirst = !watcher.hasTyped
        watcher.hasTyped = true
        return (true, isFirst)
    }

    /// - returns: the watcher, if there was one and had joined.
    mutating func leave(_ number: UInt64) -> Watcher? {
        self.watchers.removeValue(forKey: number).flatMap { $0.hasJoined ? $0 : nil }
    }

    /// Takes out whoever was silent for too long.
    /// - returns: those of them who had joined.
    mutating func lapse(at now: UInt64) -> [Watcher] {
        let silent = self.watchers.values.filter { $0.deadline <= now }.sorted { $0.number < $1.number }
        for watcher in silent { self.watchers[watcher.number] = nil }
        return silent.filter(\.hasJoined)
    }

    /// The supervisor whose word counts now; nil when there is none.
    func supervisor(at now: UInt64) -> Watcher? {
        self.joined.filter { $0.canSupervise && self.wordEnds($0) > now && $0.deadline > now }
            .max { $0.acknowledged < $1.acknowledged }
    }

    /// Whether somebody could supervise, and only has not said so lately.
    var hasSilentSupervisor: Bool { self.joined.contains(where: \.canSupervise) }

    /// Nanoseconds until this supervisor's word ends, at least 0; nil when it doesn't.
    func remaining(of watcher: Watcher, at now: UInt64) -> UInt64? {
        guard watcher.canSupervise, self.deadManNanoseconds != nil else { return nil }
        let end = self.wordEnds(watcher)
        return end > now ? end - now : 0
    }

    /// When something is to be looked at again; nil for never.
    func nextDeadline(after now: UInt64) -> UInt64? {
        let ends = self.joined.filter(\.canSupervise).map(self.wordEnds).filter { $0 > now && $0 != .max }
        return (self.watchers.values.map(\.deadline) + ends).min()
    }

    private func wordEnds(_ watcher: Watcher) -> UInt64 {
        self.deadManNanoseconds.map { watcher.acknowledged + $0 } ?? .max
    }
}
