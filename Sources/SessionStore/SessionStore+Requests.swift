import AccessPolicy
import AuditLog
import Foundation
import GRDB
import Platform

extension SessionStore {
    /// Most requests of one user that wait at once.
    public static let maximumWaitingRequests = 20

    /// Files a request, which the caller has held against the policy. Throws `conflict` while the same one waits, or too
    /// many do; `notFound` when what it is about was removed just now.
    public func fileRequest(_ new: NewRequest, by actor: String) throws(StoreError) -> StoredRequest {
        try self.change(by: actor) { database in
            let ids = try Row.fetchOne(
                database,
                sql: """
                    SELECT (SELECT id FROM users WHERE name = ?) AS user, (SELECT id FROM targets WHERE name = ?) AS target,
                        (SELECT id FROM grants WHERE name = ?) AS "grant"
                    """, arguments: [new.user, new.target, new.grant])
            guard let user = ids?["user"] as Int64?, let target = ids?["target"] as Int64?,
                let grant = ids?["grant"] as Int64?, let rule = try Self.approvalRules(database)[grant]
            else { throw StoreError(.notFound, "what was asked for was removed just now") }
            let waiting = try Self.requests(database, "state = 'waiting' AND user = ?", [new.user])
            if let same = waiting.first(where: {
                $0.account == new.account && $0.target == new.target && $0.grant == new.grant
            }) {
                throw StoreError(.conflict, "request \(same.number) for \(same.place) waits already")
            }
            guard waiting.count < Self.maximumWaitingRequests else {
                throw StoreError(.conflict, "\(waiting.count) requests of yours wait already: withdraw one first")
            }
            let now = Clock.wallNanoseconds()
            try database.execute(
                sql: """
                    INSERT INTO access_requests (user, user_id, account, target, target_id, "grant", grant_id, seconds,
                        reason, ticket, from_address, filed_by, state, filed, waits_until)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)
                    """,
                arguments: [
                    new.user, user, new.account, new.target, target, new.grant, grant, new.seconds, new.reason,
                    new.ticket, new.from, actor, now, now + Int64(rule.waitSeconds) * 1_000_000_000,
                ])
            let request = try Self.request(database.lastInsertedRowID, database)
            return (
                .request(
                    .filed(
                        request.audited, from: new.from, seconds: new.seconds, reason: new.reason,
                        ticket: new.ticket.isEmpty ? nil : new.ticket)), request
            )
        }
    }

    /// Nil when there is none.
    public func request(_ number: Int64) throws(StoreError) -> StoredRequest? {
        try self.read { try Self.requests($0, "access_requests.id = ?", [number]).first }
    }

    /// Newest first; those that wait, or permit now, alone, or up to `limit` of all.
    public func requests(liveOnly: Bool, limit: Int) throws(StoreError) -> [StoredRequest] {
        let now = Clock.wallNanoseconds()
        return try self.read { database in
            let live = "(state = 'waiting' OR state = 'approved' AND until > \(now))"
            return try Self.requests(database, liveOnly ? live : "1", [], limit: limit)
        }
    }

    /// The newest of this user for this account that waits.
    public func waitingRequest(user: String, account: String, target: String) throws(StoreError) -> StoredRequest? {
        try self.read {
            try Self.requests(
                $0, "state = 'waiting' AND user = ? AND account = ? AND target = ?", [user, account, target]
            )
            .first
        }
    }

    /// Takes one step of a request. What is refused is audited, and thrown as `conflict` with a line for the actor.
    public func take(
        _ step: RequestStep, onRequest number: Int64, by actor: RequestActor
    ) throws(StoreError) -> StoredRequest {
        let result: Result<StoredRequest, StoreError> = try self.change(by: actor.name) { database in
            let request = try Self.request(number, database)
            var machine = request.machine
            do {
                let event = try Self.apply(step, to: &machine, of: request, by: actor, database)
                try Self.store(machine, of: request, step, by: actor, database)
                return (.request(event), .success(try Self.request(number, database)))
            } catch let refusal as RequestMachine.Refusal {
                return (
                    .request(
                        .decisionRefused(
                            request.audited, from: actor.from, attempt: step.word, cause: refusal.line)),
                    .failure(StoreError(.conflict, refusal.line))
                )
            }
        }
        return try result.get()
    }

