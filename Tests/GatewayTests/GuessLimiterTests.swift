import Testing

@testable import Gateway

@Suite("Guessing")
struct GuessLimiterTests {
    private static let second: UInt64 = 1_000_000_000

    private func guessed(_ failures: Int, from source: String = "a", at now: UInt64 = 0) -> GuessLimiter {
        var limiter = GuessLimiter()
        for _ in 0..<failures { _ = limiter.failed(source, at: now) }
        return limiter
    }

    @Test("ten failures cost nothing, and each one beyond doubles the time to the next guess")
    func backOff() {
        var limiter = self.guessed(10)
        #expect(limiter.admit("a", at: 0) == 0)
        #expect(limiter.admit("a", at: 0) == 0)
        _ = limiter.failed("a", at: 0)
        // The first one goes through; the others stand in line behind it.
        #expect(limiter.admit("a", at: 0) == 0)
        #expect(limiter.admit("a", at: 0) == 2 * Self.second)
        #expect(limiter.admit("a", at: 0) == 4 * Self.second)
        limiter = self.guessed(13)
        #expect(limiter.admit("a", at: 0) == 0)
        #expect(limiter.admit("a", at: 0) == 8 * Self.second)
        #expect(limiter.admit("a", at: 0) == 16 * Self.second)
        // Longer than anybody waits.
        #expect(limiter.admit("a", at: 0) == nil)
    }

    @Test("a source that guesses is let through once a minute at most, however many connections it makes")
    func flood() {
        var limiter = self.guessed(1000)
        var admitted = 0
        for step in 0..<6000 {
            let now = UInt64(step) * Self.second / 10
            if limiter.admit("a", at: now) != nil { admitted += 1 }
            _ = limiter.failed("a", at: now)
        }
        #expect((9...11).contains(admitted), "\(admitted) in ten minutes")
    }

    @Test("other sources are not slowed, and the failures fade")
    func others() {
        var limiter = self.guessed(1000)
        #expect(limiter.admit("b", at: 0) == 0)
        let later = 8 * GuessLimiter.halfLife
        #expect(limiter.admit("a", at: later) == 0)
        #expect(limiter.admit("a", at: later) == 0)
    }

    @Test("what is beyond the free failures is summed up, once")
    func summary() {
        var limiter = GuessLimiter()
        let rows = (0..<25).map { _ in limiter.failed("a", at: 0) }
        #expect(rows.count(where: { $0 }) == 10)
        #expect(limiter.takeUnaudited().map(\.count) == [15])
        #expect(limiter.takeUnaudited().isEmpty)
    }

    @Test("memory is bounded, and the worst are remembered")
    func bounded() {
        var limiter = self.guessed(20, from: "worst")
        for number in 0..<GuessLimiter.maximumSources + 50 { _ = limiter.failed("s\(number)", at: 0) }
        #expect(limiter.admit("worst", at: 0) == 0)
        #expect(limiter.admit("worst", at: 0) != 0)
    }

    @Test("a network of IPv6 counts as one source, and a mapped address as itself")
    func sources() {
        let one = GuessLimiter.source(ofHost: "2001:db8:1:2:3::4")
        #expect(one == GuessLimiter.source(ofHost: "2001:db8:1:2:ffff::1"))
        #expect(one != GuessLimiter.source(ofHost: "2001:db8:1:3::4"))
        #expect(GuessLimiter.source(ofHost: "::ffff:10.0.0.1") == "10.0.0.1")
        #expect(GuessLimiter.source(ofHost: "10.0.0.1") == "10.0.0.1")
    }
}
