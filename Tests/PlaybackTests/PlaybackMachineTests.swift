import Playback
import Testing

@Suite struct PlaybackMachineTests {
    private static let second: UInt64 = 1_000_000

    private static func machine(idleLimit: UInt64? = nil) -> PlaybackMachine {
        PlaybackMachine(
            duration: 100 * self.second, moments: [1, 2, 50, 51].map { $0 * self.second }, idleLimit: idleLimit)
    }

    @Test("it moves with the time passed in, times the speed")
    func speeds() {
        for speed in PlaybackSpeed.allCases {
            var machine = Self.machine()
            while machine.speed.quarters < speed.quarters { machine.speedUp() }
            while machine.speed.quarters > speed.quarters { machine.slowDown() }
            // In small pieces nothing is lost to rounding.
            for _ in 0..<1000 { machine.advanced(by: 3001) }
            #expect(machine.position == 1000 * 3001 * speed.quarters / 4)
        }
    }

    @Test("speeds end at a quarter and at sixteen times")
    func speedLimits() {
        var machine = Self.machine()
        for _ in 0..<20 { machine.speedUp() }
        #expect(machine.speed.label == "16×")
        for _ in 0..<20 { machine.slowDown() }
        #expect(machine.speed.label == "0.25×")
    }

    @Test("paused, it stays; ended, it stays at the end until it is played anew")
    func pausing() {
        var machine = Self.machine()
        machine.advanced(by: 5 * Self.second)
        machine.togglePause()
        machine.advanced(by: 5 * Self.second)
        #expect(machine.position == 5 * Self.second)
        #expect(machine.state == .paused)
        machine.togglePause()
        machine.advanced(by: .max)
        #expect(machine.position == machine.duration)
        #expect(machine.state == .ended)
        machine.togglePause()
        #expect(machine.position == 0)
        #expect(machine.state == .playing)
    }

    @Test("the idle limit cuts long pauses and leaves short ones")
    func idleLimit() {
        var machine = Self.machine(idleLimit: 2 * Self.second)
        machine.advanced(by: 2 * Self.second)
        #expect(machine.position == 2 * Self.second)
        machine.advanced(by: 2 * Self.second - 1)
        #expect(machine.position == 4 * Self.second - 1)
        machine.advanced(by: 1)
        #expect(machine.position == 50 * Self.second)
        machine.advanced(by: Self.second / 2)
        #expect(machine.position == 50 * Self.second + Self.second / 2)
        // After a seek into the middle of a pause it is over at once.
        machine.seek(to: 30 * Self.second)
        machine.advanced(by: 1)
        #expect(machine.position == 50 * Self.second + 1)
        machine.advanced(by: 10 * Self.second)
        #expect(machine.state == .ended)
    }

    @Test("seeking stays within the recording")
    func seeking() {
        var machine = Self.machine()
        machine.seek(by: -5)
        #expect(machine.position == 0)
        machine.seek(by: .max)
        #expect(machine.position == machine.duration)
        machine.seek(by: .min)
        #expect(machine.position == 0)
        machine.seek(to: .max)
        #expect(machine.position == machine.duration)
    }

    @Test("a step goes to the next thing to see, and pauses")
    func stepping() {
        var machine = Self.machine()
        var positions: [UInt64] = []
        for _ in 0..<6 {
            machine.step()
            positions.append(machine.position / Self.second)
        }
        #expect(positions == [1, 2, 50, 51, 100, 100])
        #expect(machine.state == .paused)
    }

    @Test("an empty recording ends at once")
    func empty() {
        var machine = PlaybackMachine(duration: 0, moments: [])
        machine.advanced(by: 1)
        #expect(machine.state == .ended)
    }
}
