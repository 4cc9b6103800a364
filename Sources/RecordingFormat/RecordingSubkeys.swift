internal import COpenSSL

/// The keys derived from a file's keys: all that reading it needs. See docs/recording-format.md section 4.
public struct RecordingSubkeys: Sendable {
    /// Size of `encoded`, in bytes.
    public static let encodedSize = 2 * RecordingKey.size
    /// For frames of the main track. The session worker gets this one and `input`.
    public let frames: RecordingKey
    /// For the metadata and the gateway's closing records.
    public let gateway: RecordingKey
    /// For frames of the input track; nil if there is none, or if it is for others.
    public let input: RecordingKey?

    public init(frames: RecordingKey, gateway: RecordingKey, input: RecordingKey? = nil) {
        self.frames = frames
        self.gateway = gateway
        self.input = input
    }

    /// - Parameters:
    ///   - fileKey: the main track's.
    ///   - inputFileKey: the input track's.
    public init(fileKey: RecordingKey, inputFileKey: RecordingKey? = nil, fileID: FileID) {
        self.frames = Self.derive("sallyport recording v1 frames", fileKey, fileID)
        self.gateway = Self.derive("sallyport recording v1 gateway", fileKey, fileID)
        self.input = inputFileKey.map { Self.derive("sallyport recording v1 input", $0, fileID) }
    }

    /// What opens the main track alone. Whatever is made of a recording for all who can read that, such as an index, has
    /// to be made with these.
    public var withoutInput: RecordingSubkeys { RecordingSubkeys(frames: self.frames, gateway: self.gateway) }

    /// The inverse of `encoded`.
    /// - Throws: `wrongKey` if there are not exactly 64 bytes.
    public init(encoded: [UInt8]) throws(RecordingError) {
        guard encoded.count == Self.encodedSize else {
            throw RecordingError(.wrongKey, "recording subkeys have \(Self.encodedSize) bytes, not \(encoded.count)")
        }
        self.frames = try RecordingKey(Array(encoded[..<RecordingKey.size]))
        self.gateway = try RecordingKey(Array(encoded[RecordingKey.size...]))
        self.input = nil
    }

    /// `frames` then `gateway`, 64 secret bytes, to hand to an authorised reader of the main track. The caller wipes them.
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
