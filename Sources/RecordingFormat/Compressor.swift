internal import CZstd

/// One zstd stream, flushed after every piece. Made on first use, so that a silent session costs nothing.
/// Not thread safe.
final class Compressor {
    /// Both use the same window and tables, so that changing over does not allocate.
    enum Profile: Hashable {
        /// For terminals: some 200 MB/s, and half the size of `fast` on regular text.
        case dense
        /// For bulk data that hardly shrinks: some 500 MB/s.
        case fast
    }

    /// Log2 of the window: 256 KiB. With 128 KiB `seq` in pieces of 64 KiB takes a third more room.
    private static let windowLog: CInt = 18
    /// Log2 of the number of hash slots, 6 bytes each. With half as many `seq` takes twice the room.
    private static let hashLog: CInt = 15

    /// Input of one zstd block, in bytes, at most: regular text takes up to a third less room in blocks of this size
    /// than in larger ones, since each block has statistics of its own.
    private static let blockBytes = 32_768

    private var context: OpaquePointer?

    deinit { ZSTD_freeCCtx(self.context) }

    /// Room that `output` needs for `count` bytes of input: zstd's bound, its frame header, and a flush.
    static func bound(_ count: Int) -> Int { ZSTD_compressBound(count) + 64 + 64 * (count / blockBytes) }

    /// Compresses all of `input`, so that it can be decoded without what follows; returns the number of bytes made.
    /// - Parameters:
    ///   - restart: begin a new zstd frame, with this profile.
    ///   - output: at least `bound(input.count)` bytes.
    func compress(
        _ input: UnsafeRawBufferPointer, restart: Profile?, to output: UnsafeMutableRawBufferPointer
    ) -> Int {
        let context = self.ready(restart: restart)
        var sink = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let blocks = (input.count + Self.blockBytes - 1) / Self.blockBytes
        var start = 0
        for block in 1...max(1, blocks) {
            let end = input.count * block / max(1, blocks)
            let piece = UnsafeRawBufferPointer(rebasing: input[start..<end])
            var source = ZSTD_inBuffer(src: piece.baseAddress, size: piece.count, pos: 0)
            var left = 1
            while left != 0 {
                left = ZSTD_compressStream2(context, &sink, &source, ZSTD_e_flush)
                precondition(ZSTD_isError(left) == 0, "with valid parameters zstd fails only without memory")
                precondition(left == 0 || sink.pos < sink.size, "the output is as large as zstd's bound")
            }
            start = end
        }
        return sink.pos
    }

    /// Gives the memory back; the next call must restart.
    func release() {
        ZSTD_freeCCtx(self.context)
        self.context = nil
    }

    private func ready(restart: Profile?) -> OpaquePointer {
        guard let context = self.context ?? ZSTD_createCCtx() else { preconditionFailure("out of memory") }
        self.context = context
        guard let restart else { return context }
        ZSTD_CCtx_reset(context, ZSTD_reset_session_only)
        let strategy = restart == .dense ? ZSTD_lazy : ZSTD_fast
        let parameters: [(ZSTD_cParameter, CInt)] = [
            (ZSTD_c_windowLog, Self.windowLog), (ZSTD_c_hashLog, Self.hashLog), (ZSTD_c_chainLog, Self.hashLog),
            (ZSTD_c_minMatch, restart == .dense ? 6 : 5), (ZSTD_c_searchLog, 1),
            (ZSTD_c_strategy, CInt(strategy.rawValue)),
        ]
        for (parameter, value) in parameters {
            let set = ZSTD_CCtx_setParameter(context, parameter, value)
            precondition(ZSTD_isError(set) == 0, "these parameters are within zstd's bounds")
        }
        return context
    }
}
