/// Who wants to go where. `account` is nil where the user left it out.
public struct AccessRequest: Hashable, Sendable {
    public let user: String
    public let account: String?
    public let target: String

    public init(user: String, account: String?, target: String) {
        self.user = user
        self.account = account
        self.target = target
    }
}

/// A verdict together with every rule that was looked at on the way to it.
public struct AccessDecision: Hashable, Sendable {
    public let verdict: Verdict
    public let trace: [TraceStep]

    public enum Verdict: Hashable, Sendable {
        case allowed(AuthorizedTarget)
        case denied(DenialReason)
    }
}

/// Proof that the policy let this user use this account on this target. Only `AccessPolicy` makes one.
public struct AuthorizedTarget: Hashable, Sendable {
    public let user: String
    public let account: String
    public let target: String
    /// What the matching grants permit together; never empty.
    public let channels: Set<ChannelKind>
    /// Where forwarded connections may go, by any of the matching grants.
    public let forwards: [ForwardRule]
    /// The strictest that the matching grants ask for.
    public let keystrokes: KeystrokeRecording
    /// As ``keystrokes``.
    public let fileContent: FileContentRecording
    /// How fresh the proof of a second factor has to be when a session begins, in seconds; nil for none.
    public let secondFactorSeconds: Int?
    /// Names of the grants that matched, in the order of the rules; never empty.
    public let grants: [String]

    /// Whether all that `other` permits is permitted here too, on the same account.
    public func covers(_ other: AuthorizedTarget) -> Bool {
        self.user == other.user && self.account == other.account && self.target == other.target
            && self.channels.isSuperset(of: other.channels)
            && other.forwards.allSatisfy { self.forwards.contains($0) }
    }
}

/// Why access was denied. Told in full to auditors, never to someone who has not signed in.
public enum DenialReason: Hashable, Sendable {
    case unknownUser
    case userDisabled
    case unknownTarget
    /// The vault holds no credential for this account on this target.
    case unknownAccount
    case noGrant
    /// A grant asks for a second factor, which a service account can't give.
    case secondFactorOfService
    /// The account was left out, while the user may use more than one: these.
    case accountNeeded([String])

    /// Stable word for audit rows and machine-readable output.
    public var word: String {
        switch self {
        case .unknownUser: "unknown-user"
        case .userDisabled: "user-disabled"
        case .unknownTarget: "unknown-target"
        case .unknownAccount: "unknown-account"
        case .noGrant: "no-grant"
        case .secondFactorOfService: "service-account-second-factor"
        case .accountNeeded: "account-needed"
        }
    }

    /// One line for people who may know all of it.
    public var sentence: String {
        switch self {
        case .unknownUser: "there is no such user"
        case .userDisabled: "the user is disabled"
        case .unknownTarget: "there is no such target"
        case .unknownAccount: "the target has no such account in the vault"
        case .noGrant: "no grant lets this user use this account on this target"
        case .secondFactorOfService: "a grant asks for a second factor, which a service account can't give"
        case .accountNeeded(let accounts):
            "more than one account is permitted, name one of: \(accounts.joined(separator: ", "))"
        }
    }
}

/// One fact or rule that a decision looked at.
public struct TraceStep: Hashable, Sendable {
    public let subject: Subject
    public let outcome: Outcome

    public enum Subject: Hashable, Sendable {
        case user(String)
        case target(String)
        case account(String)
        case grant(String)
    }

    public enum Outcome: Hashable, Sendable {
        case known
        case unknown
        case disabled
        /// A grant that applies.
        case matched
        /// A grant that names other users, targets or accounts.
        case otherUser
        case otherTarget
        case otherAccount
        /// A grant that applies but permits no channel.
        case noChannels
        /// A grant that reaches a service account through a group, and permits nothing that it gets that way.
        case noServiceChannels
    }

    /// What was looked at, such as `grant ops`.
    public var rule: String {
        switch self.subject {
        case .user(let name): "user \(name)"
        case .target(let name): "target \(name)"
        case .account(let name): "account \(name)"
        case .grant(let name): "grant \(name)"
        }
    }

    /// What was found, such as `does not name this user`.
    public var finding: String {
        switch self.outcome {
        case .known: "exists"
        case .unknown: "does not exist"
        case .disabled: "is disabled"
        case .matched: "applies"
        case .otherUser: "does not name this user"
        case .otherTarget: "does not name this target"
        case .otherAccount: "does not name this account"
        case .noChannels: "permits no kind of channel"
        case .noServiceChannels:
            "reaches this service account through a group alone, and permits no exec, sftp or scp"
        }
    }

    /// Whether it speaks for access.
    public var isFavourable: Bool { self.outcome == .known || self.outcome == .matched }
}
