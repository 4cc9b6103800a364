import Crypto
import Platform

/// Seals secrets for storage and opens them again, under one key-encryption key.
///
/// Each secret has a random data key of its own, used once; the key-encryption key wraps only data keys. Both layers
/// are AES-256-GCM and carry the binding as associated data. Free to use from any thread.
///
/// Blob: version 1 (1 byte), key id (8), wrapped data key (12 nonce, 32, 16 tag), secret (12 nonce, n, 16 tag).
public final class Vault: Sendable {
    private static let version: UInt8 = 1
    private static let keyIDBytes = 8
    private static let wrappedKeyBytes = 12 + 32 + 16
    /// Bytes that a blob adds to its secret.
    private static let overheadBytes = 1 + keyIDBytes + wrappedKeyBytes + 12 + 16
    /// Longest secret that is sealed, in bytes.
    public static let maximumSecretBytes = 64 * 1024

    private let keyEncryptionKey: SecretBytes
    private let keyID: [UInt8]

    init(keyEncryptionKey: SecretBytes) {
        precondition(keyEncryptionKey.count == 32, "the key file holds 32 bytes, checked when it was read")
        self.keyEncryptionKey = keyEncryptionKey
        let id = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: keyEncryptionKey.symmetricKey, info: Array("sallyport vault key id 1".utf8),
            outputByteCount: Self.keyIDBytes)
        self.keyID = id.withUnsafeBytes { Array($0) }
    }

    /// Makes a key file that only its owner can read, and the vault under it. Throws when the file exists.
    public static func create(keyFile path: String) throws(VaultError) -> Vault {
        let key = SecretBytes.random(count: 32)
        try KeyFile.create(key, at: path)
        return Vault(keyEncryptionKey: key)
    }

    /// Throws `keyFile` with a hint when the file is missing, open to others or not a key file.
    public static func open(keyFile path: String) throws(VaultError) -> Vault {
        Vault(keyEncryptionKey: try KeyFile.read(path))
    }

    /// Encrypts `secret` so that it opens only under the same vault and binding.
    public func seal(_ secret: SecretBytes, for binding: SecretBinding) throws(VaultError) -> [UInt8] {
        guard secret.count <= Self.maximumSecretBytes else {
            throw VaultError(.sealed, "the secret is longer than \(Self.maximumSecretBytes) bytes")
        }
        let dataKey = SymmetricKey(size: .bits256)
        let associated = self.associatedData(binding)
        do {
            let wrapped = try dataKey.withUnsafeBytes {
                try AES.GCM.seal($0, using: self.keyEncryptionKey.symmetricKey, authenticating: associated)
            }
            let sealed = try secret.withUnsafeBytes { try AES.GCM.seal($0, using: dataKey, authenticating: associated) }
            guard let wrappedBytes = wrapped.combined, let sealedBytes = sealed.combined else {
                preconditionFailure("the nonce was chosen by AES.GCM itself, so it has the standard length")
            }
            return [Self.version] + self.keyID + wrappedBytes + sealedBytes
        } catch {
            throw VaultError(.sealed, "the secret could not be sealed")
        }
    }

    /// Throws `sealed` when the blob was altered, belongs to another binding or was sealed under another key.
    func open(_ blob: [UInt8], for binding: SecretBinding) throws(VaultError) -> SecretBytes {
        guard blob.first == Self.version else {
            throw VaultError(.sealed, "a stored secret has an unknown format", hint: "use the version that wrote it")
        }
        guard (Self.overheadBytes...Self.overheadBytes + Self.maximumSecretBytes).contains(blob.count) else {
            throw VaultError(.sealed, "a stored secret is damaged", hint: "set the credential again")
        }
        let afterVersion = blob.dropFirst()
        guard afterVersion.prefix(Self.keyIDBytes).elementsEqual(self.keyID) else {
            throw VaultError(
                .sealed, "a stored secret was sealed under another vault key",
                hint: "restore the key file it belongs to")
        }
        let wrapped = afterVersion.dropFirst(Self.keyIDBytes).prefix(Self.wrappedKeyBytes)
        let sealed = afterVersion.dropFirst(Self.keyIDBytes + Self.wrappedKeyBytes)
        let associated = self.associatedData(binding)
        do {
            var dataKey = try AES.GCM.open(
                try AES.GCM.SealedBox(combined: Array(wrapped)), using: self.keyEncryptionKey.symmetricKey,
                authenticating: associated)
            defer { Wipe.bytes(of: &dataKey) }
            var secret = try AES.GCM.open(
                try AES.GCM.SealedBox(combined: Array(sealed)), using: SymmetricKey(data: dataKey),
                authenticating: associated)
            defer { Wipe.bytes(of: &secret) }
            return SecretBytes(copying: secret)
        } catch {
            throw VaultError(
                .sealed, "a stored secret is damaged or belongs to another entry", hint: "set the credential again")
        }
    }

    private func associatedData(_ binding: SecretBinding) -> [UInt8] {
        var writer = SSHWriter()
        writer.string("sallyport vault 1")
        writer.string(self.keyID)
        for part in binding.parts { writer.string(part) }
        return writer.bytes
    }
}

extension SecretBytes {
    /// A copy that swift-crypto zeroes by itself.
    var symmetricKey: SymmetricKey { self.withUnsafeBytes { SymmetricKey(data: $0) } }
}
