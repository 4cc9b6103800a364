/// What a grant asks for before it opens anything to a user whom it names: that others approve a request for it.
public struct ApprovalRule: Hashable, Sendable {
    /// Why a rule can't be, or what is asked for does not meet it: one line that says what to do.
    public struct Invalid: Error, Hashable, Sendable {
        public let message: String
    }

    /// How many people have to approve.
    public let approvals: Int
    /// Names of the groups whose members may. Empty when all were removed: then nobody can.
    public let approvers: Set<String>
    /// Names of the groups whose members may, too, once a request has waited for ``deputySeconds``.
    public let deputies: Set<String>
    public let deputySeconds: Int
    /// How long a request waits for approvals, in seconds.
    public let waitSeconds: Int
    /// The longest access that may be asked for, in seconds.
    public let longestSeconds: Int
    public let requiresReason: Bool
    /// What the whole of a ticket has to match; nil where none is asked for.
    public let ticketPattern: String?

    public static let approvalRange = 1...10
    public static let standardWaitSeconds = 3600
    public static let standardLongestSeconds = 8 * 3600
    public static let standardDeputySeconds = 900
    /// What is offered where nobody says how long, at most, in seconds.
    public static let usualSeconds = 3600
    /// Longest ticket, in bytes.
    public static let maximumTicketBytes = 64
    private static let maximumPatternBytes = 200

    public init(
        approvals: Int, approvers: Set<String>, deputies: Set<String> = [],
        deputySeconds: Int = Self.standardDeputySeconds, waitSeconds: Int = Self.standardWaitSeconds,
        longestSeconds: Int = Self.standardLongestSeconds, requiresReason: Bool = false, ticketPattern: String? = nil
    ) {
        self.approvals = approvals
        self.approvers = approvers
        self.deputies = deputies
        self.deputySeconds = deputySeconds
        self.waitSeconds = waitSeconds
        self.longestSeconds = longestSeconds
        self.requiresReason = requiresReason
        self.ticketPattern = ticketPattern
    }

    /// Throws unless a grant may have this rule.
    public func validate() throws(Invalid) {
        guard Self.approvalRange.contains(self.approvals) else {
            throw Invalid(message: "a grant may ask for 1 to \(Self.approvalRange.upperBound) approvals")
        }
        guard !self.approvers.isEmpty else {
            throw Invalid(message: "a grant on approval names the groups that may approve (--approvers)")
        }
        guard (30...604_800).contains(self.waitSeconds) else {
            throw Invalid(message: "a request may wait for 30 seconds to 7 days")
        }
        guard (10...31_536_000).contains(self.longestSeconds) else {
            throw Invalid(message: "access on approval may be asked for 10 seconds to 365 days")
        }
        guard self.deputies.isEmpty || (0..<self.waitSeconds).contains(self.deputySeconds) else {
            throw Invalid(message: "deputies may approve before a request has expired, or not at all")
        }
        guard let pattern = self.ticketPattern else { return }
        guard (1...Self.maximumPatternBytes).contains(pattern.utf8.count), (try? Regex(pattern)) != nil else {
            throw Invalid(message: "the pattern of tickets is no regular expression, or too long")
        }
    }

    /// Throws unless so much may be asked for. - parameter reason: as it was given, perhaps empty; so is `ticket`.
    public func check(seconds: Int, reason: String, ticket: String) throws(Invalid) {
        guard seconds > 0 else { throw Invalid(message: "say for how long, such as 30m") }
        guard seconds <= self.longestSeconds else {
            throw Invalid(message: "at most \(AccessLimits.length(self.longestSeconds)) may be asked for")
        }
        guard !self.requiresReason || !reason.isEmpty else { throw Invalid(message: "a reason has to be given") }
        try self.check(ticket: ticket)
    }

    /// Throws unless the ticket has the form that is asked for.
    public func check(ticket: String) throws(Invalid) {
        guard ticket.utf8.count <= Self.maximumTicketBytes else { throw Invalid(message: "the ticket is too long") }
        guard let pattern = self.ticketPattern else { return }
        guard !ticket.isEmpty else { throw Invalid(message: "a ticket has to be given") }
        // A pattern that this version can't read matches nothing.
        guard let regex = try? Regex(pattern), (try? regex.wholeMatch(in: ticket)) ?? nil != nil else {
            throw Invalid(message: "the ticket is not of the form \(pattern)")
        }
    }

    /// For how long, where the user doesn't say; in seconds.
    public var usualSeconds: Int { min(Self.usualSeconds, self.longestSeconds) }

    /// `2 of dba,ops`
    public var quorum: String { "\(self.approvals) of \(self.approvers.sorted().joined(separator: ","))" }

    /// All of it, each in a few words.
    public var words: [String] {
        var words = ["on approval by \(self.quorum)"]
        if !self.deputies.isEmpty {
            let groups = self.deputies.sorted().joined(separator: ",")
            words.append("deputies \(groups) after \(AccessLimits.length(self.deputySeconds))")
        }
        words.append("requests wait \(AccessLimits.length(self.waitSeconds))")
        words.append("access for at most \(AccessLimits.length(self.longestSeconds))")
        if self.requiresReason { words.append("reason required") }
        if let pattern = self.ticketPattern { words.append("ticket \(pattern)") }
        return words
    }
}
