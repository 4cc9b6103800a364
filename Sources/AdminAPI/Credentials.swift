public enum CredentialKind: String, Codable, CaseIterable, Sendable {
    case password
    /// OpenSSH or PEM text of a private key.
    case privateKey = "private-key"
}

/// Sets, or replaces, the credential of one account on one target.
public struct SetCredentialRequest: Codable, Hashable, Sendable {
    public var target: String
    public var account: String
    public var kind: CredentialKind
    public var secret: SecretField
    /// Of a private key that is encrypted. Without it such a request is refused with `passphraseNeeded`.
    public var passphrase: SecretField?

    public init(
        target: String, account: String, kind: CredentialKind, secret: SecretField, passphrase: SecretField? = nil
    ) {
        self.target = target
        self.account = account
        self.kind = kind
        self.secret = secret
        self.passphrase = passphrase
    }
}

/// What may be told of a credential: everything but the secret.
public struct CredentialInfo: Codable, Hashable, Sendable {
    public var target: String
    public var account: String
    public var kind: CredentialKind
    /// The public half, when the credential is a private key.
    public var publicKey: PublicKeyInfo?
    public var changed: Timestamp

    public init(
        target: String, account: String, kind: CredentialKind, publicKey: PublicKeyInfo?, changed: Timestamp
    ) {
        self.target = target
        self.account = account
        self.kind = kind
        self.publicKey = publicKey
        self.changed = changed
    }

    private enum CodingKeys: String, CodingKey {
        case target, account, kind, changed
        case publicKey = "public_key"
    }
}
