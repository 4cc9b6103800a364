import Crypto

/// A signed statement that the log was exactly this up to a row.
///
/// Whoever can write the database can make a whole chain anew; what they can't make is this.
public struct AuditHead: Hashable, Sendable {
    /// The last row that the statement covers.
    public let sequence: UInt64
    /// When it was signed, in nanoseconds since 1970-01-01 UTC.
    public let timeNanoseconds: Int64
    /// ``AuditRecord/hash`` of that row.
    public let hash: [UInt8]
    /// Ed25519 over ``signedBytes(sequence:timeNanoseconds:hash:)``, 64 bytes.
    public let signature: [UInt8]

    public init(sequence: UInt64, timeNanoseconds: Int64, hash: [UInt8], signature: [UInt8]) {
        self.sequence = sequence
        self.timeNanoseconds = timeNanoseconds
        self.hash = hash
        self.signature = signature
    }

    /// What is signed. The words before it keep it apart from everything else that the same key signs.
    public static func signedBytes(sequence: UInt64, timeNanoseconds: Int64, hash: [UInt8]) -> [UInt8] {
        var bytes = CanonicalBytes()
        bytes.append(Array("sallyport audit head 1".utf8))
        bytes.append(sequence)
        bytes.append(UInt64(bitPattern: timeNanoseconds))
        bytes.append(hash)
        return bytes.bytes
    }

    /// - parameter publicKey: Ed25519, 32 bytes raw.
    public func isSigned(by publicKey: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
        return key.isValidSignature(
            self.signature,
            for: Self.signedBytes(
                sequence: self.sequence, timeNanoseconds: self.timeNanoseconds, hash: self.hash))
    }
}
