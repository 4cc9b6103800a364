import Platform

/// A private key that signs but can't be had. Free to use from any thread.
public final class AgentIdentity: Sendable {
    public let publicKey: OpenSSHPublicKey
    /// Says of the key whom it may log in as, for targets that trust its authority and don't know the key.
    public let certificate: UserCertificate?
    private let key: PrivateKey

    init(key: PrivateKey, comment: String, certificate: UserCertificate? = nil) {
        self.key = key
        self.certificate = certificate
        self.publicKey = OpenSSHPublicKey(type: key.type, blob: key.publicBlob, comment: comment)
    }

    /// What a target is shown, and its SSH type: the certificate where there is one, else the public key.
    var offer: (type: String, blob: [UInt8]) {
        self.certificate.map { (UserCertificate.type, $0.blob) } ?? (self.publicKey.type, self.publicKey.blob)
    }

    /// How an RSA key is asked to sign, in the agent protocol's bits; other keys pay no heed.
    public struct SignFlags: OptionSet, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let rsaSHA256 = SignFlags(rawValue: 2)
        public static let rsaSHA512 = SignFlags(rawValue: 4)
    }

    /// An SSH signature blob over `data`. An RSA key without a flag signs with SHA-1, when that is allowed; else it
    /// throws `signing`.
    public func sign(_ data: [UInt8], flags: SignFlags, allowsSHA1: Bool = false) throws(VaultError) -> [UInt8] {
        var hash = flags.contains(.rsaSHA512) ? PrivateKey.RSAHash.sha512 : .sha256
        if case .rsa = self.key, flags.isDisjoint(with: [.rsaSHA256, .rsaSHA512]) {
            guard allowsSHA1 else {
                throw VaultError(.signing, "an rsa signature with sha-1 was asked for and refused")
            }
            hash = .sha1
        }
        do {
            return try self.key.signature(of: data, rsaHash: hash)
        } catch {
            throw VaultError(.signing, "the private key could not sign")
        }
    }
}

extension Vault {
    /// A password as it was sealed under `SecretBinding.password`.
    public func openPassword(_ blob: [UInt8], for binding: SecretBinding) throws(VaultError) -> SecretBytes {
        precondition(binding.parts.first == "password", "only passwords are given out in clear")
        return try self.open(blob, for: binding)
    }

    /// The secret of a user's one-time codes, which the gateway itself reckons with.
    public func openOneTimeCodes(_ blob: [UInt8], user: String) throws(VaultError) -> SecretBytes {
        try self.open(blob, for: .oneTimeCodes(user: user))
    }

    /// Reads the text of a private key, takes its passphrase off, and seals the key. Throws with a hint for text that
    /// can't be used, `protectedKey` where a passphrase is missing, `wrongPassphrase` for a wrong one. Blocks for the
    /// derivation of its key, up to seconds.
    public func sealPrivateKey(
        text: SecretBytes, passphrase: SecretBytes? = nil, for binding: SecretBinding
    ) throws(VaultError) -> (blob: [UInt8], publicKey: OpenSSHPublicKey) {
        let (key, comment) = try PrivateKeyText.read(text, passphrase: passphrase)
        let blob = try self.seal(key.sealable(comment: comment), for: binding)
        return (blob, OpenSSHPublicKey(type: key.type, blob: key.publicBlob, comment: comment))
    }

    /// The signer behind a blob of `sealPrivateKey`.
    public func agentIdentity(_ blob: [UInt8], for binding: SecretBinding) throws(VaultError) -> AgentIdentity {
        guard let (key, comment) = PrivateKey.unsealed(try self.open(blob, for: binding)) else {
            throw VaultError(.sealed, "a stored private key is damaged", hint: "set the credential again")
        }
        return AgentIdentity(key: key, comment: comment)
    }
}
