/// Raw memory that keeps its capacity when emptied. Not thread safe.
struct GrowingBuffer: ~Copyable {
    private static let smallest = 4_096
    private var storage = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.smallest, alignment: 16)
    private(set) var count = 0

    deinit { self.storage.deallocate() }

    /// Valid until the next change.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self.storage[..<self.count]) }

    /// Makes sure that `additional` bytes can be appended without growing.
    mutating func reserve(_ additional: Int) {
        let needed = self.count + additional
        guard needed > self.storage.count else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(needed, self.storage.count * 2), alignment: 16)
        larger.copyMemory(from: self.bytes)
        self.storage.deallocate()
        self.storage = larger
    }

    /// Reserved memory that begins `offset` bytes after the contents; the contents grow over it by `grewBy`.
    func spare(from offset: Int, count: Int) -> UnsafeMutableRawBufferPointer {
        let start = self.count + offset
        return UnsafeMutableRawBufferPointer(rebasing: self.storage[start..<start + count])
    }

    mutating func grewBy(_ added: Int) {
        precondition(self.count + added <= self.storage.count, "the room was reserved")
        self.count += added
    }

    /// The room must have been reserved.
    mutating func append(_ byte: UInt8) {
        self.storage[self.count] = byte
        self.count += 1
    }

    /// The room must have been reserved.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        UnsafeMutableRawBufferPointer(rebasing: self.storage[self.count...]).copyMemory(from: bytes)
        self.count += bytes.count
    }

    /// The room, at most ten bytes, must have been reserved.
    mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func removeAll() { self.count = 0 }

    /// Back to the smallest size; only when empty.
    mutating func shrink() {
        guard self.count == 0, self.storage.count > Self.smallest else { return }
        self.storage.deallocate()
        self.storage = .allocate(byteCount: Self.smallest, alignment: 16)
    }
}
