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
    /// These rules deny all that others allow.
    case deniedByRule([String])
    /// These grants allow it once the glass is broken.
    case emergencyOnly([String])
    /// Outside the hours or dates of these grants, which would allow it.
    case notNow([String])
    /// These grants allow it from elsewhere.
    case notFromHere([String])
    /// It is allowed, but not through this kind of channel.
    case channelNotPermitted(ChannelKind)

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
        case .deniedByRule: "denied-by-rule"
        case .emergencyOnly: "break-glass-needed"
        case .notNow: "not-now"
        case .notFromHere: "not-from-here"
        case .channelNotPermitted: "channel-not-permitted"
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
        case .deniedByRule(let names): "denied by \(names.joined(separator: ", "))"
        case .emergencyOnly(let names): "in an emergency alone, by \(names.joined(separator: ", "))"
        case .notNow(let names): "outside the hours or dates of \(names.joined(separator: ", "))"
        case .notFromHere(let names): "not from an address that \(names.joined(separator: ", ")) names"
        case .channelNotPermitted(let kind): "no grant that applies permits \(kind.rawValue)"
        }
    }

    /// How near it is to being allowed: of several accounts, the nearest tells most.
    var nearness: Int {
        switch self {
        case .unknownUser, .userDisabled, .unknownTarget, .unknownAccount, .accountNeeded: 0
        case .noGrant: 1
        case .deniedByRule: 2
        case .notFromHere: 3
        case .notNow: 4
        case .channelNotPermitted: 5
        case .secondFactorOfService: 6
        case .emergencyOnly: 7
        }
    }
}
