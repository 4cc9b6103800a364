import Glibc

/// A secret of fixed length in memory of its own: locked, left out of core dumps, zeroed on release.
///
/// Immutable once made, hence free to cross threads. Never prints its content.
// @unchecked Sendable: `memory` is written only inside the initialisers, before any other thread can hold a reference,
// and only read until `deinit`, which runs when nobody holds one.
public final class SecretBytes: @unchecked Sendable {
    private let memory: UnsafeMutableRawPointer
    private let mappedBytes: Int
    /// Length of the secret in bytes.
    public let count: Int
    /// The secret can't reach the swap space. False when RLIMIT_MEMLOCK was used up.
    public let isLocked: Bool

    /// A secret of at most `capacity` bytes written by `body`, which returns how many it wrote.
    public init<Failure: Error>(
        capacity: Int, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) {
        precondition(capacity >= 0, "a length is never negative")
        // A mapping of its own: locking and dump flags work on whole pages, never shared with the heap.
        let pageBytes = Int(getpagesize())
        let mappedBytes = max(1, (capacity + pageBytes - 1) / pageBytes) * pageBytes
        let mapping = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory = mapping, memory != MAP_FAILED else {
            preconditionFailure("the kernel has no page left, the process can't go on")
        }
        // RLIMIT_MEMLOCK may be used up: the secret is still wiped and kept out of dumps, and `isLocked` tells.
        let isLocked = mlock(memory, mappedBytes) == 0
        _ = madvise(memory, mappedBytes, MADV_DONTDUMP)
        do throws(Failure) {
            let written = try body(UnsafeMutableRawBufferPointer(start: memory, count: capacity))
            precondition((0...capacity).contains(written), "the writer was handed a buffer of this length")
            self.isLocked = isLocked
            self.memory = memory
            self.mappedBytes = mappedBytes
            self.count = written
        } catch {
            SecretBytes.wipeAndUnmap(memory, mappedBytes)
            throw error
        }
    }

    deinit {
        SecretBytes.wipeAndUnmap(self.memory, self.mappedBytes)
    }

    private static func wipeAndUnmap(_ memory: UnsafeMutableRawPointer, _ mappedBytes: Int) {
        explicit_bzero(memory, mappedBytes)
        munmap(memory, mappedBytes)
    }

    /// Lends the secret; the pointer must not outlive the call.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: self.memory, count: self.count))
    }

    /// Compares in time that depends on the lengths alone.
    public func isEqual(to other: SecretBytes) -> Bool {
        guard self.count == other.count else { return false }
        return self.withUnsafeBytes { left in
            other.withUnsafeBytes { right in
                var difference: UInt8 = 0
                for index in 0..<left.count { difference |= left[index] ^ right[index] }
                return difference == 0
            }
        }
    }
}

extension SecretBytes {
    /// A copy of `bytes`; the caller's own copy is the caller's to wipe.
    public convenience init(copying bytes: some Collection<UInt8>) {
        self.init(capacity: bytes.count) { buffer in
            buffer.copyBytes(from: bytes)
            return bytes.count
        }
    }

    /// Moves `bytes` in: the array is zeroed and emptied.
    public convenience init(wiping bytes: inout [UInt8]) {
        self.init(copying: bytes)
        bytes.withUnsafeMutableBytes { buffer in
            if let base = buffer.baseAddress { explicit_bzero(base, buffer.count) }
        }
        bytes.removeAll()
    }

    /// Fresh random bytes from the kernel (getentropy(3)).
    public static func random(count: Int) -> SecretBytes {
        SecretBytes(capacity: count) { buffer in
            var filled = 0
            while filled < count {
                // One call gives at most 256 bytes.
                let length = min(256, count - filled)
                let result = getentropy(buffer.baseAddress.map { $0 + filled }, length)
                precondition(result == 0, "getentropy fails only for a bad buffer or too great a length")
                filled += length
            }
            return count
        }
    }

    /// Why a secret could not be read from a descriptor.
    public enum ReadError: Error, Hashable, Sendable {
        /// More than this many bytes came.
        case tooLong(limitBytes: Int)
        /// read(2) failed with this errno.
        case system(errno: CInt)
    }

    /// Reads `descriptor` to its end, at most `limitBytes`; the descriptor stays the caller's. Blocks.
    public convenience init(readingFrom descriptor: CInt, limitBytes: Int) throws(ReadError) {
        // One byte over the limit tells "too long" from "just fits".
        try self.init(capacity: limitBytes + 1) { buffer throws(ReadError) in
            var filled = 0
            while filled <= limitBytes {
                let count = read(descriptor, buffer.baseAddress.map { $0 + filled }, limitBytes + 1 - filled)
                if count == 0 { return filled }
                if count > 0 {
                    filled += count
                } else if errno != EINTR {
                    throw .system(errno: errno)
                }
            }
            throw .tooLong(limitBytes: limitBytes)
        }
    }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "(secret)" }
    public var debugDescription: String { "(secret)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
