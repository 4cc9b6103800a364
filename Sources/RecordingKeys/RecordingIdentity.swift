import Crypto
import Foundation
import RecordingFormat

/// A recipient's private key. Never printed unless asked for by `secretText`.
public struct RecordingIdentity: Sendable, CustomStringConvertible {
    static let textPrefix = "spr-identity-"
    private let key: Curve25519.KeyAgreement.PrivateKey

    /// A fresh one.
    public init() { self.key = Curve25519.KeyAgreement.PrivateKey() }

    /// - Throws: `RecordingKeyError.malformedIdentity` unless it is 32 bytes.
    public init(rawRepresentation: some ContiguousBytes) throws {
        guard let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: rawRepresentation) else {
            throw RecordingKeyError.malformedIdentity
        }
        self.key = key
    }

    /// Reads the text form; blanks and newlines around it, and lines that begin with `#`, are ignored.
    /// - Throws: `RecordingKeyError.malformedIdentity`.
    public init(text: String) throws {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingPrefix(while: \.isWhitespace) }
        let keys = lines.filter { !$0.isEmpty && !$0.hasPrefix("#") }
        guard keys.count == 1, let word = keys.first?.split(whereSeparator: \.isWhitespace), word.count == 1,
            let bytes = Bech32.decode(prefix: Self.textPrefix, String(word[0]))
        else { throw RecordingKeyError.malformedIdentity }
        try self.init(rawRepresentation: bytes)
    }

    public var description: String { "(secret)" }

    /// The text form, `SPR-IDENTITY-1…`: a secret.
    public var secretText: String { Bech32.encode(prefix: Self.textPrefix, self.secretBytes).uppercased() }

    /// 32 secret bytes.
    public var secretBytes: [UInt8] { Array(self.key.rawRepresentation) }

    public var recipient: RecordingRecipient { RecordingRecipient(self.key.publicKey) }

    /// The subkeys of the file with this header: of all tracks that this identity opens, the main one among them.
    /// - Throws: `RecordingKeyError.notARecipient`, `.inputRecipient`, `.headerAltered`.
    public func subkeys(for header: RecordingHeader) throws -> RecordingSubkeys {
        try Self.subkeys(of: [self], for: header)
    }

    /// The same with several identities, of which each may open another track.
    public static func subkeys(
        of identities: [RecordingIdentity], for header: RecordingHeader
    ) throws -> RecordingSubkeys {
        func key(_ track: RecordingTrack) throws -> RecordingKey? {
            for identity in identities {
                if let key = try identity.key(of: track, in: header) { return key }
            }
            return nil
        }
        let inputKey = try key(.input)
        guard let fileKey = try key(.main) else {
            throw inputKey == nil ? RecordingKeyError.notARecipient : .inputRecipient
        }
        return RecordingSubkeys(fileKey: fileKey, inputFileKey: inputKey, fileID: header.fileID)
    }

    /// Nil if the track is not encrypted to this identity.
    private func key(of track: RecordingTrack, in header: RecordingHeader) throws -> RecordingKey? {
        let keyID = self.recipient.keyID
        guard let wrapped = header.recipients(of: track).first(where: { $0.keyID == keyID }) else { return nil }
        let context = RecordingHeader.wrappingInfo(
            fileID: header.fileID, started: header.started, signingKey: header.signingKey, track: track)
        guard
            var recipient = try? HPKE.Recipient(
                privateKey: self.key, ciphersuite: RecordingRecipient.cipherSuite, info: Data(context),
                encapsulatedKey: Data(wrapped.encapsulatedKey)),
            let opened = try? recipient.open(wrapped.wrappedKey),
            let fileKey = try? opened.withUnsafeBytes({ bytes in try RecordingKey(copying: bytes) })
        else { throw RecordingKeyError.headerAltered }
        return fileKey
    }
}
