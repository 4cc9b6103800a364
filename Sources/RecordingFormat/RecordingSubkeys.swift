internal import COpenSSL

/// The two keys derived from a file key: all that reading the file needs. See docs/recording-format.md section 4.
public struct RecordingSubkeys: Sendable {
    /// Size of `encoded`, in bytes.
    public static let encodedSize = 2 * RecordingKey.size
    /// For frames; the session worker gets this one alone.
    public let frames: RecordingKey
    /// For the metadata and the gateway's closing records.
    public let gateway: RecordingKey

    public init(frames: RecordingKey, gateway: RecordingKey) {
        self.frames = frames
        self.gateway = gateway
    }

    public init(fileKey: RecordingKey, fileID: FileID) {
        self.frames = Self.derive("sallyport recording v1 frames", fileKey, fileID)
        self.gateway = Self.derive("sallyport recording v1 gateway", fileKey, fileID)
    }

    /// The inverse of `encoded`.
    /// - Throws: `wrongKey` if there are not exactly 64 bytes.
    public init(encoded: [UInt8]) throws(RecordingError) {
        guard encoded.count == Self.encodedSize else {
            throw RecordingError(.wrongKey, "recording subkeys have \(Self.encodedSize) bytes, not \(encoded.count)")
        }
        self.frames = try RecordingKey(Array(encoded[..<RecordingKey.size]))
        self.gateway = try RecordingKey(Array(encoded[RecordingKey.size...]))
    }

    /// `frames` then `gateway`, 64 secret bytes, to hand to an authorised reader. The caller wipes them.
    public func encoded() -> [UInt8] {
        self.frames.withUnsafeBytes { Array($0) } + self.gateway.withUnsafeBytes { Array($0) }
    }

    /// The key of the recording's index (docs/recording-format.md, appendix A): whoever reads the one can read the
    /// other, and the session worker can't write either.
    func index(of fileID: FileID) -> RecordingKey {
        Self.derive("sallyport recording v1 index", self.gateway, fileID)
    }

    /// HKDF-SHA256 (RFC 5869), salt = file id.
    private static func derive(_ info: StaticString, _ fileKey: RecordingKey, _ fileID: FileID) -> RecordingKey {
        RecordingKey { output in
            let context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nil)
            defer { EVP_PKEY_CTX_free(context) }
            var length = output.count
            let derived = fileKey.withUnsafeBytes { key in
                EVP_PKEY_derive_init(context) == 1
                    && EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) == 1
                    && EVP_PKEY_CTX_set1_hkdf_salt(context, fileID.bytes, CInt(fileID.bytes.count)) == 1
                    && EVP_PKEY_CTX_set1_hkdf_key(
                        context, key.baseAddress?.assumingMemoryBound(to: UInt8.self), CInt(key.count)) == 1
                    && EVP_PKEY_CTX_add1_hkdf_info(context, info.utf8Start, CInt(info.utf8CodeUnitCount)) == 1
                    && EVP_PKEY_derive(
                        context, output.baseAddress?.assumingMemoryBound(to: UInt8.self), &length) == 1
            }
            precondition(derived && length == output.count, "HKDF-SHA256 of fixed sizes fails only without memory")
        }
    }
}
