import CPlatform
import Glibc

/// Bytes on their way through: first unrecorded, then recorded and free to go on, then gone.
///
/// The split is the product's first promise in one place: ``sendable`` never holds a byte that ``markRecorded()``
/// has not passed.
public struct StreamBuffer: ~Copyable {
    private var storage: UnsafeMutableRawPointer?
    private var capacity = 0
    private var head = 0
    private var recordedEnd = 0
    private var tail = 0

    /// Storage is given back above this, in bytes, once everything has gone on.
    private static let keptCapacity = 64 * 1024

    public init() {}

    deinit { free(self.storage) }

    public var count: Int { self.tail - self.head }
    public var isEmpty: Bool { self.head == self.tail }
    public var hasUnrecorded: Bool { self.recordedEnd != self.tail }

    /// The bytes that are not in the recording yet. Valid until the buffer changes.
    public var unrecorded: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: self.storage?.advanced(by: self.recordedEnd), count: self.tail - self.recordedEnd)
    }

    /// The recorded bytes, free to go on. Valid until the buffer changes.
    public var sendable: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: self.storage?.advanced(by: self.head), count: self.recordedEnd - self.head)
    }

    /// The recording holds `count` more bytes.
    public mutating func markRecorded(_ count: Int) {
        precondition(count <= self.tail - self.recordedEnd, "the caller recorded bytes of `unrecorded`")
        self.recordedEnd += count
    }

    /// The first `count` sendable bytes have gone on.
    mutating func consume(_ count: Int) {
        precondition(count <= self.recordedEnd - self.head, "the caller sent bytes of `sendable`")
        self.head += count
        guard self.head == self.tail else { return }
        self.head = 0
        self.recordedEnd = 0
        self.tail = 0
        guard self.capacity > Self.keptCapacity else { return }
        free(self.storage)
        self.storage = nil
        self.capacity = 0
    }

    /// Takes the first `count` bytes out, which are for the gateway itself and go nowhere.
    public mutating func take(unrecorded count: Int) {
        precondition(self.head == self.recordedEnd, "the gateway's own bytes come before any that go on")
        self.markRecorded(count)
        self.consume(count)
    }

    /// Forgets the bytes that are not in the recording; those before them still go on.
    public mutating func dropUnrecorded() {
        self.tail = self.recordedEnd
        self.consume(0)
    }

    /// As ``take(unrecorded:)``, of bytes that are a secret.
    public mutating func wipe(unrecorded count: Int) {
        if let storage = self.storage { sp_wipe(storage + self.recordedEnd, count) }
        self.take(unrecorded: count)
    }

    /// Overwrites what an empty buffer has held.
    public mutating func wipeStorage() {
        precondition(self.isEmpty, "bytes that wait are not to be lost")
        if let storage = self.storage { sp_wipe(storage, self.capacity) }
    }

    /// Appends words of the gateway's own, which are of no session and may be sent at once.
    public mutating func append(own bytes: [UInt8]) {
        precondition(!self.hasUnrecorded, "a buffer holds the gateway's own words or a peer's, never both")
        bytes.withUnsafeBytes { self.append($0) }
        self.recordedEnd = self.tail
    }

    mutating func removeAll() {
        self.head = self.tail
        self.recordedEnd = self.tail
    }

    /// Room for `count` bytes behind the last one; `fill` says how many it wrote.
    mutating func append(upTo count: Int, _ fill: (UnsafeMutableRawPointer) -> Int) -> Int {
        self.reserve(count)
        guard let end = self.storage?.advanced(by: self.tail) else { return 0 }
        let written = max(0, min(fill(end), count))
        self.tail += written
        return written
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        _ = self.append(upTo: bytes.count) { end in
            memcpy(end, source, bytes.count)
            return bytes.count
        }
    }

    private mutating func reserve(_ count: Int) {
        guard self.capacity - self.tail < count else { return }
        if self.head > 0, let storage = self.storage {
            memmove(storage, storage + self.head, self.count)
            self.recordedEnd -= self.head
            self.tail -= self.head
            self.head = 0
        }
        guard self.capacity - self.tail < count else { return }
        var wanted = max(self.capacity, 4096)
        while wanted - self.tail < count { wanted *= 2 }
        guard let grown = realloc(self.storage, wanted) else { fatalError("out of memory") }
        self.storage = grown
        self.capacity = wanted
    }
}
