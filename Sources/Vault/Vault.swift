import Crypto
import Platform
import Synchronization

/// Seals secrets for storage and opens them again, under one key-encryption key.
///
/// Each secret has a random data key of its own, used once; the key-encryption key wraps only data keys, so that a
/// change of it need not touch the secrets. Both layers are AES-256-GCM. The secret's associated data is its
/// ``SecretBinding``: a blob in another entry's place does not open. Free to use from any thread.
///
/// Blob: version 2 (1 byte), key id (8), wrapped data key (12 nonce, 32, 16 tag), secret (12 nonce, n, 16 tag).
public final class Vault: Sendable {
    private static let version: UInt8 = 2
    private static let keyIDBytes = 8
    private static let wrappedKeyBytes = 12 + 32 + 16
    /// Bytes that a blob adds to its secret.
    private static let overheadBytes = 1 + keyIDBytes + wrappedKeyBytes + 12 + 16
    /// Longest secret that is sealed, in bytes.
    public static let maximumSecretBytes = 64 * 1024

    private struct Keys {
        /// Seals.
        var current: VaultKey
        /// Open too: the next one while the stored blobs are being re-wrapped, the last one for a moment afterwards.
        var others: [VaultKey] = []
        var isChanging = false
    }

    private let keys: Mutex<Keys>

    public init(_ key: VaultKey) {
        self.keys = Mutex(Keys(current: key))
    }

    /// The key that seals.
    public var key: VaultKey { self.keys.withLock { $0.current } }

    /// Encrypts `secret` so that it opens only under the same vault and binding.
    public func seal(_ secret: SecretBytes, for binding: SecretBinding) throws(VaultError) -> [UInt8] {
        guard secret.count <= Self.maximumSecretBytes else {
            throw VaultError(.sealed, "the secret is longer than \(Self.maximumSecretBytes) bytes")
        }
        let dataKey = SymmetricKey(size: .bits256)
        let key = self.key
        let associated = Self.associatedData(binding)
        do {
            let sealed = try secret.withUnsafeBytes { try AES.GCM.seal($0, using: dataKey, authenticating: associated) }
            guard let bytes = sealed.combined else { preconditionFailure(Self.standardNonce) }
            return try dataKey.withUnsafeBytes { try Self.header(wrapping: $0, under: key) } + bytes
        } catch {
            throw VaultError(.sealed, "the secret could not be sealed")
        }
    }

    /// Throws `sealed` when the blob was altered, belongs to another binding or was sealed under another key.
    func open(_ blob: [UInt8], for binding: SecretBinding) throws(VaultError) -> SecretBytes {
        var dataKey = try self.dataKey(of: blob)
        defer { Wipe.bytes(of: &dataKey) }
        let sealed = blob.dropFirst(1 + Self.keyIDBytes + Self.wrappedKeyBytes)
        do {
            var secret = try AES.GCM.open(
                try AES.GCM.SealedBox(combined: Array(sealed)), using: SymmetricKey(data: dataKey),
                authenticating: Self.associatedData(binding))
            defer { Wipe.bytes(of: &secret) }
            return SecretBytes(copying: secret)
        } catch {
            throw VaultError(
                .sealed, "a stored secret is damaged or belongs to another entry", hint: "set the credential again")
        }
    }

    /// Whether the blob opens; with no binding, whether its data key does.
    /// - returns: what is wrong, nil when nothing is.
    public func fault(of blob: [UInt8], for binding: SecretBinding?) -> VaultError? {
        do throws(VaultError) {
            if let binding {
                _ = try self.open(blob, for: binding)
            } else {
                var dataKey = try self.dataKey(of: blob)
                Wipe.bytes(of: &dataKey)
            }
            return nil
        } catch {
            return error
        }
    }

    // MARK: Change of key

