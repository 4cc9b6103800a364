import FoundationEssentials
import Glibc

/// Zeroes plain text that a library handed over in memory of its own. Effective while the buffer is not shared.
enum Wipe {
    static func bytes(of data: inout Data) {
        data.withUnsafeMutableBytes { buffer in
            if let base = buffer.baseAddress { explicit_bzero(base, buffer.count) }
        }
    }

    static func bytes(of array: inout [UInt8]) {
        array.withUnsafeMutableBytes { buffer in
            if let base = buffer.baseAddress { explicit_bzero(base, buffer.count) }
        }
    }
}
