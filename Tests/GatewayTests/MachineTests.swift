import Synchronization
import Testing

@testable import Gateway
@testable import GatewayConfiguration

@Suite("The broker's small machines")
struct MachineTests {
    @Test("timers come in order of their deadlines, and none before its time")
    func timers() {
        var heap = TimerHeap()
        let fired = Mutex<[UInt64]>([])
        var deadlines = (0..<200).map { _ in UInt64.random(in: 1...1000) }
        for deadline in deadlines { heap.insert(deadline: deadline) { fired.withLock { $0.append(deadline) } } }
        for now in stride(from: UInt64(0), through: 1000, by: 50) {
            while let handler = heap.popDue(at: now) { handler() }
            #expect(fired.withLock { $0.allSatisfy { $0 <= now } })
            #expect(heap.next.map { $0 > now } ?? true)
        }
        deadlines.sort()
        #expect(fired.withLock { $0 } == deadlines)
    }

    @Test("key exchanges are signed at once, as many as may come together, and then at an even pace")
    func exchangePace() {
        var pace = ExchangePace()
        let start: UInt64 = 5_000_000_000
        for _ in 0..<ExchangePace.burst { #expect(pace.delay(at: start) == 0) }
        for number in 1...10 { #expect(pace.delay(at: start) == UInt64(number) * ExchangePace.interval) }
        // Who keeps to the pace never waits; who was patient may hurry again.
        let later = start + 3_600_000_000_000
        for number in 0..<1000 { #expect(pace.delay(at: later + UInt64(number) * ExchangePace.interval) == 0) }
        let patient = later + 7_200_000_000_000
        for _ in 0..<ExchangePace.burst { #expect(pace.delay(at: patient) == 0) }
        #expect(pace.delay(at: patient) > 0)
    }

    @Test("each limit refuses the connection after its last one, and a closed one makes room")
    func limits() {
        var limiter = ConnectionLimiter(.init(total: 4, perSource: 2, unauthenticated: 3))
        #expect(limiter.admit(from: "a") == nil)
        limiter.authenticated(from: "a")
        #expect(limiter.admit(from: "a") == nil)
        #expect(limiter.admit(from: "a") == .perSource)
        #expect(limiter.admit(from: "b") == nil)
        #expect(limiter.admit(from: "c") == nil)
        limiter.authenticated(from: "c")
        #expect(limiter.admit(from: "d") == .total)
        limiter.ended(from: "c", wasAuthenticated: true)
        #expect(limiter.admit(from: "d") == nil)
        limiter.ended(from: "a", wasAuthenticated: true)
        #expect(limiter.admit(from: "e") == .unauthenticated)
    }

    @Test("one source gets half of the places before login, and more as it logs in")
    func unauthenticatedPerSource() {
        var limiter = ConnectionLimiter(.init(total: 100, perSource: 100, unauthenticated: 8))
        for _ in 0..<4 { #expect(limiter.admit(from: "a") == nil) }
        #expect(limiter.admit(from: "a") == .perSource)
        #expect(limiter.admit(from: "b") == nil)
        limiter.authenticated(from: "a")
        #expect(limiter.admit(from: "a") == nil)
        limiter.ended(from: "a", wasAuthenticated: false)
        #expect(limiter.admit(from: "a") == nil)
    }
}
