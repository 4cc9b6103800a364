import AccessPolicy
import AdminAPI
import AuditLog
import Platform
import SessionStore
import WorkerProtocol

extension Broker {
    /// Does what a user asks about requests, over SSH: the user has proved who it is, as for any session.
    func answer(
        _ order: RequestOrder, _ login: Login, from peer: PeerAddress, hasTerminal: Bool
    ) async throws -> DeskAnswer {
        guard !login.restrictions.contains(.service) else {
            throw OrderText.Mistake(line: "a service account asks for nothing, and approves nothing")
        }
        let actor = RequestActor.person(login.user, from: peer.description)
        let lines: [String]
        switch order {
        case .create(let place, let reason, let ticket, let seconds, let grant):
            let request = try await self.file(
                RequestWish(
                    user: login.user, account: place.account, target: place.target, grant: grant, seconds: seconds,
                    reason: reason, ticket: ticket, origin: peer.origin, from: peer.description), by: login.user)
            lines = [
                "request \(request.number) for \(request.place) waits for \(request.rule?.quorum ?? "nobody"), until "
                    + TimeText.time(request.waitsUntilNanoseconds)
            ]
        case .list: lines = try await self.requestLines(for: login.user)
        case .show(let number): lines = Self.details(of: try await self.visibleRequest(number, to: login.user))
        case .approve(let number, let text):
            lines = [try await self.line(after: .approve(text: AuditField.printable(text)), number, by: actor)]
        case .deny(let number, let text):
            lines = [try await self.line(after: .deny(text: AuditField.printable(text)), number, by: actor)]
        case .revoke(let number, let text):
            lines = [try await self.line(after: .revoke(text: AuditField.printable(text)), number, by: actor)]
        case .withdraw(let number): lines = [try await self.line(after: .withdraw, number, by: actor)]
        }
        let text = lines.map(AuditField.printable).joined(separator: hasTerminal ? "\r\n" : "\n")
        return DeskAnswer(text: Array(text.utf8.prefix(WireLimits.text)), status: 0)
    }

    private func line(after step: RequestStep, _ number: Int64, by actor: RequestActor) async throws -> String {
        _ = try await self.visibleRequest(number, to: actor.name)
        let request = try await self.take(step, onRequest: number, by: actor)
        guard case .approve = step, request.state == .waiting else {
            let end = request.untilNanoseconds.map { " until \(TimeText.time($0))" } ?? ""
            return "request \(number) is \(request.state.rawValue)\(request.state == .approved ? end : "")"
        }
        return "request \(number) has your approval, and waits for more: \(request.rule?.quorum ?? "nobody")"
    }

    /// Throws as for one that isn't there when it is none of the user's business.
    private func visibleRequest(_ number: Int64, to user: String) async throws -> StoredRequest {
        let store = self.store
        return try await self.questions.run {
            let person = try store.accessRules().users[user]
            guard let request = try store.request(number), request.isVisible(to: user, person) else {
                throw OrderText.Mistake(line: "there is no request \(number) for you to see")
            }
            return request
        }
    }

    /// Most lines of one list: they have to fit into a message.
    private static let maximumLines = 20

    private func requestLines(for user: String) async throws -> [String] {
        let store = self.store
        let requests = try await self.questions.run {
            let person = try store.accessRules().users[user]
            return try store.requests(liveOnly: true, limit: 1000).filter { $0.isVisible(to: user, person) }
        }
        guard !requests.isEmpty else { return ["no requests wait for you, or are yours"] }
        let lines = requests.prefix(Self.maximumLines).map { request in
            let end = TimeText.time(request.untilNanoseconds ?? request.waitsUntilNanoseconds)
            let ticket = request.ticket.isEmpty ? "" : " \(request.ticket)"
            let reason = request.reason.isEmpty ? "" : ": \(request.reason.prefix(60))"
            return "\(request.number)  \(request.state.rawValue) until \(end)  \(request.user) \(request.place) for "
                + "\(AccessLimits.length(request.seconds)), needs \(request.rule?.quorum ?? "-")\(ticket)\(reason)"
        }
        let left = requests.count - lines.count
        return left == 0 ? lines : lines + ["and \(left) more"]
    }

    private static func details(of request: StoredRequest) -> [String] {
        var lines = [
            "request \(request.number): \(request.state.rawValue)",
            "\(request.user) asks for \(request.place) for \(AccessLimits.length(request.seconds)) by \(request.grant)",
            "filed \(TimeText.time(request.filedNanoseconds)) by \(request.filedBy) from \(request.from)",
            "reason: \(request.reason.isEmpty ? "-" : request.reason)",
        ]
        if !request.ticket.isEmpty { lines.append("ticket: \(request.ticket)") }
        lines.append("needs \(request.rule?.quorum ?? "what is no longer there")")
        lines += request.approvals.map { approval in
            "approved \(TimeText.time(approval.nanoseconds)) by \(approval.approver)"
                + (approval.text.isEmpty ? "" : ": \(approval.text)")
        }
        let isTold = request.state == .approved && request.approvals.last?.approver == request.decidedBy
        if let decided = request.decidedNanoseconds, !isTold {
            let text = request.decisionText.flatMap { $0.isEmpty ? nil : ": \($0)" } ?? ""
            lines.append("\(request.state.rawValue) \(TimeText.time(decided)) by \(request.decidedBy ?? "-")\(text)")
        }
        if let until = request.untilNanoseconds { lines.append("permits until \(TimeText.time(until))") }
        return lines
    }
}

extension StoredRequest {
    /// Whether it is the user's own, or one that they may decide.
    func isVisible(to user: String, _ person: PolicyUser?) -> Bool {
        guard self.user != user else { return true }
        guard let person, let rule = self.rule else { return false }
        return RequestMachine.isApprover(person, of: rule)
    }
}
