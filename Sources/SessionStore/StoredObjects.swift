import AccessPolicy

/// A public key as it is stored: of a user or of a target.
public struct StoredKey: Hashable, Sendable {
    /// SSH name of the type, such as `ssh-ed25519`.
    public let type: String
    public let blob: [UInt8]
    public let comment: String
    /// `SHA256:…`
    public let fingerprint: String

    public init(type: String, blob: [UInt8], comment: String, fingerprint: String) {
        self.type = type
        self.blob = blob
        self.comment = comment
        self.fingerprint = fingerprint
    }
}

/// A public key by which a user signs in.
public struct StoredUserKey: Hashable, Sendable {
    public let key: StoredKey
    /// UTC; from then on the key is as good as none. Nil for never.
    public let expiresNanoseconds: Int64?
    /// What a security key has to say of each signature; without meaning for other keys.
    public let requiresTouch: Bool
    public let requiresVerification: Bool
    /// The highest count of signatures that a security key gave.
    public let counter: UInt32
    /// Who keeps it.
    public let source: UserSource

    public init(
        key: StoredKey, expiresNanoseconds: Int64? = nil, requiresTouch: Bool = true,
        requiresVerification: Bool = false, counter: UInt32 = 0, source: UserSource = .local
    ) {
        self.source = source
        self.key = key
        self.expiresNanoseconds = expiresNanoseconds
        self.requiresTouch = requiresTouch
        self.requiresVerification = requiresVerification
        self.counter = counter
    }

    public var isSecurityKey: Bool { self.key.type.hasPrefix("sk-") }

    /// - parameter nanoseconds: UTC.
    public func isExpired(at nanoseconds: Int64) -> Bool { self.expiresNanoseconds.map { $0 <= nanoseconds } ?? false }
}

/// Who keeps a user, a key or a membership.
public enum UserSource: String, CaseIterable, Hashable, Sendable {
    /// The gateway's own administrators.
    case local
    case ldap
    case oidc
}

public struct StoredUser: Hashable, Sendable {
    public let name: String
    public let isEnabled: Bool
    public let source: UserSource
    /// What the user's entry in a directory is, whatever its name; nil while it isn't known.
    public let directoryID: String?
    /// Why the directory lets the user in no longer; nil while it does.
    public let suspension: String?
    /// PHC string of argon2id; nil when the user has no password.
    public let passwordHash: String?
    /// In order of addition.
    public let keys: [StoredUserKey]
    /// Names of the groups that the user is a member of, in order.
    public let groups: [String]
    /// Those of them that a directory says.
    public let directoryGroups: [String]
    /// The user's own; nil for none.
    public let requirement: LoginRequirement?
    /// nil when the user has none.
    public let secondFactor: StoredSecondFactor?
    /// nil for a person.
    public let service: ServiceAccount?
    /// UTC.
    public let addedNanoseconds: Int64
}

/// An authenticator app that a user has, or is about to have.
public struct StoredSecondFactor: Hashable, Sendable {
    /// The secret, as the vault sealed it.
    public let sealed: [UInt8]
    /// Whether a code has been shown to be right; it counts for nothing before.
    public let isConfirmed: Bool
    /// The step of the last code that was accepted.
    public let lastStep: Int64
    public let unusedRecoveryCodes: Int
}

public struct StoredGroup: Hashable, Sendable {
    public let name: String
    /// For people; empty for none.
    public let comment: String
    /// Names of its members, in order.
    public let members: [String]
    /// What logins of its members have to prove; nil for nothing of its own.
    public let requirement: LoginRequirement?
    /// UTC.
    public let addedNanoseconds: Int64
}

/// What becomes of a question of a target's login that no stored answer fits.
public enum PromptPassing: String, CaseIterable, Hashable, Sendable {
    /// It ends the login.
    case refuse
    /// It goes to the user.
    case pass
}

public struct StoredTarget: Hashable, Sendable {
    public let name: String
    /// A name or an address, without brackets.
    public let host: String
    public let port: UInt16
    /// The pinned host keys; never empty.
    public let hostKeys: [StoredKey]
    /// Keys that the target presented, not pinned, for an administrator to judge.
    public let pendingHostKeys: [StoredKey]
    /// The text form of the algorithms that it may be spoken to with.
    public let algorithms: String
    /// Which prompts get the password; nil for the usual ones.
    public let passwordPrompt: String?
    /// What becomes of prompts that no stored answer fits.
    public let prompts: PromptPassing
    /// Accounts with a credential, in order of name.
    public let accounts: [String]
    /// Each `key=value`, in order.
    public let labels: [String]
    /// UTC.
    public let addedNanoseconds: Int64
}

public enum StoredCredentialKind: String, CaseIterable, Hashable, Sendable {
    case password
    case privateKey = "private-key"
    /// A certificate for each session. What is sealed are its terms.
    case certificate
    /// On an OpenBao server. What is sealed is where there.
    case baoPassword = "bao-password"
    case baoPrivateKey = "bao-private-key"
    /// Signed by an OpenBao server for each session. What is sealed are its terms.
    case baoCertificate = "bao-certificate"
}

