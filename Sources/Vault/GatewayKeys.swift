import Crypto
import CryptoExtras
import Glibc
import Platform

/// The gateway's own keys: stored sealed in the database, the public half of most in `keys/NAME.pub`.
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

    /// Fresh keys, sealed, to be stored under their names. Takes a second or so, for the RSA key.
    public static func make(under vault: Vault) throws(VaultError) -> SealedGatewayKeys {
        var made = SealedGatewayKeys()
        let rsa: _RSA.Signing.PrivateKey
        do {
            rsa = try _RSA.Signing.PrivateKey(keySize: _RSA.Signing.KeySize(bitCount: Self.rsaBits))
        } catch {
            throw VaultError(.system, "an rsa key could not be made")
        }
        let hostComment = "sallyport host key"
        try made.add(.ed25519(Curve25519.Signing.PrivateKey()), as: Name.hostEd25519, comment: hostComment, vault)
        try made.add(.p256(P256.Signing.PrivateKey()), as: Name.hostECDSA, comment: hostComment, vault)
        try made.add(.rsa(rsa), as: Name.hostRSA, comment: hostComment, vault)
        try made.add(
            .ed25519(Curve25519.Signing.PrivateKey()), as: Name.recordingSigning,
            comment: "sallyport recording signing key", vault)
        let archive = Curve25519.KeyAgreement.PrivateKey()
        made.blobs[Name.recordingArchive] = try vault.seal(
            SecretBytes(copying: archive.rawRepresentation), for: .gatewayKey(Name.recordingArchive))
        return made
    }

    /// Opens what `make` made, by its names.
    public static func open(_ blobs: [String: [UInt8]], under vault: Vault) throws(VaultError) -> GatewayKeys {
        let sealed = SealedKeys(blobs: blobs, vault: vault)
        var hostKeys: [HostKey] = []
        for name in [Name.hostEd25519, Name.hostECDSA, Name.hostRSA] {
            hostKeys.append(try sealed.hostKey(name))
        }
        guard case .ed25519(let signing) = try sealed.read(Name.recordingSigning).key else {
            throw SealedKeys.damaged(Name.recordingSigning)
        }
        let archive = try sealed.readRaw(Name.recordingArchive)
        guard archive.count == 32,
            let archiveKey = archive.withUnsafeBytes({ try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: $0) })
        else { throw SealedKeys.damaged(Name.recordingArchive) }
        return GatewayKeys(
            hostKeys: hostKeys, recordingSigner: RecordingSigner(signing), archivePrivateKey: archive,
            archivePublicKey: Array(archiveKey.publicKey.rawRepresentation))
    }
}

/// The gateway's own keys as they are stored.
public struct SealedGatewayKeys: Sendable {
    /// By name, each bound to it.
    public fileprivate(set) var blobs: [String: [UInt8]] = [:]
    /// The public halves of most, by name: OpenSSH lines without the newline.
    public private(set) var publicLines: [String: String] = [:]

    fileprivate mutating func add(
        _ key: PrivateKey, as name: String, comment: String, _ vault: Vault
    ) throws(VaultError) {
        self.blobs[name] = try vault.seal(key.sealable(comment: comment), for: .gatewayKey(name))
        self.publicLines[name] = OpenSSHPublicKey(type: key.type, blob: key.publicBlob, comment: comment).line
    }
}

/// Reads stored keys by their names.
private struct SealedKeys {
    let blobs: [String: [UInt8]]
    let vault: Vault

    func read(_ name: String) throws(VaultError) -> (key: PrivateKey, comment: String) {
        guard let key = PrivateKey.unsealed(try self.readRaw(name)) else { throw Self.damaged(name) }
        return key
    }

    func readRaw(_ name: String) throws(VaultError) -> SecretBytes {
        guard let blob = self.blobs[name] else {
            throw VaultError(
                .sealed, "the gateway's key \(name) is not in the database", hint: "restore the database from a backup")
        }
        do {
            return try self.vault.open(blob, for: .gatewayKey(name))
        } catch {
            throw VaultError(
                error.code, "the gateway's key \(name): \(error.message)",
                hint: "restore the database from a backup")
        }
    }

    func hostKey(_ name: String) throws(VaultError) -> GatewayKeys.HostKey {
        let (key, comment) = try self.read(name)
        return GatewayKeys.HostKey(key, comment: comment)
    }

    static func damaged(_ name: String) -> VaultError {
        VaultError(.sealed, "the gateway's key \(name) is damaged", hint: "restore the database from a backup")
    }
}
