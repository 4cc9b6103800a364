internal import COpenSSL

/// SHA-256 of a growing run of bytes. Not thread safe.
public final class RunningHash {
    /// In bytes.
    public static let size = 32
    private let context: OpaquePointer
    /// Reused for each `digest`.
    private let scratch: OpaquePointer

    public init() {
        guard let context = EVP_MD_CTX_new(), let scratch = EVP_MD_CTX_new() else {
            preconditionFailure("out of memory")
        }
        self.context = context
        self.scratch = scratch
        let started = EVP_DigestInit_ex(context, EVP_sha256(), nil)
        precondition(started == 1, "SHA-256 is in every libcrypto that we run on")
    }

    deinit {
        EVP_MD_CTX_free(self.context)
        EVP_MD_CTX_free(self.scratch)
    }

    public func update(_ bytes: UnsafeRawBufferPointer) {
        let updated = EVP_DigestUpdate(self.context, bytes.baseAddress, bytes.count)
        precondition(updated == 1, "hashing memory can't fail")
    }

    public func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { self.update($0) } }

    /// The hash of all bytes so far, 32 bytes; more may follow.
    public var digest: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.size) { output, initialized in
            let finished =
                EVP_MD_CTX_copy_ex(self.scratch, self.context) == 1
                && EVP_DigestFinal_ex(self.scratch, output.baseAddress, nil) == 1
            precondition(finished, "copying and ending a hash fails only without memory")
            initialized = Self.size
        }
    }
}