/// A credential as the vault sealed it.
public struct StoredCredential: Hashable, Sendable {
    public let target: String
    public let account: String
    public let kind: StoredCredentialKind
    public let sealed: [UInt8]
    /// The public half of a private key, or that of the authority that signs certificates.
    public let publicKey: StoredKey?
    /// Name of the certificate authority.
    public let authority: String?
    /// What may be told of it, as its setter wrote it.
    public let details: String?
    /// UTC.
    public let changedNanoseconds: Int64
    /// Counts the account's secrets, from 1.
    public let version: Int
}

/// One change of an account's credential.
public struct CredentialChange: Hashable, Sendable {
    public enum Change: String, CaseIterable, Hashable, Sendable {
        case set, removed
        /// By the gateway, on the target too.
        case rotated
        /// A former secret was put back.
        case restored
        /// A new secret that a rotation gave up, whose change of the target may come through yet.
        case unproved
    }

    public let change: Change
    public let kind: StoredCredentialKind
    /// Fingerprint of the public key, where the kind has one.
    public let fingerprint: String?
    /// Who did it; `-` where that was not kept.
    public let actor: String
    /// UTC.
    public let timeNanoseconds: Int64
    /// Nil for a removal, and for what happened before versions were counted.
    public let version: Int?
    /// It is a former secret that can be restored.
    public let isKept: Bool
}

public enum StoredAnswerKind: String, CaseIterable, Hashable, Sendable {
    /// The answer itself.
    case secret
    /// A seed of one-time codes.
    case totp
}

/// What an account's login answers to one kind of question, as the vault sealed it.
public struct StoredAnswer: Hashable, Sendable {
    /// A pattern with `*` and `?`; empty for the usual questions of its kind.
    public let question: String
    public let kind: StoredAnswerKind
    public let sealed: [UInt8]
    /// What may be told of it; empty for nothing.
    public let details: String
    /// UTC.
    public let changedNanoseconds: Int64

    public init(question: String, kind: StoredAnswerKind, sealed: [UInt8], details: String, changedNanoseconds: Int64) {
        self.question = question
        self.kind = kind
        self.sealed = sealed
        self.details = details
        self.changedNanoseconds = changedNanoseconds
    }
}

/// A certificate authority as the vault sealed it.
public struct StoredAuthority: Hashable, Sendable {
    public let name: String
    public let sealed: [UInt8]
    public let publicKey: StoredKey
    /// Accounts that it signs for, as `target/account`, in order.
    public let accounts: [String]
    /// UTC.
    public let addedNanoseconds: Int64
}

/// A certificate authority that is to be stored together with the first credential that uses it.
public struct NewAuthority: Hashable, Sendable {
    public enum Origin: String, Hashable, Sendable {
        case made, imported
    }

    public var name: String
    public var sealed: [UInt8]
    public var publicKey: StoredKey
    public var origin: Origin

    public init(name: String, sealed: [UInt8], publicKey: StoredKey, origin: Origin) {
        self.name = name
        self.sealed = sealed
        self.publicKey = publicKey
        self.origin = origin
    }
}

public struct StoredGrant: Hashable, Sendable {
    public let grant: Grant
    /// UTC.
    public let addedNanoseconds: Int64

    public init(grant: Grant, addedNanoseconds: Int64) {
        self.grant = grant
        self.addedNanoseconds = addedNanoseconds
    }
}

/// One session and its recording.
public struct StoredSession: Hashable, Sendable {
    public let id: RecordingID
    public let user: String
    public let account: String
    public let target: String
    /// Address of the admin's client, `host:port`.
    public let from: String
    /// Names of the grants that allowed it.
    public let grants: [String]
    /// Below the recordings directory, `YYYY/MM/DD/ID.spr`.
    public let recordingPath: String
    /// UTC.
    public let startedNanoseconds: Int64
    /// Nil while the session runs, and after a crash until it is recovered.
    public let ending: Ending?

    public struct Ending: Hashable, Sendable {
        public let how: How
        /// Size of the session file.
        public let bytes: UInt64
        /// UTC.
        public let endedNanoseconds: Int64

        public init(how: How, bytes: UInt64, endedNanoseconds: Int64) {
            self.how = how
            self.bytes = bytes
            self.endedNanoseconds = endedNanoseconds
        }
    }

    public enum How: String, CaseIterable, Hashable, Sendable {
        case closed, killed, interrupted
        /// Its recording was found damaged, and is kept as it is.
        case quarantined
    }

    public init(
        id: RecordingID, user: String, account: String, target: String, from: String, grants: [String],
        recordingPath: String, startedNanoseconds: Int64, ending: Ending? = nil
    ) {
        self.id = id
        self.user = user
        self.account = account
        self.target = target
        self.from = from
        self.grants = grants
        self.recordingPath = recordingPath
        self.startedNanoseconds = startedNanoseconds
        self.ending = ending
    }
}
