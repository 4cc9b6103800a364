internal import CZstd

/// Bytes compressed by themselves: one zstd frame that says how long its content is.
public enum PackedBytes {
    private static let level: CInt = 3

    public static func pack(_ bytes: [UInt8]) -> [UInt8] {
        let bound = ZSTD_compressBound(bytes.count)
        return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            let made = ZSTD_compress(output.baseAddress, bound, bytes, bytes.count, self.level)
            precondition(ZSTD_isError(made) == 0, "there is room for zstd's bound")
            count = made
        }
    }

    /// The content; nil if they are no such frame, or it holds more than `limit` bytes.
    public static func unpack(_ packed: ArraySlice<UInt8>, limit: Int) -> [UInt8]? {
        packed.withUnsafeBytes { packed in
            // Unknown and broken sizes are the two largest numbers.
            let size = ZSTD_getFrameContentSize(packed.baseAddress, packed.count)
            guard size <= UInt64(limit), let size = Int(exactly: size) else { return nil }
            var made = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: max(size, 1)) { output, count in
                made = ZSTD_decompress(output.baseAddress, size, packed.baseAddress, packed.count)
                count = made == size ? size : 0
            }
            return made == size ? bytes : nil
        }
    }
}
