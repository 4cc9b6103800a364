import AccessPolicy
import AuditLog

/// One use of emergency access. Times are UTC.
public struct StoredBreakGlassUse: Hashable, Sendable {
    public struct Review: Hashable, Sendable {
        public let reviewer: String
        public let nanoseconds: Int64
        public let text: String
    }

    public enum Method: String, Hashable, Sendable {
        case secondFactor = "second-factor"
        case sealedCodes = "sealed-codes"
    }

    public let number: Int64
    public let user: String
    public let account: String
    public let target: String
    public let grant: String
    /// Groups whose members review it, as the grant named them then: it has to be reviewed whatever becomes of the grant.
    public let reviewers: Set<String>
    public let reason: String
    public let method: String
    /// Address of the client.
    public let from: String
    public let openedNanoseconds: Int64
    public let untilNanoseconds: Int64
    /// When the last review that is needed came; nil while it needs one.
    public let reviewedNanoseconds: Int64?
    public let reviews: [Review]
    /// The grant, the user and the target are still those of then.
    public let isWhole: Bool

    public var audited: AuditedUse {
        AuditedUse(
            number: self.number, user: self.user, account: self.account, target: self.target, grant: self.grant)
    }

    /// How many more have to review it.
    public var missing: Int { max(0, BreakGlassRule.reviewsNeeded - self.reviews.count) }

    public var rule: BreakGlassRule { BreakGlassRule(reviewers: self.reviewers) }
}

/// A set of codes in sealed envelopes, as far as the gateway knows it.
public struct StoredSealedCodes: Hashable, Sendable {
    public let threshold: Int
    public let count: Int
    public let verifier: String
    /// UTC.
    public let madeNanoseconds: Int64
}
