/// That others have to approve before a grant opens anything.
public struct ApprovalTerms: Codable, Hashable, Sendable {
    /// How many people.
    public var approvals: Int
    /// Groups whose members may.
    public var approvers: [String]
    /// Groups whose members may once a request has waited for ``deputySeconds``; nil for none, and the usual time.
    public var deputies: [String]?
    public var deputySeconds: Int?
    /// How long a request waits, and the longest access that may be asked for, in seconds; nil for the usual.
    public var waitSeconds: Int?
    public var longestSeconds: Int?
    /// Whether a reason has to be given; nil for no.
    public var requiresReason: Bool?
    /// A regular expression that the whole of a ticket has to match; nil where none is asked for.
    public var ticket: String?

    public init(
        approvals: Int, approvers: [String], deputies: [String]? = nil, deputySeconds: Int? = nil,
        waitSeconds: Int? = nil, longestSeconds: Int? = nil, requiresReason: Bool? = nil, ticket: String? = nil
    ) {
        self.approvals = approvals
        self.approvers = approvers
        self.deputies = deputies
        self.deputySeconds = deputySeconds
        self.waitSeconds = waitSeconds
        self.longestSeconds = longestSeconds
        self.requiresReason = requiresReason
        self.ticket = ticket
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case approvals, approvers, deputies, ticket
        case deputySeconds = "deputy_seconds"
        case waitSeconds = "wait_seconds"
        case longestSeconds = "longest_seconds"
        case requiresReason = "requires_reason"
    }
}
