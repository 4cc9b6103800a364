/// Asks what the access policy would say, without connecting anything.
public struct ExplainRequest: Codable, Hashable, Sendable {
    public var user: String
    public var account: String
    public var target: String

    public init(user: String, account: String, target: String) {
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
    /// Channel kinds that are allowed; empty when denied.
    public var allow: [String]
    /// Where forwards could go, such as `local db1:5432`; empty when denied.
    public var forwards: [String]
    /// What of the input would be recorded; nil when denied.
    public var keystrokes: String?
    /// Likewise of the content of files.
    public var fileContent: String?
    /// Each rule that was looked at, in order.
    public var trace: [Step]

    public init(
        allowed: Bool, reason: String, allow: [String], forwards: [String] = [], keystrokes: String? = nil,
        fileContent: String? = nil,
        trace: [Step]
    ) {
        self.allowed = allowed
        self.reason = reason
        self.allow = allow
        self.forwards = forwards
        self.keystrokes = keystrokes
        self.fileContent = fileContent
        self.trace = trace
    }
}
