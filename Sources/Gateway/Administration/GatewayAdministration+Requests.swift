import AccessPolicy
import AdminAPI
import AuditLog
import Platform
import SessionStore

extension GatewayAdministration {
    /// Most requests of one list.
    private static let maximumRequests = 1000

    func listRequests(all: Bool, by actor: AdminActor) async throws -> [RequestInfo] {
        let store = self.store
        return try await self.perform {
            try store.requests(liveOnly: !all, limit: Self.maximumRequests).map(RequestInfo.init)
        }
    }

    func showRequest(_ id: Int64, by actor: AdminActor) async throws -> RequestInfo {
        let store = self.store
        return try await self.perform {
            guard let request = try store.request(id) else {
                throw AdminError(.notFound, "there is no request \(id)")
            }
            return RequestInfo(request)
        }
    }

    func createRequest(_ request: CreateRequestRequest, by actor: AdminActor) async throws -> RequestInfo {
        let wish = RequestWish(
            user: request.user, account: request.account, target: request.target, grant: request.grant,
            seconds: request.seconds, reason: request.reason, ticket: request.ticket ?? "", origin: .anywhere,
            from: actor.place)
        do {
            return RequestInfo(try await self.live.file(wish, by: actor.name))
        } catch {
            throw AdminError(error)
        }
    }

    func approveRequest(
        _ id: Int64, _ decision: DecideRequestRequest, by actor: AdminActor
    ) async throws -> RequestInfo {
        if decision.override != true, let person = actor.signedIn {
            return try await self.take(
                .approve(text: Self.text(of: decision)), id, as: .person(person, from: actor.place))
        }
        guard decision.override == true else {
            throw AdminError(
                .denied, "approvals are people's own: ssh APPROVER@GATEWAY request approve \(id)",
                hint: "to let it pass as the operator, say so: --override --text WHY")
        }
        guard let text = decision.text else {
            throw AdminError(.invalidInput, "an override needs a reason", hint: "give it with --text")
        }
        // Whoever holds the gateway's host can do everything; people, and their tokens, need somebody else.
        if let owner = actor.owner, try await self.showRequest(id, by: actor).user == owner {
            throw AdminError(.denied, "nobody lets a request of their own pass", hint: "ask another administrator")
        }
        return try await self.take(
            .approve(text: Self.checkedLine(text, "text")), id, as: .operation(actor.name, from: actor.place))
    }

    func denyRequest(_ id: Int64, _ decision: DecideRequestRequest, by actor: AdminActor) async throws -> RequestInfo {
        try await self.take(.deny(text: Self.text(of: decision)), id, as: self.decider(of: id, actor))
    }

    func revokeRequest(
        _ id: Int64, _ decision: DecideRequestRequest, by actor: AdminActor
    ) async throws -> RequestInfo {
        try await self.take(.revoke(text: Self.text(of: decision)), id, as: self.decider(of: id, actor))
    }

    private static func text(of decision: DecideRequestRequest) throws -> String {
        try decision.text.map { try self.checkedLine($0, "text") } ?? ""
    }

    /// Who has signed in to the console is the person that they are wherever they may decide as one.
    private func decider(of id: Int64, _ actor: AdminActor) async throws -> RequestActor {
        let operation = RequestActor.operation(actor.name, from: actor.place)
        guard let person = actor.signedIn else { return operation }
        let store = self.store
        return try await self.perform {
            guard let request = try store.request(id), let rule = request.rule,
                let user = try store.accessRules().users[person], RequestMachine.isApprover(user, of: rule)
            else { return operation }
            return .person(person, from: actor.place)
        }
    }

    private func take(_ step: RequestStep, _ id: Int64, as actor: RequestActor) async throws -> RequestInfo {
        do {
            return RequestInfo(try await self.live.take(step, onRequest: id, by: actor))
        } catch {
            throw AdminError(error)
        }
    }
}

extension RequestInfo {
    init(_ request: StoredRequest) {
        func said(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
        self.init(
            id: request.number, user: request.user, account: request.account, target: request.target,
            grant: request.grant, state: request.state.rawValue,
            permits: request.rule != nil && request.machine.permits(at: Clock.wallNanoseconds()),
            seconds: request.seconds, reason: request.reason, ticket: said(request.ticket), from: request.from,
            filedBy: request.filedBy, filed: Timestamp(nanosecondsSince1970: request.filedNanoseconds),
            waitsUntil: Timestamp(nanosecondsSince1970: request.waitsUntilNanoseconds),
            decided: request.decidedNanoseconds.map(Timestamp.init(nanosecondsSince1970:)),
            decidedBy: request.decidedBy, decisionText: said(request.decisionText),
            until: request.untilNanoseconds.map(Timestamp.init(nanosecondsSince1970:)),
            approvals: request.approvals.map { approval in
                Approval(
                    approver: approval.approver, time: Timestamp(nanosecondsSince1970: approval.nanoseconds),
                    text: said(approval.text))
            }, quorum: request.rule?.quorum)
    }
}
