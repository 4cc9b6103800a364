import Crypto
import Platform

/// Signs user certificates. Where its own key is, in the vault or elsewhere, is its own business.
public protocol CertificateAuthority: Sendable {
    /// A certificate that says what `request` says, over the key of `pair`. The authority chooses the serial number.
    /// Whoever uses it checks it with ``SessionKeyPair/identity(_:as:)``.
    /// - throws: `signing` or what keeps the authority from it, in one line for operators.
    func certificate(
        for request: UserCertificateRequest, over pair: SessionKeyPair
    ) async throws(VaultError) -> UserCertificate
}

/// A key pair for one login, which dies with it. The private half never leaves this module.
public struct SessionKeyPair: Sendable {
    private let key: Curve25519.Signing.PrivateKey
    /// As `ssh-ed25519`.
    public let publicKey: OpenSSHPublicKey

    /// Fresh random keys.
    public init() {
        self.key = Curve25519.Signing.PrivateKey()
        self.publicKey = OpenSSHPublicKey(
            type: "ssh-ed25519", blob: PrivateKey.ed25519(self.key).publicBlob, comment: "")
    }

    /// 32 bytes.
    var rawPublicKey: [UInt8] { Array(self.key.publicKey.rawRepresentation) }

    /// The signer behind `certificate`. Throws `signing` where an authority gave back something else than it was
    /// asked for: a certificate for another key or account, or for longer, would be worth more than the login needs.
    public func identity(
        _ certificate: UserCertificate, as request: UserCertificateRequest
    ) throws(VaultError) -> AgentIdentity {
        let content = certificate.content
        guard certificate.rawPublicKey == self.rawPublicKey, !content.principals.isEmpty,
            Set(content.principals).isSubset(of: request.principals), content.validBefore <= request.validBefore
        else {
            throw VaultError(
                .signing, "the certificate authority signed something else than it was asked for",
                hint: "check the role or the settings that it signs by")
        }
        return AgentIdentity(key: .ed25519(self.key), comment: content.keyID, certificate: certificate)
    }
}

/// A certificate authority whose key the vault holds.
public struct VaultAuthority: Sendable {
    public let publicKey: OpenSSHPublicKey
    private let key: PrivateKey

    fileprivate init(key: PrivateKey, comment: String) {
        self.key = key
        self.publicKey = OpenSSHPublicKey(type: key.type, blob: key.publicBlob, comment: comment)
    }

    /// Signs. A key of RSA signs with SHA-512, and takes its milliseconds. Throws `signing`.
    public func certificate(
        for request: UserCertificateRequest, over pair: SessionKeyPair, serial: UInt64
    ) throws(VaultError) -> UserCertificate {
        try UserCertificate(request, over: pair.rawPublicKey, serial: serial, signedBy: self.key)
    }
}

extension SecretBinding {
    /// The key of a certificate authority.
    public static func authority(_ name: String) -> SecretBinding {
        SecretBinding(parts: ["certificate-authority", name])
    }
}

extension Vault {
    /// A fresh Ed25519 key for a certificate authority, sealed.
    public func makeAuthority(
        comment: String, for binding: SecretBinding
    ) throws(VaultError) -> (blob: [UInt8], publicKey: OpenSSHPublicKey) {
        try self.makePrivateKey(comment: comment, for: binding)
    }

    /// The authority behind a blob of ``makeAuthority(comment:for:)`` or ``sealPrivateKey(text:passphrase:for:)``.
    public func authority(_ blob: [UInt8], for binding: SecretBinding) throws(VaultError) -> VaultAuthority {
        guard let (key, comment) = PrivateKey.unsealed(try self.open(blob, for: binding)) else {
            throw VaultError(.sealed, "the key of a certificate authority is damaged", hint: "restore the backup")
        }
        return VaultAuthority(key: key, comment: comment)
    }
}
