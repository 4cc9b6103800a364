/// What the gateway itself writes, encrypted. See docs/recording-format.md section 6.
enum GatewayRecord: Hashable, Sendable {
    case metadata(RecordingMetadata)
    /// Of a later version.
    case unknown(kind: UInt8, content: [UInt8])

    static let overhead = AuthenticatedCipher.nonceSize + AuthenticatedCipher.tagSize
    private static let metadataKind: UInt8 = 1

    /// The whole record, under a fresh random nonce.
    /// - Throws: `limit`.
    func sealed(by key: RecordingKey) throws(RecordingError) -> [UInt8] {
        let plaintext: [UInt8]
        switch self {
        case .metadata(let metadata): plaintext = [Self.metadataKind] + metadata.encoded
        case .unknown(let kind, let content): plaintext = [kind] + content
        }
        let bodyCount = Self.overhead + plaintext.count
        guard bodyCount <= RecordingLimits.maximumGatewayRecordBody else {
            throw RecordingError(.limit, "\(plaintext.count) bytes are too many for a record of the gateway")
        }
        let nonce = SystemRandom.bytes(AuthenticatedCipher.nonceSize)
        let header = RecordHeader(.gateway, bodyCount: bodyCount).bytes
        var sealed = [UInt8](repeating: 0, count: plaintext.count + AuthenticatedCipher.tagSize)
        let cipher = AuthenticatedCipher(key: key, for: .seal)
        sealed.withUnsafeMutableBytes { output in
            plaintext.withUnsafeBytes { plaintext in
                guard let start = output.baseAddress else { preconditionFailure("there is always a tag") }
                header.withUnsafeBytes { cipher.seal(plaintext, nonce: nonce, authenticating: $0, to: start) }
            }
        }
        return header + nonce + sealed
    }

    /// - Throws: `frame` if it does not authenticate, `malformed`.
    init(_ record: Record, key: RecordingKey) throws(RecordingError) {
        let nonce = Array(record.body.prefix(AuthenticatedCipher.nonceSize))
        let sealed = record.body.dropFirst(AuthenticatedCipher.nonceSize)
        guard record.kind == .gateway, nonce.count == AuthenticatedCipher.nonceSize,
            let plaintext = AuthenticatedCipher(key: key, for: .open)
                .open(sealed, nonce: nonce, authenticating: record.header)
        else {
            throw RecordingError(.frame, at: record.offset, "a record of the gateway was altered, or the key is wrong")
        }
        guard let kind = plaintext.first else {
            throw RecordingError(.malformed, at: record.offset, "a record of the gateway is empty")
        }
        guard kind == Self.metadataKind else {
            self = .unknown(kind: kind, content: Array(plaintext.dropFirst()))
            return
        }
        guard let metadata = RecordingMetadata(encoded: plaintext.dropFirst()) else {
            throw RecordingError(.malformed, at: record.offset, "the metadata is not well formed")
        }
        self = .metadata(metadata)
    }
}
