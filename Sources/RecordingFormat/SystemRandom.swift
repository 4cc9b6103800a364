internal import COpenSSL

/// Random bytes from libcrypto's generator.
enum SystemRandom {
    static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        let filled = RAND_bytes(buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), CInt(buffer.count))
        precondition(filled == 1, "libcrypto has a seeded generator: without one no key of this process is safe")
    }

    static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        bytes.withUnsafeMutableBytes(Self.fill)
        return bytes
    }
}
