import RecordingFormat

/// Keys of people who have joined a session, on their way into the client's own: whose they are, by where they stand in all
/// of the channel's input.
struct JoinedInput {
    private var waiting: [(name: [UInt8], keys: [UInt8])] = []
    /// Among the client's, at the beginning of what is not recorded yet.
    private var pending: (name: [UInt8], count: Int)?
    /// Input of the channel that was noted so far, in bytes.
    private var offset: UInt64 = 0

    var isWaiting: Bool { !self.waiting.isEmpty }

    mutating func add(_ keys: [UInt8], by name: [UInt8]) {
        guard !keys.isEmpty else { return }
        self.waiting.append((name, keys))
    }

    /// What is to be put among the client's input now; nil while some of that waits, or nobody has typed.
    /// - parameter unrecorded: how many bytes of the client's input are not recorded yet.
    mutating func next(after unrecorded: Int) -> [UInt8]? {
        guard unrecorded == 0, !self.waiting.isEmpty else { return nil }
        let (name, keys) = self.waiting.removeFirst()
        self.pending = (name, keys.count)
        return keys
    }

    /// So many bytes of input are noted.
    /// - returns: whose the first of them are, unless they are the client's.
    mutating func noted(_ count: Int) -> EventBody? {
        let start = self.offset
        self.offset += UInt64(count)
        guard let pending, count > 0 else { return nil }
        let own = min(count, pending.count)
        self.pending = own < pending.count ? (pending.name, pending.count - own) : nil
        return .control(.inputBy(name: pending.name, offset: start, bytes: UInt64(own)))
    }

    /// What was not recorded yet went nowhere.
    mutating func dropped() { self.pending = nil }

    /// - returns: what to note of keys that never got among the client's; nil for none.
    mutating func dropWaiting() -> EventBody? {
        let count = self.waiting.reduce(0) { $0 + $1.keys.count }
        self.waiting = []
        return count > 0 ? .control(.inputDropped(bytes: UInt64(count))) : nil
    }
}
