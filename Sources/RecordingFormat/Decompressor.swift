internal import CZstd

/// The other end of `Compressor`'s stream. Made on first use: many readers see no frame. Not thread safe.
final class Decompressor {
    private var context: OpaquePointer?
    /// Uninitialized: the pages that small frames don't reach cost nothing.
    private let output = UnsafeMutableRawBufferPointer.allocate(
        byteCount: RecordingLimits.maximumFrameBytes + 1, alignment: 16)

    private static func makeContext() -> OpaquePointer {
        guard let context = ZSTD_createDCtx() else { preconditionFailure("out of memory") }
        let set = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, RecordingLimits.maximumWindowLog)
        precondition(ZSTD_isError(set) == 0, "this window is within zstd's bounds")
        return context
    }

    deinit {
        ZSTD_freeDCtx(self.context)
        self.output.deallocate()
    }

    /// Forgets the stream: the next piece begins a new one.
    func reset() {
        guard let context = self.context else { return }
        ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
    }

    /// The plaintext of the next piece; nil if it is not a flushed piece of this stream, or above the limit.
    func decompress(_ input: [UInt8]) -> [UInt8]? {
        let context = self.context ?? Self.makeContext()
        self.context = context
        return input.withUnsafeBytes { input in
            var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
            var sink = ZSTD_outBuffer(dst: self.output.baseAddress, size: self.output.count, pos: 0)
            while source.pos < source.size {
                let before = (source.pos, sink.pos)
                let hint = ZSTD_decompressStream(context, &sink, &source)
                guard ZSTD_isError(hint) == 0, sink.pos <= RecordingLimits.maximumFrameBytes,
                    (source.pos, sink.pos) != before
                else { return nil }
            }
            return Array(self.output[..<sink.pos])
        }
    }
}
