import Glibc

/// Slows down sources that guess passwords and one-time codes. Pure: time is passed in.
///
/// It counts by source alone, so that nobody can lock somebody else out: a user's wrong passwords from one place are no
/// hindrance to them at another, and whoever signs in with a key alone is never slowed.
struct GuessLimiter: Sendable {
    private struct Source {
        /// Fades with time.
        var failures: Double
        /// Of `failures`, on the monotonic clock, in nanoseconds.
        var updated: UInt64
        /// When the next guess may be looked at.
        var nextFree: UInt64
        /// Failures since the last summary that have no row of their own in the audit log.
        var unaudited = 0
    }

    private var sources: [String: Source] = [:]

    /// Failures that cost nothing: people mistype.
    static let freeFailures = 10.0
    /// Nanoseconds after which half of the failures are forgotten.
    static let halfLife: UInt64 = 600 * second
    /// Longest time between two guesses, in nanoseconds.
    static let longestInterval: UInt64 = 60 * second
    /// Longest wait of one guess; those that would wait longer are refused unread.
    static let longestWait: UInt64 = 20 * second
    /// Most sources that are remembered; beyond, the one with the fewest failures is forgotten.
    static let maximumSources = 10_000

    private static let second: UInt64 = 1_000_000_000

    /// What comes from one place: an IPv4 address, or the 64 bits of a network of IPv6, which belong to one customer.
    static func source(ofHost host: String) -> String {
        var address = in6_addr()
        guard inet_pton(AF_INET6, host, &address) == 1 else { return host }
        return withUnsafeBytes(of: &address) { bytes in
            // ::ffff:a.b.c.d
            let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            guard !isMapped else { return bytes.suffix(4).map { String($0) }.joined(separator: ".") }
            return bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":") + "/64"
        }
    }

    /// When a guess from `source` may be looked at.
    /// - returns: nanoseconds to wait; nil to refuse it unread.
    mutating func admit(_ source: String, at now: UInt64) -> UInt64? {
        guard var record = self.sources[source] else { return 0 }
        Self.fade(&record, at: now)
        let excess = record.failures - Self.freeFailures
        guard excess > 0 else {
            self.sources[source] = record
            return 0
        }
        let interval = min(UInt64(exp2(min(excess, 10)) * Double(Self.second)), Self.longestInterval)
        let start = max(now, record.nextFree)
        guard start - now <= Self.longestWait else {
            self.sources[source] = record
            return nil
        }
        record.nextFree = start + interval
        self.sources[source] = record
        return start - now
    }

    /// A guess from `source` was wrong, or refused unread.
    /// - returns: whether it gets a row of its own in the audit log; of the others ``takeUnaudited()`` tells the number.
    mutating func failed(_ source: String, at now: UInt64) -> Bool {
        var record = self.sources[source] ?? Source(failures: 0, updated: now, nextFree: now)
        Self.fade(&record, at: now)
        record.failures += 1
        let isAudited = record.failures <= Self.freeFailures
        if !isAudited { record.unaudited += 1 }
        self.sources[source] = record
        if self.sources.count > Self.maximumSources,
            let least = self.sources.filter({ $0.key != source }).min(by: { $0.value.failures < $1.value.failures })
        {
            self.sources[least.key] = nil
        }
        return isAudited
    }

    /// Failures without a row of their own since the last call, by source.
    mutating func takeUnaudited() -> [(source: String, count: Int)] {
        let found = self.sources.filter { $0.value.unaudited > 0 }.map { (source: $0.key, count: $0.value.unaudited) }
        for entry in found { self.sources[entry.source]?.unaudited = 0 }
        return found.sorted { $0.source < $1.source }
    }

    private static func fade(_ record: inout Source, at now: UInt64) {
        let elapsed = now > record.updated ? now - record.updated : 0
        record.failures *= exp2(-Double(elapsed) / Double(Self.halfLife))
        record.updated = now
    }
}
