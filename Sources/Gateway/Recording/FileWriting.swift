import Glibc
import Platform

enum FileWriting {
    /// Writes all bytes at the descriptor's position.
    /// - throws: the system's error, such as ENOSPC; some bytes may have been written.
    /// - parameter attempt: what it is for, as a verb phrase.
    static func writeAll(
        _ bytes: [UInt8], to descriptor: CInt, attempt: String = "write a recording"
    ) throws(SystemError) {
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes { buffer -> Int in
                guard let start = buffer.baseAddress else { return 0 }
                return write(descriptor, start + offset, buffer.count - offset)
            }
            if written < 0, errno == EINTR { continue }
            try SystemError.check(written, attempt)
            offset += written
        }
    }
}
