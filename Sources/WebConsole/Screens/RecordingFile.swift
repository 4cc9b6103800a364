import AdminAPI
import Glibc
import Platform

/// A session file, read in parts.
struct RecordingFile: Sendable {
    private let descriptor: SharedDescriptor
    private static let pieceBytes = 256 * 1024

    /// - throws: `AdminError` for one that can't be opened.
    init(path: String) throws {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw AdminError(.unavailable, "the session file can't be read") }
        self.descriptor = SharedDescriptor(OwnedDescriptor(takingOwnershipOf: number))
    }

    /// Up to `count` bytes from `offset` on; fewer at the end of the file.
    func read(_ offset: UInt64, _ count: Int) throws -> [UInt8] {
        guard let offset = off_t(exactly: offset) else { return [] }
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            repeat {
                result = pread(self.descriptor.rawValue, buffer.baseAddress, count, offset)
            } while result < 0 && errno == EINTR
            initialized = max(result, 0)
        }
        guard result >= 0 else { throw SystemError(code: errno, attempt: "read a recording") }
        return bytes
    }

    /// Hands over the whole file in pieces, and lets others have their turn between them.
    func readAll(_ take: ([UInt8]) throws -> Bool) async throws {
        var offset: UInt64 = 0
        while true {
            let bytes = try self.read(offset, Self.pieceBytes)
            guard !bytes.isEmpty, try take(bytes) else { return }
            offset += UInt64(bytes.count)
            await Task.yield()
            try Task.checkCancellation()
        }
    }
}
