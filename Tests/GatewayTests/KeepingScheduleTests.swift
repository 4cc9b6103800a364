import Testing
import WorkerProtocol

@testable import Gateway

@Suite("When recordings are brought to the disk")
struct KeepingScheduleTests {
    /// A worker's notices and a broker's schedule on a clock that the test turns, in steps of a millisecond.
    private struct Simulation {
        /// From write to sync, in milliseconds.
        var worstDelay = 0
        var rounds = 0
        /// Moments at which no round ran though one was overdue.
        var idleMoments = 0
        var unsynced = 0

        /// - parameters:
        ///   - writes: bytes written at each millisecond.
        ///   - latency: of a message, in milliseconds.
        ///   - sync: how long a sync takes, in milliseconds.
        init(_ writes: [Int: UInt64], latency: ClosedRange<Int>, sync: ClosedRange<Int>, for duration: Int) {
            var notices = GrowthNotices(recordedBytes: 0)
            var schedule = KeepingSchedule()
            var length: UInt64 = 0
            var kept: UInt64 = 0
            var waiting: [(at: Int, bytes: UInt64)] = []
            var messages: [(arrival: Int, bytes: UInt64)] = []
            var round: (end: Int, covers: UInt64)?
            for moment in 0..<duration {
                let now = UInt64(moment) * 1_000_000
                if let bytes = writes[moment] {
                    length += bytes
                    waiting.append((moment, length))
                    if notices.isDue(length, at: now) {
                        notices.told(length, at: now)
                        messages.append((moment + Int.random(in: latency), length))
                    }
                }
                for message in messages where message.arrival == moment {
                    let isPrompt = message.bytes - min(kept, message.bytes) >= GrowthNotices.promptBytes
                    schedule.grew(at: now, isPrompt: isPrompt)
                }
                if let ended = round, ended.end <= moment {
                    for write in waiting.prefix(while: { $0.bytes <= ended.covers }) {
                        self.worstDelay = max(self.worstDelay, moment - write.at)
                    }
                    waiting.removeAll { $0.bytes <= ended.covers }
                    kept = ended.covers
                    round = nil
                    schedule.ended()
                }
                if schedule.begin(at: now) {
                    self.rounds += 1
                    round = (moment + Int.random(in: sync), length)
                }
                let overdue = Int(GrowthNotices.paceNanoseconds / 1_000_000) + latency.upperBound
                if round == nil, let oldest = waiting.first, moment - oldest.at > overdue { self.idleMoments += 1 }
            }
            self.unsynced = waiting.count
        }
    }

    /// Bursts of writes with pauses between them.
    private static func bursts(until end: Int) -> [Int: UInt64] {
        var writes: [Int: UInt64] = [:]
        var moment = 0
        while moment < end {
            for _ in 0..<Int.random(in: 1...20) {
                writes[moment] = UInt64.random(in: 20...2000)
                moment += Int.random(in: 1...150)
            }
            moment += Int.random(in: 1...3000)
        }
        return writes.filter { $0.key < end }
    }

    @Test("every byte is on the disk a second after it was written, also the last one before a pause")
    func withinTheSecond() {
        for _ in 0..<50 {
            let result = Simulation(Self.bursts(until: 60_000), latency: 0...50, sync: 1...150, for: 61_000)
            #expect(result.worstDelay <= 1000)
            #expect(result.unsynced == 0)
        }
    }

    @Test("a write at any moment after another one is synced in time")
    func anyMoment() {
        for later in 1...1700 {
            let result = Simulation([0: 30, later: 30], latency: 0...0, sync: 1...1, for: later + 1000)
            #expect(result.worstDelay <= 801 && result.unsynced == 0, "\(later) ms later")
        }
    }

    @Test("a busy session is synced no more often than it must be")
    func busy() {
        let writes = Dictionary(uniqueKeysWithValues: (0..<60_000).map { ($0, UInt64(10)) })
        let result = Simulation(writes, latency: 1...1, sync: 5...5, for: 60_000)
        #expect(result.rounds <= 75)
        #expect(result.worstDelay <= 1000)
    }

    @Test("on a slow disk one round follows the other, and never two at once")
    func slowDisk() {
        let result = Simulation(Self.bursts(until: 60_000), latency: 0...50, sync: 2000...4000, for: 70_000)
        #expect(result.idleMoments == 0)
        #expect(result.unsynced == 0)
        // A round that the write came just too late for, and its own.
        #expect(result.worstDelay <= 8000)
    }

    @Test("a MiB is not left waiting")
    func prompt() {
        let result = Simulation([0: 1 << 20, 10: 100, 20: 1 << 20], latency: 0...0, sync: 1...1, for: 900)
        #expect(result.worstDelay <= 11)
        #expect(result.unsynced == 0)
    }
}
