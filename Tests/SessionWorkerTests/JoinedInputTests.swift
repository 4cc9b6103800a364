import RecordingFormat
import Testing

@testable import SessionWorker

/// Whose the bytes of a channel's input are.
@Suite("input of people who have joined")
struct JoinedInputTests {
    private let bob = Array("bob".utf8)
    private let eve = Array("eve".utf8)

    @Test("they come behind what the client has sent, one person's keys at a time, and are told by where they stand")
    func order() {
        var joined = JoinedInput()
        #expect(joined.next(after: 0) == nil && !joined.isWaiting)
        joined.add([1, 2, 3], by: self.bob)
        joined.add([4], by: self.eve)
        #expect(joined.next(after: 5) == nil)
        #expect(joined.noted(5) == nil)
        #expect(joined.next(after: 0) == [1, 2, 3])
        #expect(joined.noted(3) == .control(.inputBy(name: self.bob, offset: 5, bytes: 3)))
        #expect(joined.next(after: 0) == [4])
        // The client's own came behind it in the same turn.
        #expect(joined.noted(4) == .control(.inputBy(name: self.eve, offset: 8, bytes: 1)))
        #expect(joined.noted(2) == nil && joined.next(after: 0) == nil)
    }

    @Test("what a rule holds back is told of when it goes on, and not at all when it never does")
    func pieces() {
        var joined = JoinedInput()
        joined.add([1, 2, 3], by: self.bob)
        _ = joined.next(after: 0)
        #expect(joined.noted(0) == nil)
        #expect(joined.noted(1) == .control(.inputBy(name: self.bob, offset: 0, bytes: 1)))
        #expect(joined.noted(1) == .control(.inputBy(name: self.bob, offset: 1, bytes: 1)))
        joined.dropped()
        #expect(joined.noted(7) == nil)
        joined.add([1, 2], by: self.bob)
        joined.add([3], by: self.eve)
        #expect(joined.dropWaiting() == .control(.inputDropped(bytes: 3)))
        #expect(joined.dropWaiting() == nil && !joined.isWaiting)
    }
}
