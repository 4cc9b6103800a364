import Crypto
import CryptoExtras
import Glibc
import Platform

/// The gateway's own keys: each sealed in `keys/NAME.sealed`, the public half of most beside it in `NAME.pub`.
public struct GatewayKeys: Sendable {
    /// One of each kind. The private halves stay here.
    public let hostKeys: [HostKey]
    public let recordingSigner: RecordingSigner
    /// X25519, 32 bytes raw: opens the recordings that were encrypted to the gateway.
    public let archivePrivateKey: SecretBytes
    /// X25519, 32 bytes raw.
    public let archivePublicKey: [UInt8]

    /// Signs the checkpoints and seals of recordings with Ed25519.
    public struct RecordingSigner: Sendable {
        private let key: Curve25519.Signing.PrivateKey
        /// 32 bytes raw.
        public let rawPublicKey: [UInt8]
        public let publicKey: OpenSSHPublicKey

        init(_ identity: Curve25519.Signing.PrivateKey) {
            let key = PrivateKey.ed25519(identity)
            self.key = identity
            self.rawPublicKey = Array(identity.publicKey.rawRepresentation)
            self.publicKey = OpenSSHPublicKey(
                type: key.type, blob: key.publicBlob, comment: "sallyport recording signing key")
        }

        /// 64 bytes.
        public func sign(_ message: [UInt8]) -> [UInt8] {
            guard let signature = try? self.key.signature(for: message) else {
                preconditionFailure(
                    "an Ed25519 signature of a valid key can't fail, the key was checked when it was read")
            }
            return Array(signature)
        }
    }

    private enum Name {
        static let hostEd25519 = "host_ed25519"
        static let hostECDSA = "host_ecdsa"
        static let hostRSA = "host_rsa"
        static let recordingSigning = "recording_signing"
        static let recordingArchive = "recording_archive"
    }

    private static let rsaBits = 3072

    /// Makes all keys in `directory`, which must have none yet. Takes a second or so, for the RSA key.
    public static func create(in directory: String, vault: Vault) throws(VaultError) -> GatewayKeys {
        let store = SealedKeyStore(directory: directory, vault: vault)
        let rsa: _RSA.Signing.PrivateKey
        do {
            rsa = try _RSA.Signing.PrivateKey(keySize: _RSA.Signing.KeySize(bitCount: Self.rsaBits))
        } catch {
            throw VaultError(.system, "an rsa key could not be made")
        }
        let hostComment = "sallyport host key"
        try store.write(.ed25519(Curve25519.Signing.PrivateKey()), as: Name.hostEd25519, comment: hostComment)
        try store.write(.p256(P256.Signing.PrivateKey()), as: Name.hostECDSA, comment: hostComment)
        try store.write(.rsa(rsa), as: Name.hostRSA, comment: hostComment)
        try store.write(
            .ed25519(Curve25519.Signing.PrivateKey()), as: Name.recordingSigning,
            comment: "sallyport recording signing key")
        let archive = Curve25519.KeyAgreement.PrivateKey()
        try store.writeRaw(SecretBytes(copying: archive.rawRepresentation), as: Name.recordingArchive)
        return try Self.open(in: directory, vault: vault)
    }

    /// Opens what `create` made.
    public static func open(in directory: String, vault: Vault) throws(VaultError) -> GatewayKeys {
        let store = SealedKeyStore(directory: directory, vault: vault)
        var hostKeys: [HostKey] = []
        for name in [Name.hostEd25519, Name.hostECDSA, Name.hostRSA] {
            hostKeys.append(try store.hostKey(name))
        }
        guard case .ed25519(let signing) = try store.read(Name.recordingSigning).key else {
            throw store.damaged(Name.recordingSigning)
        }
        let archive = try store.readRaw(Name.recordingArchive)
        guard archive.count == 32,
            let archiveKey = archive.withUnsafeBytes({ try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: $0) })
        else { throw store.damaged(Name.recordingArchive) }
        return GatewayKeys(
            hostKeys: hostKeys, recordingSigner: RecordingSigner(signing), archivePrivateKey: archive,
            archivePublicKey: Array(archiveKey.publicKey.rawRepresentation))
    }
}

/// Sealed key files in one directory.
private struct SealedKeyStore {
    let directory: String
    let vault: Vault

    private static let maximumFileBytes = 64 * 1024

    func write(_ key: PrivateKey, as name: String, comment: String) throws(VaultError) {
        try self.writeRaw(key.sealable(comment: comment), as: name)
        let publicKey = OpenSSHPublicKey(type: key.type, blob: key.publicBlob, comment: comment)
        try NewFile.write(Array((publicKey.line + "\n").utf8), to: "\(self.directory)/\(name).pub", mode: 0o644)
    }

    func writeRaw(_ secret: SecretBytes, as name: String) throws(VaultError) {
        try NewFile.write(try self.vault.seal(secret, for: .gatewayKey(name)), to: self.path(name), mode: 0o600)
    }

    func read(_ name: String) throws(VaultError) -> (key: PrivateKey, comment: String) {
        guard let key = PrivateKey.unsealed(try self.readRaw(name)) else { throw self.damaged(name) }
        return key
    }

    func readRaw(_ name: String) throws(VaultError) -> SecretBytes {
        let path = self.path(name)
        let raw = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY)
        guard raw >= 0 else { throw VaultError(.system, "\(path): \(SystemText.ofErrno())") }
        let descriptor = OwnedDescriptor(takingOwnershipOf: raw)
        let blob: SecretBytes
        do {
            blob = try SecretBytes(readingFrom: descriptor.rawValue, limitBytes: Self.maximumFileBytes)
        } catch {
            throw VaultError(.system, "\(path) can't be read or is too long")
        }
        do {
            return try self.vault.open(blob.withUnsafeBytes { Array($0) }, for: .gatewayKey(name))
        } catch {
            throw VaultError(error.code, "\(path): \(error.message)", hint: "restore it from the backup")
        }
    }

    func hostKey(_ name: String) throws(VaultError) -> GatewayKeys.HostKey {
        let (key, comment) = try self.read(name)
        return GatewayKeys.HostKey(key, comment: comment)
    }

    func damaged(_ name: String) -> VaultError {
        VaultError(.sealed, "\(self.path(name)) holds no such key", hint: "restore it from the backup")
    }

    private func path(_ name: String) -> String { "\(self.directory)/\(name).sealed" }
}
