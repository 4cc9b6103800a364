import AccessPolicy
import AuditLog

/// A request for access. Times are UTC.
public struct StoredRequest: Hashable, Sendable {
    public struct Approval: Hashable, Sendable {
        public let approver: String
        public let nanoseconds: Int64
        /// What the approver said to it; empty for nothing.
        public let text: String
    }

    public let number: Int64
    /// Whose access it is about.
    public let user: String
    public let account: String
    public let target: String
    /// The grant on approval that it would open.
    public let grant: String
    public let seconds: Int
    public let reason: String
    /// Empty for none.
    public let ticket: String
    /// Address of the client, or a word for another way in.
    public let from: String
    /// Who filed it: the user, or the operator for them.
    public let filedBy: String
    public let state: RequestMachine.State
    public let filedNanoseconds: Int64
    public let waitsUntilNanoseconds: Int64
    /// nil while it waits.
    public let decidedNanoseconds: Int64?
    public let decidedBy: String?
    /// What was said to it.
    public let decisionText: String?
    /// The end of what was approved.
    public let untilNanoseconds: Int64?
    public let approvals: [Approval]
    /// As the grant asks now; nil when the grant, the user or the target is gone, or the grant asks no longer.
    public let rule: ApprovalRule?

    /// For the audit log.
    public var audited: AuditedRequest {
        AuditedRequest(
            number: self.number, user: self.user, account: self.account, target: self.target, grant: self.grant)
    }

    /// `account@target`
    public var place: String { "\(self.account)@\(self.target)" }

    /// As the policy's machine takes it up. People who are gone, and may have left their name to others, are nobody.
    public var machine: RequestMachine {
        RequestMachine(
            requester: self.user, filed: self.filedNanoseconds, waitsUntil: self.waitsUntilNanoseconds,
            seconds: self.seconds, state: self.state,
            approvals: self.approvals.map { RequestMachine.Approval(approver: $0.approver, time: $0.nanoseconds) },
            until: self.untilNanoseconds)
    }
}

/// What a request asks for.
public struct NewRequest: Hashable, Sendable {
    public let user: String
    public let account: String
    public let target: String
    public let grant: String
    public let seconds: Int
    public let reason: String
    public let ticket: String
    public let from: String

    public init(
        user: String, account: String, target: String, grant: String, seconds: Int, reason: String, ticket: String,
        from: String
    ) {
        self.user = user
        self.account = account
        self.target = target
        self.grant = grant
        self.seconds = seconds
        self.reason = reason
        self.ticket = ticket
        self.from = from
    }
}

/// Who does something to a request, and from where.
public enum RequestActor: Hashable, Sendable {
    /// Somebody who has signed in, by name.
    case person(String, from: String)
    /// The gateway's operator, by the name of the administrator; from an address, or over the control socket.
    case operation(String, from: String)

    public var name: String {
        switch self {
        case .person(let name, _), .operation(let name, _): name
        }
    }

    public var from: String {
        switch self {
        case .person(_, let from), .operation(_, let from): from
        }
    }
}

/// What somebody does to a request.
public enum RequestStep: Hashable, Sendable {
    case approve(text: String)
    case deny(text: String)
    case revoke(text: String)
    case withdraw

    /// For the audit log.
    var word: String {
        switch self {
        case .approve: "approve"
        case .deny: "deny"
        case .revoke: "revoke"
        case .withdraw: "withdraw"
        }
    }
}
