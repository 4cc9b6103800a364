/// A request for access to one account on one target, by one grant on approval.
public struct RequestInfo: Codable, Hashable, Sendable {
    public struct Approval: Codable, Hashable, Sendable {
        public var approver: String
        public var time: Timestamp
        /// nil for nothing said.
        public var text: String?

        public init(approver: String, time: Timestamp, text: String?) {
            self.approver = approver
            self.time = time
            self.text = text
        }
    }

    public var id: Int64
    /// Whose access it is about.
    public var user: String
    public var account: String
    public var target: String
    public var grant: String
    /// `waiting`, `approved`, `denied`, `expired`, `revoked` or `withdrawn`.
    public var state: String
    /// Whether it permits now.
    public var permits: Bool
    /// How long it permits from its approval on.
    public var seconds: Int
    public var reason: String
    public var ticket: String?
    /// Address of the client, or `control socket`.
    public var from: String
    public var filedBy: String
    public var filed: Timestamp
    /// When it expires, undecided.
    public var waitsUntil: Timestamp
    public var decided: Timestamp?
    public var decidedBy: String?
    public var decisionText: String?
    /// The end of what was approved.
    public var until: Timestamp?
    public var approvals: [Approval]
    /// How many have to approve, of which groups, such as `2 of dba`; nil when what it is about is gone.
    public var quorum: String?

    public init(
        id: Int64, user: String, account: String, target: String, grant: String, state: String, permits: Bool,
        seconds: Int, reason: String, ticket: String?, from: String, filedBy: String, filed: Timestamp,
        waitsUntil: Timestamp, decided: Timestamp?, decidedBy: String?, decisionText: String?, until: Timestamp?,
        approvals: [Approval], quorum: String?
    ) {
        self.id = id
        self.user = user
        self.account = account
        self.target = target
        self.grant = grant
        self.state = state
        self.permits = permits
        self.seconds = seconds
        self.reason = reason
        self.ticket = ticket
        self.from = from
        self.filedBy = filedBy
        self.filed = filed
        self.waitsUntil = waitsUntil
        self.decided = decided
        self.decidedBy = decidedBy
        self.decisionText = decisionText
        self.until = until
        self.approvals = approvals
        self.quorum = quorum
    }

    private enum CodingKeys: String, CodingKey {
        case id, user, account, target, grant, state, permits, seconds, reason, ticket, from, filed, decided, until
        case approvals, quorum
        case filedBy = "filed_by"
        case waitsUntil = "waits_until"
        case decidedBy = "decided_by"
        case decisionText = "decision_text"
    }
}

/// Files a request in the name of a user, on the operator's word.
public struct CreateRequestRequest: Codable, Hashable, Sendable {
    public var user: String
    public var account: String
    public var target: String
    /// nil for that which needs the fewest approvals.
    public var grant: String?
    /// nil for the grant's usual time.
    public var seconds: Int?
    public var reason: String
    public var ticket: String?

    public init(
        user: String, account: String, target: String, grant: String? = nil, seconds: Int? = nil, reason: String,
        ticket: String? = nil
    ) {
        self.user = user
        self.account = account
        self.target = target
        self.grant = grant
        self.seconds = seconds
        self.reason = reason
        self.ticket = ticket
    }
}

/// What the operator says to a request.
public struct DecideRequestRequest: Codable, Hashable, Sendable {
    /// nil for nothing; an override needs it.
    public var text: String?
    /// Of an approval: in the place of the people whose approval is asked for. It is refused without.
    public var override: Bool?

    public init(text: String? = nil, override: Bool? = nil) {
        self.text = text
        self.override = override
    }
}

/// What an administrator can ask about requests for access. As ``AdministrationService``.
public protocol RequestAdministration: Sendable {
    /// Newest first; unless `all`, those that wait or permit now.
    func listRequests(all: Bool, by actor: AdminActor) async throws -> [RequestInfo]
    func showRequest(_ id: Int64, by actor: AdminActor) async throws -> RequestInfo
    func createRequest(_ request: CreateRequestRequest, by actor: AdminActor) async throws -> RequestInfo
    /// Throws `denied` unless it is an override: approvals are people's own.
    func approveRequest(_ id: Int64, _ decision: DecideRequestRequest, by actor: AdminActor) async throws -> RequestInfo
    func denyRequest(_ id: Int64, _ decision: DecideRequestRequest, by actor: AdminActor) async throws -> RequestInfo
    /// Ends the sessions that it permitted.
    func revokeRequest(_ id: Int64, _ decision: DecideRequestRequest, by actor: AdminActor) async throws -> RequestInfo
}
