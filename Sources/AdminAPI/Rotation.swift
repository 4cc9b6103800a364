/// Changes an account's secret on its target and in the vault now.
public struct RotateCredentialRequest: Codable, Hashable, Sendable {
    /// The account on the same target that sets a password; nil for what the schedule says, else the account itself.
    public var via: String?

    public init(via: String? = nil) {
        self.via = via
    }
}

/// What a rotation has led to.
public struct RotationResult: Codable, Hashable, Sendable {
    public var target: String
    public var account: String
    public var kind: CredentialKind
    public var version: Int
    /// `chpasswd`, `sudo chpasswd`, `passwd` or `authorized_keys`; empty when the new secret was found to be set.
    public var method: String
    /// `SHA256:…` of the new key.
    public var fingerprint: String?
    /// What is left to do by hand, if anything.
    public var leftover: String?

    public init(
        target: String, account: String, kind: CredentialKind, version: Int, method: String, fingerprint: String?,
        leftover: String?
    ) {
        self.target = target
        self.account = account
        self.kind = kind
        self.version = version
        self.method = method
        self.fingerprint = fingerprint
        self.leftover = leftover
    }
}

/// When and how an account's secret is changed by itself.
public struct RotationSchedule: Codable, Hashable, Sendable {
    /// Nil for never.
    public var everySeconds: Int?
    /// Whenever the last session on the account has ended.
    public var afterSessions: Bool
    /// The account on the same target that sets a password; nil for the account itself.
    public var via: String?
    /// The account's file of authorized keys on the target: an absolute path; nil for `~/.ssh/authorized_keys`.
    public var keysFile: String?

    public static let minimumSeconds = 60

    public init(everySeconds: Int? = nil, afterSessions: Bool = false, via: String? = nil, keysFile: String? = nil) {
        self.everySeconds = everySeconds
        self.afterSessions = afterSessions
        self.via = via
        self.keysFile = keysFile
    }

    private enum CodingKeys: String, CodingKey {
        case via
        case everySeconds = "every_seconds"
        case afterSessions = "after_sessions"
        case keysFile = "keys_file"
    }
}

/// A rotation of which nobody knows yet what the target takes, or whose old key is still on the target.
public struct UnsettledRotation: Codable, Hashable, Sendable {
    /// `candidate` or `cleanup`.
    public var phase: String
    public var started: Timestamp
    public var cause: String?

    public init(phase: String, started: Timestamp, cause: String?) {
        self.phase = phase
        self.started = started
        self.cause = cause
    }
}

/// Puts a former secret of an account back into the vault.
public struct RestoreCredentialRequest: Codable, Hashable, Sendable {
    public var version: Int
    /// Without a login that shows that the target takes it.
    public var unproved: Bool

    public init(version: Int, unproved: Bool = false) {
        self.version = version
        self.unproved = unproved
    }
}

/// Which account looks around on a target.
public struct DiscoverAccountsRequest: Codable, Hashable, Sendable {
    public var account: String

    public init(account: String) {
        self.account = account
    }
}
