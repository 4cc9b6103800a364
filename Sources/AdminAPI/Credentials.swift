public enum CredentialKind: String, Codable, CaseIterable, Sendable {
    case password
    /// OpenSSH or PEM text of a private key.
    case privateKey = "private-key"
    /// A certificate for each session, signed by an authority of the gateway.
    case certificate
    /// A password that an OpenBao server keeps. In a request: or a private key, told apart by its text.
    case baoPassword = "bao-password"
    case baoPrivateKey = "bao-private-key"
    /// A certificate for each session, signed by a role of an OpenBao server.
    case baoCertificate = "bao-certificate"
}

/// How the certificates for an account are made.
public struct CertificateOptions: Codable, Hashable, Sendable {
    /// Name of the authority that signs.
    public var authority: String
    /// Whom they are good for; empty in a request for the account's own name.
    public var principals: [String]
    /// How long, 1 to 1440 minutes. What counts is the moment of the login, sessions outlive it.
    public var validMinutes: Int
    /// Where they may be used from: `anywhere`, `outgoing` for the address of the gateway's own connection, or
    /// addresses and networks with commas between them.
    public var source: String

    public static let anywhere = "anywhere"
    public static let outgoing = "outgoing"
    public static let defaultAuthority = "default"
    public static let defaultValidMinutes = 5
    public static let validMinutes = 1...1440

    public init(
        authority: String = Self.defaultAuthority, principals: [String] = [],
        validMinutes: Int = Self.defaultValidMinutes, source: String = Self.anywhere
    ) {
        self.authority = authority
        self.principals = principals
        self.validMinutes = validMinutes
        self.source = source
    }

    private enum CodingKeys: String, CodingKey {
        case authority, principals, source
        case validMinutes = "valid_minutes"
    }
}

/// Sets, or replaces, the credential of one account on one target.
public struct SetCredentialRequest: Codable, Hashable, Sendable {
    public var target: String
    public var account: String
    public var kind: CredentialKind
    /// For a certificate: the private key of the authority, to be imported; empty to use the one of that name, or to
    /// have one made.
    public var secret: SecretField
    /// For a certificate.
    public var certificate: CertificateOptions?
    /// Of a private key that is encrypted. Without it such a request is refused with `passphraseNeeded`.
    public var passphrase: SecretField?
    /// Where the OpenBao server keeps the secret: `PATH` below the KV engine's mount, or `PATH#FIELD`.
    public var place: String?

    public init(
        target: String, account: String, kind: CredentialKind, secret: SecretField, passphrase: SecretField? = nil,
        certificate: CertificateOptions? = nil, place: String? = nil
    ) {
        self.place = place
        self.target = target
        self.account = account
        self.kind = kind
        self.secret = secret
        self.passphrase = passphrase
        self.certificate = certificate
    }
}

/// What may be told of a credential: everything but the secret.
public struct CredentialInfo: Codable, Hashable, Sendable {
    public var target: String
    public var account: String
    public var kind: CredentialKind
    /// The public half of a private key; of certificates, the key of the authority that targets are to trust.
    public var publicKey: PublicKeyInfo?
    public var certificate: CertificateOptions?
    /// What the login answers when the target asks more. In a listing of all credentials it is left out.
    public var answers: [AnswerInfo]?
    /// `PATH#FIELD` on the OpenBao server.
    public var place: String?
    public var changed: Timestamp
    /// Counts the account's secrets, from 1.
    public var version: Int
    /// In a listing of all credentials it is left out.
    public var rotation: RotationSchedule?
    /// As ``rotation``.
    public var unsettled: UnsettledRotation?

    public init(
        target: String, account: String, kind: CredentialKind, publicKey: PublicKeyInfo?,
        certificate: CertificateOptions? = nil, place: String? = nil, answers: [AnswerInfo]? = nil, changed: Timestamp,
        version: Int = 1
    ) {
        self.version = version
        self.place = place
        self.target = target
        self.account = account
        self.kind = kind
        self.publicKey = publicKey
        self.certificate = certificate
        self.answers = answers
        self.changed = changed
    }

    private enum CodingKeys: String, CodingKey {
        case target, account, kind, certificate, place, answers, changed, version, rotation, unsettled
        case publicKey = "public_key"
    }
}

/// One change of an account's credential.
public struct CredentialChangeInfo: Codable, Hashable, Sendable {
    public enum Change: String, Codable, CaseIterable, Sendable {
        case set, removed
        /// By the gateway, on the target too.
        case rotated
        /// A former secret was put back.
        case restored
        /// A new secret that a rotation gave up, whose change of the target may come through yet.
        case unproved
    }

    public var change: Change
    public var kind: CredentialKind
    /// `SHA256:…` of the public key, where the kind has one.
    public var fingerprint: String?
    /// Who did it; `-` where that was not kept.
    public var actor: String
    public var time: Timestamp
    /// Nil for a removal, and for what happened before versions were counted.
    public var version: Int?
    /// It is a former secret that `restore` can put back.
    public var kept: Bool

    public init(
        change: Change, kind: CredentialKind, fingerprint: String?, actor: String, time: Timestamp, version: Int? = nil,
        kept: Bool = false
    ) {
        self.version = version
        self.kept = kept
        self.change = change
        self.kind = kind
        self.fingerprint = fingerprint
        self.actor = actor
        self.time = time
    }
}

/// A certificate authority of the gateway.
public struct AuthorityInfo: Codable, Hashable, Sendable {
    public var name: String
    /// What targets are to trust: its line belongs into the file that sshd's TrustedUserCAKeys names.
    public var publicKey: PublicKeyInfo
    /// Accounts that it signs for, as `target/account`.
    public var accounts: [String]
    public var added: Timestamp

    public init(name: String, publicKey: PublicKeyInfo, accounts: [String], added: Timestamp) {
        self.name = name
        self.publicKey = publicKey
        self.accounts = accounts
        self.added = added
    }

    private enum CodingKeys: String, CodingKey {
        case name, accounts, added
        case publicKey = "public_key"
    }
}
