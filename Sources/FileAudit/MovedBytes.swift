import RecordingFormat

/// The bytes of one file that moved one way. Hashed as they come, as long as they come in order.
struct MovedBytes {
    /// In bytes, counting what moved twice twice.
    private(set) var count: UInt64 = 0
    /// All bytes came in order from the file's first one on: nothing was left out or moved twice.
    private(set) var isInOrder = true
    private var hash: RunningHash?

    /// Bytes for this place of the file will follow.
    mutating func begin(at offset: UInt64) {
        if offset != self.count { self.spoil() }
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        self.count &+= UInt64(bytes.count)
        guard self.isInOrder, !bytes.isEmpty else { return }
        let hash = self.hash ?? RunningHash()
        self.hash = hash
        hash.update(bytes)
    }

    /// What moved is not what the file holds.
    mutating func spoil() {
        self.isInOrder = false
        self.hash = nil
    }

    /// - parameter isWhole: the file holds these bytes and no others.
    func operation(path: [UInt8], direction: Direction, isWhole: Bool) -> EventBody {
        let sha256 = isWhole && self.isInOrder ? (self.hash ?? RunningHash()).digest : []
        return .fileOperation(
            FileOperation(path: path, size: self.count, sha256: sha256, direction: direction))
    }
}
