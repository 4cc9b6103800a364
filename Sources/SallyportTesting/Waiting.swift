import Glibc

/// Calls `condition` every `interval` until it holds.
///
/// Blocks the calling thread: the suites that use it run one at a time.
/// - throws: ``HarnessError`` naming `what` when `limit` has passed.
public func waitUntil(
    _ what: @autoclosure () -> String, within limit: Duration = .seconds(20),
    every interval: Duration = .milliseconds(10), _ condition: () throws -> Bool
) throws {
    let deadline = ContinuousClock.now + limit
    while try !condition() {
        guard ContinuousClock.now < deadline else { throw HarnessError("waited \(limit) in vain until \(what())") }
        pause(interval)
    }
}

/// Blocks the calling thread.
public func pause(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    usleep(UInt32(seconds) * 1_000_000 + UInt32(attoseconds / 1_000_000_000_000))
}

/// How long `body` took.
public func timed(_ body: () throws -> Void) rethrows -> Duration {
    let start = ContinuousClock.now
    try body()
    return ContinuousClock.now - start
}
