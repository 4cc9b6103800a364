import Crypto
import Foundation
import RecordingFormat

/// Whoever may read recordings: an X25519 public key. See docs/recording-format.md section 4.
public struct RecordingRecipient: Sendable, CustomStringConvertible {
    static let textPrefix = "spr-recipient-"
    static let cipherSuite = HPKE.Ciphersuite(kem: .Curve25519_HKDF_SHA256, kdf: .HKDF_SHA256, aead: .AES_GCM_256)

    let key: Curve25519.KeyAgreement.PublicKey

    /// - Throws: `RecordingKeyError.malformedRecipient` unless it is 32 bytes.
    public init(rawRepresentation: [UInt8]) throws {
        guard let key = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: rawRepresentation) else {
            throw RecordingKeyError.malformedRecipient
        }
        self.key = key
    }

    /// Reads the text form.
    /// - Throws: `RecordingKeyError.malformedRecipient`.
    public init(text: String) throws {
        guard let bytes = Bech32.decode(prefix: Self.textPrefix, text) else {
            throw RecordingKeyError.malformedRecipient
        }
        try self.init(rawRepresentation: bytes)
    }

    init(_ key: Curve25519.KeyAgreement.PublicKey) { self.key = key }

    /// The text form, `spr-recipient-1…`.
    public var description: String { Bech32.encode(prefix: Self.textPrefix, self.rawRepresentation) }

    /// 32 bytes.
    public var rawRepresentation: [UInt8] { Array(self.key.rawRepresentation) }

    /// First 8 bytes of SHA-256 of the public key.
    public var keyID: [UInt8] {
        Array(SHA256.hash(data: self.key.rawRepresentation).prefix(WrappedKey.keyIDSize))
    }

    /// ``keyID`` in hexadecimal, as headers of recordings tell it.
    public var fingerprint: String { WrappedKey.fingerprint(of: self.keyID) }

    /// - Parameter context: `RecordingHeader.wrappingInfo` of the file and track.
    func wrap(_ fileKey: RecordingKey, context: [UInt8]) throws -> WrappedKey {
        var sender = try HPKE.Sender(recipientKey: self.key, ciphersuite: Self.cipherSuite, info: Data(context))
        let wrapped = try fileKey.withUnsafeBytes { try sender.seal($0) }
        return WrappedKey(
            keyID: self.keyID, encapsulatedKey: Array(sender.encapsulatedKey), wrappedKey: Array(wrapped))
    }
}

extension RecordingHeader {
    /// A header for a new file whose keys are wrapped to all recipients of their tracks.
    /// - Parameters:
    ///   - started: nanoseconds since 1970 at event time 0.
    ///   - signingKey: the gateway's Ed25519 public key, 32 bytes.
    ///   - input: the key of a track of its own for what was typed, and who can read that.
    public init(
        fileID: FileID, started: UInt64, signingKey: [UInt8], fileKey: RecordingKey, recipients: [RecordingRecipient],
        input: (key: RecordingKey, recipients: [RecordingRecipient])? = nil
    ) throws {
        func wrapped(_ key: RecordingKey, _ track: RecordingTrack, _ recipients: [RecordingRecipient]) throws
            -> [WrappedKey]
        {
            let context = Self.wrappingInfo(fileID: fileID, started: started, signingKey: signingKey, track: track)
            return try recipients.map { try $0.wrap(key, context: context) }
        }
        self.init(
            fileID: fileID, started: started, signingKey: signingKey,
            recipients: try wrapped(fileKey, .main, recipients),
            inputRecipients: try input.map { try wrapped($0.key, .input, $0.recipients) } ?? [])
    }
}
