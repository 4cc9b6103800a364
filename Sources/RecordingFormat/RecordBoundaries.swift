/// Ends of the records from the last vouched-for byte on, with the hash up to each: what a checkpoint can speak of.
struct RecordBoundaries {
    private struct Boundary {
        let end: UInt64
        let frames: UInt64
        let sha256: [UInt8]
    }

    private var boundaries: [Boundary] = []
    /// Index of the oldest that is still of use.
    private var first = 0

    var count: Int { self.boundaries.count - self.first }

    /// `head` ends after all that were appended before.
    mutating func append(_ head: RecordingHead) {
        self.boundaries.append(Boundary(end: head.covered, frames: head.frames, sha256: head.sha256))
    }

    /// Whether `head` speaks of one of them, and tells the truth.
    func agree(with head: RecordingHead) -> Bool {
        guard let index = self.index(endingAt: head.covered) else { return false }
        return self.boundaries[index].sha256 == head.sha256 && self.boundaries[index].frames == head.frames
    }

    /// Forgets what ends before `end`. The one at `end` stays: the next statement may speak of the same bytes.
    mutating func forget(before end: UInt64) {
        if let index = self.index(endingAt: end) { self.first = index }
        // Forgetting in large steps keeps the cost per record constant.
        if self.first > self.boundaries.count / 2 {
            self.boundaries.removeSubrange(..<self.first)
            self.first = 0
        }
    }

    private func index(endingAt end: UInt64) -> Int? {
        var low = self.first
        var high = self.boundaries.count
        while low < high {
            let middle = (low + high) / 2
            if self.boundaries[middle].end < end { low = middle + 1 } else { high = middle }
        }
        return low < self.boundaries.count && self.boundaries[low].end == end ? low : nil
    }
}
