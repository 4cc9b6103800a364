internal import CZstd

/// The other end of `Compressor`'s stream. Not thread safe.
final class Decompressor {
    private let context: OpaquePointer
    private var output = [UInt8](repeating: 0, count: RecordingLimits.maximumFrameBytes + 1)

    init() {
        guard let context = ZSTD_createDCtx() else { preconditionFailure("out of memory") }
        self.context = context
        let set = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, RecordingLimits.maximumWindowLog)
        precondition(ZSTD_isError(set) == 0, "this window is within zstd's bounds")
    }

    deinit { ZSTD_freeDCtx(self.context) }

    /// Forgets the stream: the next piece begins a new one.
    func reset() { ZSTD_DCtx_reset(self.context, ZSTD_reset_session_only) }

    /// The plaintext of the next piece; nil if it is not a flushed piece of this stream, or above the limit.
    func decompress(_ input: [UInt8]) -> [UInt8]? {
        input.withUnsafeBytes { input in
            self.output.withUnsafeMutableBytes { output in
                var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
                var sink = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
                while source.pos < source.size {
                    let before = (source.pos, sink.pos)
                    let hint = ZSTD_decompressStream(self.context, &sink, &source)
                    guard ZSTD_isError(hint) == 0, sink.pos <= RecordingLimits.maximumFrameBytes,
                        (source.pos, sink.pos) != before
                    else { return nil }
                }
                return Array(output[..<sink.pos])
            }
        }
    }
}
