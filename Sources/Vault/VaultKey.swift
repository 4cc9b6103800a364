import Crypto
import Platform

/// A key-encryption key: it wraps the data keys of the stored secrets, and never leaves this module in clear.
public struct VaultKey: Sendable {
    private static let bytes = 32
    private static let idBytes = 8

    let secret: SecretBytes
    /// Tells keys apart without giving them away; stands in clear in every blob. 8 bytes.
    public let id: [UInt8]

    /// - parameter secret: 32 bytes, checked by whoever read them.
    init(_ secret: SecretBytes) {
        precondition(secret.count == Self.bytes, "whoever reads a key checks its length first")
        self.secret = secret
        let id = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret.symmetricKey, info: Array("sallyport vault key id 1".utf8),
            outputByteCount: Self.idBytes)
        self.id = id.withUnsafeBytes { Array($0) }
    }

    /// Fresh, from the kernel.
    public static func random() -> VaultKey { VaultKey(.random(count: Self.bytes)) }

    /// Hexadecimal, for people to compare.
    public var idText: String { self.id.hexDigits }

    /// The key can't reach the swap space.
    public var isLocked: Bool { self.secret.isLocked }
}

extension SecretBytes {
    /// A copy that swift-crypto zeroes by itself.
    var symmetricKey: SymmetricKey { self.withUnsafeBytes { SymmetricKey(data: $0) } }
}