    private static let gateway = RequestActor.operation("gateway", from: "gateway")

    /// Ends what has waited too long, or is about something that is gone. - returns: whether there was any.
    public func settleRequests() throws(StoreError) -> Bool {
        let now = Clock.wallNanoseconds()
        let open = "state = 'waiting' OR state = 'approved' AND until > \(now)"
        // Most looks find nothing, and need no transaction that writes.
        let isDue = try self.read { try Self.requests($0, open, []).contains { Self.isDue($0, at: now) } }
        guard isDue else { return false }
        return try self.changes(by: "gateway") { database in
            var events: [AuditEvent] = []
            for request in try Self.requests(database, open, []) where Self.isDue(request, at: now) {
                var machine = request.machine
                if machine.timePassed(to: now) {
                    events.append(.request(.expired(request.audited)))
                    try Self.store(machine, of: request, nil, by: Self.gateway, database)
                } else if (try? machine.revokedByGateway(at: now)) != nil {
                    let text = "its grant, user or target is no longer what it was"
                    events.append(.request(.revoked(request.audited, from: "gateway", text: text)))
                    try Self.store(machine, of: request, .revoke(text: text), by: Self.gateway, database)
                }
            }
            return (events, !events.isEmpty)
        }
    }

    /// When the next request that waits expires; nil when none does.
    public func nextRequestExpiry() throws(StoreError) -> Int64? {
        try self.read {
            try Int64.fetchOne($0, sql: "SELECT min(waits_until) FROM access_requests WHERE state = 'waiting'") ?? nil
        }
    }

    private static func isDue(_ request: StoredRequest, at now: Int64) -> Bool {
        request.rule == nil || request.state == .waiting && now >= request.waitsUntilNanoseconds
    }

    // MARK: Steps

    private static func apply(
        _ step: RequestStep, to machine: inout RequestMachine, of request: StoredRequest, by actor: RequestActor,
        _ database: Database
    ) throws -> RequestEvent {
        let now = Clock.wallNanoseconds()
        func said(_ text: String) -> String? { text.isEmpty ? nil : text }
        let people = Dictionary(
            try Self.policyUsers(database).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        // Of a request that is about something gone, whatever is over comes first.
        func facts() throws -> (PolicyUser, ApprovalRule)? {
            guard case .person(let name, _) = actor else { return nil }
            guard let rule = request.rule, let person = people[name] else { throw RequestMachine.Refusal.noApprover }
            return (person, rule)
        }
        switch step {
        case .approve(let text):
            guard let (person, rule) = try facts() else {
                let until = try machine.overridden(at: now)
                return .overridden(request.audited, text: text, until: Self.words(until))
            }
            switch try machine.approved(by: person, rule: rule, people: people, at: now) {
            case .missing(let count):
                return .approvalGiven(request.audited, from: actor.from, text: said(text), missing: count)
            case .approved(let until):
                return .approved(request.audited, from: actor.from, text: said(text), until: Self.words(until))
            }
        case .deny(let text):
            if let (person, rule) = try facts() {
                try machine.denied(by: person, rule: rule, at: now)
            } else {
                try machine.deniedByOperator(at: now)
            }
            return .denied(request.audited, from: actor.from, text: said(text))
        case .revoke(let text):
            if let (person, rule) = try facts() {
                try machine.revoked(by: person, rule: rule, at: now)
            } else {
                try machine.revokedByGateway(at: now)
            }
            return .revoked(request.audited, from: actor.from, text: said(text))
        case .withdraw:
            try machine.withdrawn(by: actor.name, at: now)
            return .withdrawn(request.audited, from: actor.from)
        }
    }

    private static func store(
        _ machine: RequestMachine, of request: StoredRequest, _ step: RequestStep?, by actor: RequestActor,
        _ database: Database
    ) throws {
        let now = Clock.wallNanoseconds()
        var text: String?
        switch step {
        case .approve(let said), .deny(let said), .revoke(let said): text = said
        case .withdraw, nil: break
        }
        if machine.approvals.count > request.approvals.count {
            try database.execute(
                sql: """
                    INSERT INTO access_request_approvals (request, approver, approver_id, time, text)
                    VALUES (?, ?, (SELECT id FROM users WHERE name = ?), ?, ?)
                    """, arguments: [request.number, actor.name, actor.name, now, text ?? ""])
        }
        guard machine.state != request.state else { return }
        try database.execute(
            sql: """
                UPDATE access_requests SET state = ?, decided = ?, decided_by = ?, decision_text = ?, until = ?
                WHERE id = ?
                """,
            arguments: [
                machine.state.rawValue, now, actor.name, text, machine.until, request.number,
            ])
    }

    private static func words(_ time: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(time / 1_000_000_000)).formatted(.iso8601)
    }

