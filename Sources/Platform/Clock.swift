import Glibc

/// The two clocks that the product reads, in integers.
public enum Clock {
    /// Nanoseconds on the monotonic clock.
    public static func monotonicNanoseconds() -> UInt64 { self.read(CLOCK_MONOTONIC) }

    /// Nanoseconds since 1970-01-01 UTC.
    public static func wallNanoseconds() -> Int64 { Int64(self.read(CLOCK_REALTIME)) }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
