/// What makes a grant one for emergencies: it opens nothing until its user breaks the glass, and tells everybody then.
public struct BreakGlassRule: Hashable, Sendable {
    /// How long it opens, in seconds.
    public let seconds: Int
    /// Names of the groups two of whose members have to review each use. Empty when all were removed: then nobody can.
    public let reviewers: Set<String>

    /// People who have to review a use, none of them its user.
    public static let reviewsNeeded = 2
    public static let standardSeconds = 3600
    /// How fresh the proof of a second factor has to be.
    public static let secondFactorSeconds = 300

    public init(seconds: Int = Self.standardSeconds, reviewers: Set<String>) {
        self.seconds = seconds
        self.reviewers = reviewers
    }

    /// Throws unless a grant may have this rule.
    public func validate() throws(ApprovalRule.Invalid) {
        guard (60...86_400).contains(self.seconds) else {
            throw ApprovalRule.Invalid(message: "an emergency may last 1 minute to 24 hours")
        }
        guard !self.reviewers.isEmpty else {
            throw ApprovalRule.Invalid(message: "an emergency grant names the groups that review its use (--reviewers)")
        }
    }

    /// Whether this person may review a use of the user's.
    public func mayReview(_ person: PolicyUser, useBy user: String) -> Bool {
        person.isEnabled && person.service == nil && person.name != user
            && !self.reviewers.isDisjoint(with: person.groups)
    }

    /// All of it, each in a few words.
    public var words: [String] {
        [
            "in an emergency, for \(AccessLimits.length(self.seconds))",
            "reviewed by \(Self.reviewsNeeded) of \(self.reviewers.sorted().joined(separator: ","))",
        ]
    }
}

/// What a user may open by breaking the glass.
public struct EmergencyAccess: Hashable, Sendable {
    public let user: String
    public let account: String
    public let target: String
    /// The first that applies, by name.
    public let grant: String
    public let rule: BreakGlassRule
}

extension AccessPolicy {
    /// What `user` may break the glass for; nil for nothing. Conditions and rules that deny hold as in a decision.
    public func emergency(for request: AccessRequest) -> EmergencyAccess? {
        let grants = self.rules.grants.filter { $0.effect == .deny || $0.breakGlass != nil }
        let bare = AccessPolicy(
            rules: AccessRules(
                users: Array(self.rules.users.values), targets: Array(self.rules.targets.values), grants: grants))
        guard case .denied(.emergencyOnly(let names)) = bare.decide(request).verdict, let name = names.first,
            let rule = grants.first(where: { $0.name == name })?.breakGlass
        else { return nil }
        let account = request.account ?? ""
        guard !account.isEmpty else { return nil }
        return EmergencyAccess(
            user: request.user, account: account, target: request.target, grant: name, rule: rule)
    }
}
