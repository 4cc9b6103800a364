/// What happens to a request for access. The actor of each is the person, the operator or `gateway` who did it.
public enum RequestEvent: Hashable, Sendable {
    case filed(AuditedRequest, from: String, seconds: Int, reason: String, ticket: String?)
    /// One approval of several. `missing` is how many are needed still.
    case approvalGiven(AuditedRequest, from: String, text: String?, missing: Int)
    /// The last approval that was needed. `until` is the end of the access, UTC.
    case approved(AuditedRequest, from: String, text: String?, until: String)
    case denied(AuditedRequest, from: String, text: String?)
    /// Nobody decided in time.
    case expired(AuditedRequest)
    case revoked(AuditedRequest, from: String, text: String?)
    case withdrawn(AuditedRequest, from: String)
    /// The operator let it pass in the place of all approvals.
    case overridden(AuditedRequest, text: String, until: String)
    /// Somebody tried to decide who may not. `cause` is what they were told.
    case decisionRefused(AuditedRequest, from: String, attempt: String, cause: String)

    var code: AuditCode {
        switch self {
        case .filed: .requestFiled
        case .approvalGiven: .requestApprovalGiven
        case .approved: .requestApproved
        case .denied: .requestDenied
        case .expired: .requestExpired
        case .revoked: .requestRevoked
        case .withdrawn: .requestWithdrawn
        case .overridden: .requestOverridden
        case .decisionRefused: .requestDecisionRefused
        }
    }

    /// In the order in which they are kept.
    var pairs: [(name: String, value: String?)] {
        switch self {
        case .filed(let request, let from, let seconds, let reason, let ticket):
            request.pairs + [("from", from), ("seconds", "\(seconds)"), ("reason", reason), ("ticket", ticket)]
        case .approvalGiven(let request, let from, let text, let missing):
            request.pairs + [("from", from), ("text", text), ("missing", "\(missing)")]
        case .approved(let request, let from, let text, let until):
            request.pairs + [("from", from), ("text", text), ("until", until)]
        case .denied(let request, let from, let text), .revoked(let request, let from, let text):
            request.pairs + [("from", from), ("text", text)]
        case .expired(let request): request.pairs
        case .withdrawn(let request, let from): request.pairs + [("from", from)]
        case .overridden(let request, let text, let until): request.pairs + [("text", text), ("until", until)]
        case .decisionRefused(let request, let from, let attempt, let cause):
            request.pairs + [("from", from), ("attempt", attempt), ("cause", cause)]
        }
    }
}

/// Which request an event is about.
public struct AuditedRequest: Hashable, Sendable {
    public let number: Int64
    /// Whose access it is about.
    public let user: String
    public let account: String
    public let target: String
    public let grant: String

    public init(number: Int64, user: String, account: String, target: String, grant: String) {
        self.number = number
        self.user = user
        self.account = account
        self.target = target
        self.grant = grant
    }

    fileprivate var pairs: [(name: String, value: String?)] {
        [
            ("request", "\(self.number)"), ("user", self.user), ("account", self.account), ("target", self.target),
            ("grant", self.grant),
        ]
    }
}
