/// A change of an account's secret that is under way, or that could not be settled yet.
public struct StoredRotation: Hashable, Sendable {
    public enum Phase: String, CaseIterable, Hashable, Sendable {
        /// Old and new secret are both kept: nobody has proved yet which of them the target takes.
        case candidate
        /// The new key is the account's; the line of the old one has to leave the target.
        case cleanup
        /// The old key is the account's still; the line of the new one, which was given up, has to leave the target.
        case rollback
    }

    /// Random, for this attempt alone.
    public let id: String
    public let target: String
    public let account: String
    public let phase: Phase
    /// `password` or `privateKey`.
    public let kind: StoredCredentialKind
    /// The new secret, sealed as a credential is; nil once it is the account's.
    public let sealed: [UInt8]?
    /// The public half of the new key; of ``Phase/cleanup`` that of the old one.
    public let publicKey: StoredKey?
    /// What set it off, such as `demand`.
    public let trigger: String
    public let actor: String
    /// UTC.
    public let startedNanoseconds: Int64
    /// Why it could not be settled when it was last tried.
    public let failure: String?
}

/// When and how an account's secret is changed by itself.
public struct StoredRotationSchedule: Hashable, Sendable {
    public let target: String
    public let account: String
    /// Nil for never.
    public var everySeconds: Int?
    /// Whenever the last session on the account has ended.
    public var isAfterSessions: Bool
    /// The account on the same target that changes the password; nil for the account itself.
    public var via: String?
    /// The file of the account's authorized keys on the target; nil for the usual one.
    public var keysFile: String?
    /// When it was last tried by itself, UTC; 0 for never.
    public var triedNanoseconds: Int64

    public init(
        target: String, account: String, everySeconds: Int? = nil, isAfterSessions: Bool = false, via: String? = nil,
        keysFile: String? = nil, triedNanoseconds: Int64 = 0
    ) {
        self.target = target
        self.account = account
        self.everySeconds = everySeconds
        self.isAfterSessions = isAfterSessions
        self.via = via
        self.keysFile = keysFile
        self.triedNanoseconds = triedNanoseconds
    }
}

/// A former secret of an account, as the vault sealed it.
public struct StoredCredentialVersion: Hashable, Sendable {
    public let target: String
    public let account: String
    public let number: Int
    public let kind: StoredCredentialKind
    public let sealed: [UInt8]
    public let publicKey: StoredKey?
    /// UTC: when it was replaced.
    public let replacedNanoseconds: Int64
}