    // MARK: Reading

    private static func request(_ number: Int64, _ database: Database) throws -> StoredRequest {
        guard let request = try Self.requests(database, "access_requests.id = ?", [number]).first else {
            throw StoreError(.notFound, "there is no request \(number)")
        }
        return request
    }

    private static func requests(
        _ database: Database, _ condition: String, _ arguments: StatementArguments, limit: Int = 10_000
    ) throws -> [StoredRequest] {
        let rows = try Row.fetchAll(
            database, sql: "SELECT * FROM access_requests WHERE \(condition) ORDER BY id DESC LIMIT \(limit)",
            arguments: arguments)
        guard !rows.isEmpty else { return [] }
        let rules = try Self.approvalRules(database)
        return try rows.map { row in
            let number: Int64 = row["id"]
            // An approver who was removed is nobody, whoever has the name now.
            let approvals = try Row.fetchAll(
                database,
                sql: """
                    SELECT CASE WHEN approver_id IS NULL THEN approver || ' (removed)' ELSE approver END AS name, time, text
                    FROM access_request_approvals WHERE request = ? ORDER BY time
                    """, arguments: [number])
            let isWhole = row["user_id"] as Int64? != nil && row["target_id"] as Int64? != nil
            let rule = isWhole ? (row["grant_id"] as Int64?).flatMap { rules[$0] } : nil
            return StoredRequest(
                number: number, user: row["user"], account: row["account"], target: row["target"],
                grant: row["grant"], seconds: row["seconds"], reason: row["reason"], ticket: row["ticket"],
                from: row["from_address"], filedBy: row["filed_by"],
                // A word of a later version permits nothing here.
                state: RequestMachine.State(rawValue: row["state"]) ?? .revoked, filedNanoseconds: row["filed"],
                waitsUntilNanoseconds: row["waits_until"], decidedNanoseconds: row["decided"],
                decidedBy: row["decided_by"], decisionText: row["decision_text"], untilNanoseconds: row["until"],
                approvals: approvals.map {
                    StoredRequest.Approval(approver: $0["name"], nanoseconds: $0["time"], text: $0["text"])
                }, rule: rule)
        }
    }

    /// What is approved and not over, of grants that ask for it.
    static func approvedAccess(_ database: Database) throws -> Set<ApprovedAccess> {
        let requests = try Self.requests(
            database, "state = 'approved' AND until > \(Clock.wallNanoseconds())", [])
        return Set(
            requests.compactMap { request in
                guard request.rule != nil, let from = request.decidedNanoseconds, let until = request.untilNanoseconds
                else { return nil }
                return ApprovedAccess(
                    grant: request.grant, user: request.user, account: request.account, target: request.target,
                    from: from, until: until)
            })
    }
}
