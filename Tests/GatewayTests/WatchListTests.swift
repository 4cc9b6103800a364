import AccessPolicy
import Testing

@testable import Gateway

@Suite("who watches a session")
struct WatchListTests {
    private static let second: UInt64 = 1_000_000_000
    private let start: UInt64 = 1000 * Self.second

    private func list(deadMan: Int? = nil) -> WatchList {
        WatchList(Supervision(isDualControl: true, deadManSeconds: deadMan))
    }

    @Test("a ticket alone supervises nothing, is good for its owner alone, once, and for a while")
    func tickets() throws {
        var list = self.list()
        let number = list.issue(to: "bob", canSupervise: true, since: 0, at: self.start) ?? 0
        #expect(list.supervisor(at: self.start) == nil && list.joined.isEmpty)
        let result1 = list.join(number, "carol", at: self.start)
        #expect(result1 == nil)
        let result2 = list.join(number, "bob", at: self.start)
        #expect(result2 != nil)
        let result3 = list.join(number, "bob", at: self.start)
        #expect(result3 == nil)
        #expect(list.supervisor(at: self.start)?.name == "bob")
        let late = list.issue(to: "bob", canSupervise: true, since: 0, at: self.start) ?? 0
        let result4 = list.join(late, "bob", at: self.start + WatchList.ticketPatience)
        #expect(result4 == nil)
    }

    @Test("one who is silent for the time that is given no longer watches, and can't come back by a sign of life")
    func silence() throws {
        var list = self.list()
        let number = list.issue(to: "bob", canSupervise: true, since: 0, at: self.start) ?? 0
        _ = list.join(number, "bob", at: self.start)
        let beat = self.start + WatchList.patience - 1
        let result5 = list.lapse(at: beat)
        #expect(result5.isEmpty)
        let result6 = list.beat(number, "carol", acknowledges: false, at: beat)
        #expect(result6 == nil)
        let result7 = list.beat(number, "bob", acknowledges: false, at: beat)
        #expect(result7 != nil)
        #expect(list.nextDeadline(after: beat) == beat + WatchList.patience)
        // Nobody has looked yet, and the word counts no more.
        #expect(list.supervisor(at: beat + WatchList.patience) == nil)
        let result8 = list.beat(number, "bob", acknowledges: true, at: beat + WatchList.patience)
        #expect(result8 == nil)
        let result9 = list.lapse(at: beat + WatchList.patience)
        #expect(result9.map(\.name) == ["bob"])
        #expect(list.joined.isEmpty && list.nextDeadline(after: beat) == nil)
    }

    @Test("a supervisor's word ends after the dead-man's time, unless it is given again")
    func deadMan() throws {
        var list = self.list(deadMan: 30)
        let number = list.issue(to: "bob", canSupervise: true, since: 0, at: self.start) ?? 0
        _ = list.join(number, "bob", at: self.start)
        var now = self.start
        for _ in 0..<29 {
            now += Self.second
            _ = list.beat(number, "bob", acknowledges: false, at: now)
        }
        #expect(list.supervisor(at: now) != nil)
        let watcher = try #require(list.joined.first)
        #expect(list.remaining(of: watcher, at: now) == Self.second)
        now += Self.second
        _ = list.beat(number, "bob", acknowledges: false, at: now)
        #expect(list.supervisor(at: now) == nil && list.hasSilentSupervisor)
        _ = list.beat(number, "bob", acknowledges: true, at: now)
        #expect(list.supervisor(at: now) != nil)
    }

    @Test("who may not supervise counts for nothing, whatever they say; the other one goes on counting")
    func onlookers() throws {
        var list = self.list(deadMan: 10)
        let onlooker = list.issue(to: "alice", canSupervise: false, since: 0, at: self.start) ?? 0
        _ = list.join(onlooker, "alice", at: self.start)
        _ = list.beat(onlooker, "alice", acknowledges: true, at: self.start)
        #expect(list.supervisor(at: self.start) == nil && !list.hasSilentSupervisor)
        let supervisor = list.issue(to: "bob", canSupervise: true, since: 0, at: self.start) ?? 0
        _ = list.join(supervisor, "bob", at: self.start)
        #expect(list.supervisor(at: self.start)?.name == "bob")
        let result10 = list.leave(supervisor)
        #expect(result10?.name == "bob")
        #expect(list.supervisor(at: self.start) == nil)
    }

    @Test("there are so many places and no more")
    func limit() {
        var list = self.list()
        for _ in 0..<WatchList.maximumCount {
            let result11 = list.issue(to: "bob", canSupervise: true, since: 0, at: self.start)
            #expect(result11 != nil)
        }
        let result12 = list.issue(to: "bob", canSupervise: true, since: 0, at: self.start)
        #expect(result12 == nil)
        _ = list.lapse(at: self.start + WatchList.ticketPatience)
        let result13 = list.issue(to: "bob", canSupervise: true, since: 0, at: self.start)
        #expect(result13 != nil)
    }
}
