/// Timers by deadline: a binary heap.
struct TimerHeap {
    private var entries: [(deadline: UInt64, handler: PollLoop.Handler)] = []

    /// The earliest deadline, in nanoseconds on the monotonic clock.
    var next: UInt64? { self.entries.first?.deadline }

    mutating func insert(deadline: UInt64, _ handler: @escaping PollLoop.Handler) {
        self.entries.append((deadline, handler))
        var child = self.entries.count - 1
        while child > 0, self.entries[child].deadline < self.entries[(child - 1) / 2].deadline {
            self.entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes out the earliest timer, if it is due.
    mutating func popDue(at now: UInt64) -> PollLoop.Handler? {
        guard let first = self.entries.first, first.deadline <= now else { return nil }
        let last = self.entries.removeLast()
        if !self.entries.isEmpty {
            self.entries[0] = last
            self.sink()
        }
        return first.handler
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < self.entries.count {
                if self.entries[child].deadline < self.entries[smallest].deadline { smallest = child }
            }
            if smallest == parent { return }
            self.entries.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
