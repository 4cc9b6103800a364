/// A request that was approved, or a glass that was broken, as the policy sees it: for a while, its grant permits what it
/// says.
public struct ApprovedAccess: Hashable, Sendable {
    /// Name of the grant on approval.
    public let grant: String
    public let user: String
    public let account: String
    public let target: String
    /// UTC, in nanoseconds: the first moment, and the one after the last.
    public let from: Int64
    public let until: Int64

    public init(grant: String, user: String, account: String, target: String, from: Int64, until: Int64) {
        self.grant = grant
        self.user = user
        self.account = account
        self.target = target
        self.from = from
        self.until = until
    }

    /// Whether it is about this account of this user.
    func isFor(_ user: String, _ account: String, _ target: String) -> Bool {
        self.user == user && self.account == account && self.target == target
    }

    func holds(at time: Int64) -> Bool { time >= self.from && time < self.until }
}

/// What a user may ask others to approve: one account on one target, by one grant or several.
public struct AccessOffer: Hashable, Sendable {
    /// One grant on approval.
    public struct Choice: Hashable, Sendable {
        public let grant: String
        public let rule: ApprovalRule
        /// What it would permit, less what is denied; never empty.
        public let channels: Set<ChannelKind>
        /// How fresh the proof of a second factor would have to be, in seconds; nil for none.
        public let secondFactorSeconds: Int?
    }

    public let user: String
    public let account: String
    public let target: String
    /// Never empty; that which needs the fewest approvals first, then by name.
    public let choices: [Choice]

    /// Something may be done over a connection to the target, as ``AuthorizedTarget/permitsSessions``.
    public var permitsSessions: Bool { self.choices.contains { $0.channels.contains { $0 != .checkout } } }

    /// The grant that a request is for: the one that is named, else the first; nil when no such one is on offer.
    public func choice(named name: String?) -> Choice? {
        guard let name else { return self.choices.first }
        return self.choices.first { $0.grant == name }
    }

    /// The stable word of the verdict.
    public static let word = "approval-needed"

    /// One line for people who may know all of it.
    public var sentence: String {
        "needs approval: "
            + self.choices.map { "\($0.rule.quorum) by \($0.grant)" }.joined(separator: ", or ")
    }
}
