import Glibc
import Platform

/// Reads a session file from an offset on, and waits for more while its session runs.
///
/// A reader of its own descriptor: however slow, it holds nothing else up. The splice from past to live has no gap,
/// since both are the same bytes of the same file.
struct RecordingFollower: Sendable {
    private let file: SharedDescriptor
    private var offset: UInt64
    private let isLive: @Sendable () async -> Bool

    private static let pieceBytes = 64 * 1024
    /// How long it waits before it looks again: below what a watcher notices.
    private static let pause = Duration.milliseconds(40)

    /// - parameter isLive: whether more may come. Never true for a reader that wants the present content only.
    init(file: SharedDescriptor, from offset: UInt64, isLive: @escaping @Sendable () async -> Bool) {
        self.file = file
        self.offset = offset
        self.isLive = isLive
    }

    /// The next bytes; nil at the end.
    /// - throws: the system's error; `CancellationError`.
    mutating func next() async throws -> [UInt8]? {
        while true {
            // Asked before the read: bytes that come between the two are found by the next round.
            let mayGrow = await self.isLive()
            var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
            let count = try SystemError.check(
                pread(self.file.rawValue, &piece, piece.count, off_t(self.offset)), "read a recording")
            if count > 0 {
                self.offset += UInt64(count)
                return Array(piece[..<count])
            }
            guard mayGrow else { return nil }
            try await Task.sleep(for: Self.pause)
        }
    }
}
