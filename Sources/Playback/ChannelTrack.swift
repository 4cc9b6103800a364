import RecordingFormat
import TerminalModel

/// The screen of one channel at any time of a recording. Going back costs no more than a snapshot's distance.
public struct ChannelTrack: Sendable {
    private struct Snapshot {
        var next: Int
        var screen: ChannelScreen
    }

    /// The screen after all events up to ``position``.
    public private(set) var view: ChannelScreen
    /// Microseconds since the start.
    public private(set) var position: UInt64 = 0
    /// When something to see happened: times of output and of resizes, ascending, each once.
    public let moments: [UInt64]

    /// The channel's events.
    private let events: [RecordedEvent]
    /// Index of the first event after ``position``.
    private var next = 0
    private var snapshots: [Snapshot]
    private var costSinceSnapshot = 0
    private var snapshotCost: Int
    private let cellBudget: Int

    /// - parameter snapshotBytes: a snapshot is kept after as many bytes of output; fewer as `cellBudget` runs out.
    /// - parameter cellBudget: cells that all snapshots may hold together, 28 bytes each.
    public init(
        _ timeline: Timeline, channel: UInt32, snapshotBytes: Int = 256 * 1024, cellBudget: Int = 4 << 20
    ) {
        self.events = timeline.events.filter { $0.channel == channel }
        self.view = ChannelScreen(channel: channel)
        self.snapshots = [Snapshot(next: 0, screen: self.view)]
        self.snapshotCost = max(snapshotBytes, 1)
        self.cellBudget = cellBudget
        var moments: [UInt64] = []
        for event in self.events where Self.isVisible(event) && event.time != moments.last {
            moments.append(event.time)
        }
        self.moments = moments
        self.move(to: 0)
    }

    private static func isVisible(_ event: RecordedEvent) -> Bool {
        switch event.body {
        case .output, .stderr, .request(.pty), .request(.windowChange), .request(.exec): true
        default: false
        }
    }

    /// Shows the screen as it was at `time`, all events of that very microsecond included.
    public mutating func move(to time: UInt64) {
        self.jump(to: time)
        while self.next < self.events.count, self.events[self.next].time <= time {
            self.view.apply(self.events[self.next])
            self.costSinceSnapshot += ChannelScreen.cost(of: self.events[self.next])
            self.next += 1
            if self.costSinceSnapshot >= self.snapshotCost { self.keepSnapshot() }
        }
        self.position = time
    }

    /// Goes to the last snapshot before `time`, unless moving on from here is shorter.
    private mutating func jump(to time: UInt64) {
        let isBack = time < self.position
        guard isBack || self.snapshots.last.map({ $0.next > self.next }) == true else { return }
        // The first snapshot precedes every event, so there is always one.
        let index = self.snapshots.lastIndex { $0.next == 0 || self.events[$0.next - 1].time <= time } ?? 0
        guard isBack || self.snapshots[index].next > self.next else { return }
        self.view = self.snapshots[index].screen
        self.next = self.snapshots[index].next
        self.costSinceSnapshot = 0
    }

    private mutating func keepSnapshot() {
        self.costSinceSnapshot = 0
        guard let last = self.snapshots.last, last.next < self.next else { return }
        self.snapshots.append(Snapshot(next: self.next, screen: self.view))
        // Rows are shared with the screen and with each other where they are alike: this is the most they can be.
        let cells = self.snapshots.reduce(0) { $0 + $1.screen.screen.size.columns * $1.screen.screen.size.rows }
        guard cells > self.cellBudget else { return }
        self.snapshotCost *= 2
        self.snapshots = self.snapshots.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    }

    /// What was typed on the channel up to ``position``: the last `count` events of it. For what the recording doesn't
    /// hold, `[n hidden]`.
    public func recentInput(_ count: Int) -> [UInt8] {
        var pieces: [[UInt8]] = []
        for event in self.events[..<self.next].reversed() where pieces.count < count {
            switch event.body {
            case .input(let bytes), .revealed(let bytes): pieces.append(bytes)
            case .masked(let count): pieces.append(Array("[\(count) hidden]".utf8))
            default: break
            }
        }
        return pieces.reversed().flatMap { $0 }
    }
}
