/// What reviews of access ask for.
public protocol ReportAdministration: Sendable {
    /// Who can reach what, by which grant; in order of user, target, account and grant.
    func accessReport(by actor: AdminActor) async throws -> [AccessReportRow]
    /// What was done, by user, account and target, in that order.
    func activityReport(_ query: ReportQuery, by actor: AdminActor) async throws -> [ActivityReportRow]
    /// Grants that allow, and that no session has used since; in order of name.
    func unusedGrantsReport(_ query: ReportQuery, by actor: AdminActor) async throws -> [UnusedGrantRow]
}

/// The time that a report is about.
public struct ReportQuery: Codable, Hashable, Sendable {
    /// nil for from the beginning on.
    public var since: Timestamp?

    public init(since: Timestamp? = nil) { self.since = since }
}

/// One way for one user to one account.
public struct AccessReportRow: Codable, Hashable, Sendable {
    public var user: String
    public var enabled: Bool
    /// Groups by which the grant names the user; empty when it names the user.
    public var groups: [String]
    public var account: String
    public var target: String
    public var grant: String
    public var allow: [String]
    /// When, from where and how much, in words.
    public var terms: [String]
    /// Grants that deny some of it.
    public var deniedBy: [String]
    /// Whether it is open now, from some address.
    public var open: Bool
    /// Whether it opens only once a request is approved.
    public var onApproval: Bool
    /// Whether it opens only once the glass is broken.
    public var forEmergencies: Bool

    public init(
        user: String, enabled: Bool, groups: [String], account: String, target: String, grant: String, allow: [String],
        terms: [String], deniedBy: [String], open: Bool, onApproval: Bool = false,
        forEmergencies: Bool = false
    ) {
        self.onApproval = onApproval
        self.forEmergencies = forEmergencies
        self.user = user
        self.enabled = enabled
        self.groups = groups
        self.account = account
        self.target = target
        self.grant = grant
        self.allow = allow
        self.terms = terms
        self.deniedBy = deniedBy
        self.open = open
    }

    private enum CodingKeys: String, CodingKey {
        case user, enabled, groups, account, target, grant, allow, terms, open
        case deniedBy = "denied_by"
        case onApproval = "on_approval"
        case forEmergencies = "for_emergencies"
    }
}

/// What one user did with one account.
public struct ActivityReportRow: Codable, Hashable, Sendable {
    public var user: String
    public var account: String
    public var target: String
    public var sessions: Int
    /// Of them, those without an end yet.
    public var running: Int
    /// When the first and the last of them began.
    public var first: Timestamp
    public var last: Timestamp
    /// How long those that have ended lasted, together.
    public var seconds: Int64
    /// Of their recordings.
    public var bytes: UInt64

    public init(
        user: String, account: String, target: String, sessions: Int, running: Int, first: Timestamp, last: Timestamp,
        seconds: Int64, bytes: UInt64
    ) {
        self.user = user
        self.account = account
        self.target = target
        self.sessions = sessions
        self.running = running
        self.first = first
        self.last = last
        self.seconds = seconds
        self.bytes = bytes
    }
}

/// A grant that opened nothing.
public struct UnusedGrantRow: Codable, Hashable, Sendable {
    public var grant: String
    public var added: Timestamp
    /// When the last session that it allowed began; nil for never.
    public var lastUsed: Timestamp?
    public var users: [String]
    public var groups: [String]

    public init(grant: String, added: Timestamp, lastUsed: Timestamp?, users: [String], groups: [String]) {
        self.grant = grant
        self.added = added
        self.lastUsed = lastUsed
        self.users = users
        self.groups = groups
    }

    private enum CodingKeys: String, CodingKey {
        case grant, added, users, groups
        case lastUsed = "last_used"
    }
}