    /// Begins a change: `next` opens from now on, the present key still seals. Ends with ``adopt(_:)`` or
    /// ``abandon(_:)``. Throws `changing` while another change is under way.
    public func prepare(_ next: VaultKey) throws(VaultError) {
        let isFree = self.keys.withLock { keys in
            guard !keys.isChanging else { return false }
            keys.isChanging = true
            keys.others.append(next)
            return true
        }
        guard isFree else {
            throw VaultError(.changing, "the vault's key is being changed already", hint: "wait for its end")
        }
    }

    /// The blob with its data key wrapped under `next`; the sealed secret stays as it is, unopened.
    public func rewrap(_ blob: [UInt8], under next: VaultKey) throws(VaultError) -> [UInt8] {
        var dataKey = try self.dataKey(of: blob)
        defer { Wipe.bytes(of: &dataKey) }
        do {
            return try dataKey.withUnsafeBytes { try Self.header(wrapping: $0, under: next) }
                + blob.dropFirst(1 + Self.keyIDBytes + Self.wrappedKeyBytes)
        } catch {
            throw VaultError(.sealed, "a data key could not be wrapped")
        }
    }

    /// Every stored blob is under `next`: it seals from now on. The former key still opens what was read before.
    public func adopt(_ next: VaultKey) {
        self.keys.withLock { keys in
            keys.others.removeAll { $0.id == next.id }
            keys.others.append(keys.current)
            keys.current = next
            keys.isChanging = false
        }
    }

    /// Nothing was changed.
    public func abandon(_ next: VaultKey) {
        self.keys.withLock { keys in
            keys.others.removeAll { $0.id == next.id }
            keys.isChanging = false
        }
    }

    /// Wipes a former key.
    public func forget(_ former: VaultKey) {
        self.keys.withLock { $0.others.removeAll { $0.id == former.id } }
    }

    // MARK: Layers

    private static let standardNonce = "the nonce was chosen by AES.GCM itself, so it has the standard length"

    /// 32 bytes, the caller's to wipe.
    private func dataKey(of blob: [UInt8]) throws(VaultError) -> [UInt8] {
        guard blob.first == Self.version else {
            throw VaultError(
                .sealed, "a stored secret is damaged or of an unknown format", hint: "use the version that wrote it")
        }
        guard (Self.overheadBytes...Self.overheadBytes + Self.maximumSecretBytes).contains(blob.count) else {
            throw VaultError(.sealed, "a stored secret is damaged", hint: "set the credential again")
        }
        let id = Array(blob[1..<1 + Self.keyIDBytes])
        guard let key = self.keys.withLock({ keys in ([keys.current] + keys.others).first { $0.id == id } }) else {
            throw VaultError(
                .sealed, "a stored secret was sealed under another vault key, \(id.hexDigits)",
                hint: "start with the key that it belongs to")
        }
        let wrapped = blob[(1 + Self.keyIDBytes)...].prefix(Self.wrappedKeyBytes)
        do {
            var opened = try AES.GCM.open(
                try AES.GCM.SealedBox(combined: Array(wrapped)), using: key.secret.symmetricKey,
                authenticating: Self.associatedData(keyID: id))
            defer { Wipe.bytes(of: &opened) }
            return Array(opened)
        } catch {
            throw VaultError(.sealed, "a stored secret is damaged", hint: "set the credential again")
        }
    }

    /// Everything before the sealed secret.
    private static func header(wrapping dataKey: UnsafeRawBufferPointer, under key: VaultKey) throws -> [UInt8] {
        let wrapped = try AES.GCM.seal(
            dataKey, using: key.secret.symmetricKey, authenticating: Self.associatedData(keyID: key.id))
        guard let bytes = wrapped.combined else { preconditionFailure(Self.standardNonce) }
        return [Self.version] + key.id + bytes
    }

    private static func associatedData(keyID: [UInt8]) -> [UInt8] {
        var writer = SSHWriter()
        writer.string("sallyport vault 2 data key")
        writer.string(keyID)
        return writer.bytes
    }

    private static func associatedData(_ binding: SecretBinding) -> [UInt8] {
        var writer = SSHWriter()
        writer.string("sallyport vault 2 secret")
        for part in binding.parts { writer.string(part) }
        return writer.bytes
    }
}
