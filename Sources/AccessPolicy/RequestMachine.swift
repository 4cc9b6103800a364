/// One request for access, from its filing to its end, as a machine: what people do goes in, what comes of it goes out.
/// Pure: the clock and the present facts about people are given with each step.
///
/// Whatever is tried, and in whatever order, a request has one outcome: each step that decides leads out of ``State/waiting``,
/// and nothing leads back.
public struct RequestMachine: Hashable, Sendable {
    public enum State: String, CaseIterable, Hashable, Sendable {
        case waiting
        /// It permits until ``RequestMachine/until``.
        case approved
        case denied
        /// Nobody decided in time.
        case expired
        /// It was approved, or waited, and was taken back by somebody who may.
        case revoked
        /// The requester wants it no longer.
        case withdrawn
    }

    /// A person's approval, and when it was given.
    public struct Approval: Hashable, Sendable {
        public let approver: String
        /// UTC, in nanoseconds, as all moments here.
        public let time: Int64

        public init(approver: String, time: Int64) {
            self.approver = approver
            self.time = time
        }
    }

    /// Why a step is refused. Nothing has changed then.
    public enum Refusal: Error, Hashable, Sendable {
        /// It has its outcome already.
        case over(State)
        case ownRequest
        /// The person is in none of the groups that may.
        case noApprover
        /// The person is a deputy, whose time has not come.
        case tooEarly(seconds: Int)
        case alreadyApproved
        /// Somebody else's request.
        case notTheRequester

        /// For the person, one line.
        public var line: String {
            switch self {
            case .over(let state): "the request is \(state.rawValue) already"
            case .ownRequest: "nobody approves or denies a request of their own"
            case .noApprover: "you are in none of the groups that may approve it"
            case .tooEarly(let seconds): "deputies may approve it in \(AccessLimits.length(seconds))"
            case .alreadyApproved: "you have approved it already"
            case .notTheRequester: "only who filed it may withdraw it"
            }
        }
    }

    /// What an approval has come to.
    public enum Count: Hashable, Sendable {
        /// So many more are needed.
        case missing(Int)
        case approved(until: Int64)
    }

    public let requester: String
    public let filed: Int64
    /// When it expires, undecided.
    public let waitsUntil: Int64
    /// How long it permits from its approval on, in seconds.
    public let seconds: Int
    public private(set) var state: State
    public private(set) var approvals: [Approval]
    /// The end of what was approved; nil before.
    public private(set) var until: Int64?

    public init(
        requester: String, filed: Int64, waitsUntil: Int64, seconds: Int, state: State = .waiting,
        approvals: [Approval] = [], until: Int64? = nil
    ) {
        self.requester = requester
        self.filed = filed
        self.waitsUntil = waitsUntil
        self.seconds = seconds
        self.state = state
        self.approvals = approvals
        self.until = until
    }

    /// Somebody approves, whom the gateway knows to be `person`. Approvals of people who may not approve any more, or
    /// are disabled, count no longer.
    ///
    /// - parameter people: as they are now, by name.
    public mutating func approved(
        by person: PolicyUser, rule: ApprovalRule, people: [String: PolicyUser], at time: Int64
    ) throws(Refusal) -> Count {
        try self.wait(at: time)
        try self.mayDecide(person, rule, at: time)
        guard !self.approvals.contains(where: { $0.approver == person.name }) else { throw .alreadyApproved }
        self.approvals.append(Approval(approver: person.name, time: time))
        let counting = Set(self.approvals.map(\.approver)).filter { name in
            people[name].map { Self.isApprover($0, of: rule) && name != self.requester } ?? false
        }
        let missing = rule.approvals - counting.count
        guard missing <= 0 else { return .missing(missing) }
        return .approved(until: self.open(at: time))
    }

    /// The gateway's operator lets it pass, in the place of all approvals.
    public mutating func overridden(at time: Int64) throws(Refusal) -> Int64 {
        try self.wait(at: time)
        return self.open(at: time)
    }

    private mutating func open(at time: Int64) -> Int64 {
        let until = time + Int64(self.seconds) * 1_000_000_000
        self.state = .approved
        self.until = until
        return until
    }

    /// Somebody who may approve says no. One no is enough.
    public mutating func denied(by person: PolicyUser, rule: ApprovalRule, at time: Int64) throws(Refusal) {
        try self.wait(at: time)
        try self.mayDecide(person, rule, at: time)
        self.state = .denied
    }

    /// The gateway's operator says no.
    public mutating func deniedByOperator(at time: Int64) throws(Refusal) {
        try self.wait(at: time)
        self.state = .denied
    }

    public mutating func withdrawn(by name: String, at time: Int64) throws(Refusal) {
        guard name == self.requester else { throw .notTheRequester }
        try self.wait(at: time)
        self.state = .withdrawn
    }

    /// Somebody who may approve takes back what was approved, or what waits.
    public mutating func revoked(by person: PolicyUser, rule: ApprovalRule, at time: Int64) throws(Refusal) {
        try self.beLive(at: time)
        // Also a deputy whose time to approve has not come: it takes access away.
        guard person.name != self.requester else { throw .ownRequest }
        guard Self.isApprover(person, of: rule) else { throw .noApprover }
        self.state = .revoked
    }

    /// The gateway takes it back: on its operator's word, or since what it is about is gone.
    public mutating func revokedByGateway(at time: Int64) throws(Refusal) {
        try self.beLive(at: time)
        self.state = .revoked
    }

    /// The clock has moved on. - returns: whether that has ended the wait.
    public mutating func timePassed(to time: Int64) -> Bool {
        guard self.state == .waiting, time >= self.waitsUntil else { return false }
        self.state = .expired
        return true
    }

    /// Whether it permits at this moment.
    public func permits(at time: Int64) -> Bool { self.state == .approved && self.until.map { time < $0 } ?? false }

    private func wait(at time: Int64) throws(Refusal) {
        guard self.state == .waiting else { throw .over(self.state) }
        guard time < self.waitsUntil else { throw .over(.expired) }
    }

    private func beLive(at time: Int64) throws(Refusal) {
        guard self.state != .approved || self.permits(at: time) else { throw .over(.approved) }
        guard self.state == .approved else { return try self.wait(at: time) }
    }

    private func mayDecide(_ person: PolicyUser, _ rule: ApprovalRule, at time: Int64) throws(Refusal) {
        guard person.name != self.requester else { throw .ownRequest }
        guard Self.isApprover(person, of: rule) else { throw .noApprover }
        guard rule.approvers.isDisjoint(with: person.groups) else { return }
        let left = self.filed + Int64(rule.deputySeconds) * 1_000_000_000 - time
        if left > 0 { throw .tooEarly(seconds: Int((left + 999_999_999) / 1_000_000_000)) }
    }

    /// A person, who is let in and in one of the groups. No program approves anything.
    public static func isApprover(_ person: PolicyUser, of rule: ApprovalRule) -> Bool {
        person.isEnabled && person.service == nil
            && !rule.approvers.union(rule.deputies).isDisjoint(with: person.groups)
    }
}
