internal import CZstd

/// One zstd stream, flushed after every piece. Made on first use, so that a silent session costs nothing. Not thread safe.
final class Compressor {
    /// Both use the same window and tables, so that changing over does not allocate.
    enum Profile: Hashable {
        /// For terminals: some 200 MB/s, and half the size of `fast` on regular text.
        case dense
        /// For bulk data that hardly shrinks: some 500 MB/s.
        case fast
    }

    /// Log2 of the window: 128 KiB. Chosen by measurement, see docs/decisions.
    private static let windowLog: CInt = 17
    /// Log2 of the number of hash slots, 4 bytes each.
    private static let hashLog: CInt = 15

    private var context: OpaquePointer?

    deinit { ZSTD_freeCCtx(self.context) }

    /// Room that `output` needs for `count` bytes of input: zstd's bound, its frame header, and a flush.
    static func bound(_ count: Int) -> Int { ZSTD_compressBound(count) + 64 }

    /// Compresses all of `input`, so that it can be decoded without what follows; returns the number of bytes made.
    /// - Parameters:
    ///   - restart: begin a new zstd frame, with this profile.
    ///   - output: at least `bound(input.count)` bytes.
    func compress(
        _ input: UnsafeRawBufferPointer, restart: Profile?, to output: UnsafeMutableRawBufferPointer
    ) -> Int {
        let context = self.ready(restart: restart)
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var sink = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        var left = 1
        while left != 0 {
            left = ZSTD_compressStream2(context, &sink, &source, ZSTD_e_flush)
            precondition(ZSTD_isError(left) == 0, "compressing memory with valid parameters fails only without memory")
            precondition(left == 0 || sink.pos < sink.size, "the output is as large as zstd's bound")
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
