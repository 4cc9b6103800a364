/// Asks what the access policy would say, without connecting anything.
public struct ExplainRequest: Codable, Hashable, Sendable {
    public var user: String
    public var account: String
    public var target: String
    /// A numeric address; nil passes over what rules say of addresses.
    public var from: String?
    /// nil for now.
    public var at: Timestamp?
    /// A kind of channel; nil for any.
    public var channel: String?

    public init(
        user: String, account: String, target: String, from: String? = nil, at: Timestamp? = nil,
        channel: String? = nil
    ) {
        self.from = from
        self.at = at
        self.channel = channel
        self.user = user
        self.account = account
        self.target = target
    }
}

public struct Explanation: Codable, Hashable, Sendable {
    public struct Step: Codable, Hashable, Sendable {
        /// Name of the rule that was looked at, such as `grant web-admins`.
        public var rule: String
        public var matched: Bool
        /// Why it did or did not match, in one line.
        public var reason: String

        public init(rule: String, matched: Bool, reason: String) {
            self.rule = rule
            self.matched = matched
            self.reason = reason
        }
    }

    public var allowed: Bool
    /// The verdict in one line.
    public var reason: String
    /// `allowed`, or the stable word of the reason against it.
    public var verdict: String
    /// Channel kinds that are allowed; empty when denied.
    public var allow: [String]
    /// Where forwards could go, such as `local db1:5432`; empty when denied.
    public var forwards: [String]
    /// What of the input would be recorded; nil when denied.
    public var keystrokes: String?
    /// Likewise of the content of files.
    public var fileContent: String?
    /// Each in a few words; empty when denied.
    public var limits: [String]
    /// When it would end by itself, if within about a week.
    public var ends: Timestamp?
    /// Each rule that was looked at, in order.
    public var trace: [Step]

    public init(
        allowed: Bool, reason: String, verdict: String, allow: [String], forwards: [String] = [],
        keystrokes: String? = nil, fileContent: String? = nil, limits: [String] = [], ends: Timestamp? = nil,
        trace: [Step]
    ) {
        self.verdict = verdict
        self.limits = limits
        self.ends = ends
        self.allowed = allowed
        self.reason = reason
        self.allow = allow
        self.forwards = forwards
        self.keystrokes = keystrokes
        self.fileContent = fileContent
        self.trace = trace
    }
}
