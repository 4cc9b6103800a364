import CPlatform
import Glibc

/// A password for the target, NUL-terminated in memory that is never swapped and is wiped when it goes.
final class LockedPassword {
    private let storage: UnsafeMutableRawPointer
    private let capacity: Int

    /// Copies `range` of `bytes` and wipes all of `bytes`.
    init(movingFrom bytes: inout [UInt8], _ range: Range<Int>) {
        self.capacity = range.count + 1
        guard let storage = calloc(self.capacity, 1) else { fatalError("out of memory") }
        self.storage = storage
        mlock(storage, self.capacity)
        bytes.withUnsafeMutableBytes { source in
            guard let start = source.baseAddress else { return }
            memcpy(storage, start + range.lowerBound, range.count)
            sp_wipe(start, source.count)
        }
    }

    deinit {
        sp_wipe(self.storage, self.capacity)
        munlock(self.storage, self.capacity)
        free(self.storage)
    }

    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        body(UnsafePointer(self.storage.assumingMemoryBound(to: CChar.self)))
    }
}
