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

    public init(key: StoredKey, expiresNanoseconds: Int64? = nil) {
        self.key = key
        self.expiresNanoseconds = expiresNanoseconds
    }

    /// - parameter nanoseconds: UTC.
    public func isExpired(at nanoseconds: Int64) -> Bool { self.expiresNanoseconds.map { $0 <= nanoseconds } ?? false }
}

public struct StoredUser: Hashable, Sendable {
    public let name: String
    public let isEnabled: Bool
    /// PHC string of argon2id; nil when the user has no password.
    public let passwordHash: String?
    /// In order of addition.
    public let keys: [StoredUserKey]
    /// Names of the groups that the user is a member of, in order.
    public let groups: [String]
    /// UTC.
    public let addedNanoseconds: Int64
}

public struct StoredGroup: Hashable, Sendable {
    public let name: String
    /// For people; empty for none.
    public let comment: String
    /// Names of its members, in order.
    public let members: [String]
    /// UTC.
    public let addedNanoseconds: Int64
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
    /// Accounts with a credential, in order of name.
    public let accounts: [String]
    /// UTC.
    public let addedNanoseconds: Int64
}

public enum StoredCredentialKind: String, CaseIterable, Hashable, Sendable {
    case password
    case privateKey = "private-key"
}

/// A credential as the vault sealed it.
public struct StoredCredential: Hashable, Sendable {
    public let target: String
    public let account: String
    public let kind: StoredCredentialKind
    public let sealed: [UInt8]
    /// The public half of a private key.
    public let publicKey: StoredKey?
    /// UTC.
    public let changedNanoseconds: Int64
}

public struct StoredGrant: Hashable, Sendable {
    public let grant: Grant
    /// UTC.
    public let addedNanoseconds: Int64
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
