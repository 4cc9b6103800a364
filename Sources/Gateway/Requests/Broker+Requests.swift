import AccessPolicy
import AdminAPI
import AuditLog
import Platform
import SessionStore

extension Broker: RequestKeeping {
    func file(_ wish: RequestWish, by actor: String) async throws -> StoredRequest {
        let store = self.store
        let place = "\(wish.account)@\(wish.target)"
        let offer = try await self.questions.run {
            AccessPolicy(rules: try store.accessRules()).offer(
                for: AccessRequest(
                    user: wish.user, account: wish.account, target: wish.target, origin: wish.origin,
                    time: Clock.wallNanoseconds()))
        }
        // The same whether there is such a target, account or grant.
        guard let choice = offer?.choice(named: wish.grant) else {
            let grant = wish.grant.map { " by \($0)" } ?? ""
            throw AdminError(.denied, AuditField.printable("there is no access to \(place)\(grant) to ask for"))
        }
        let seconds = wish.seconds ?? choice.rule.usualSeconds
        do throws(ApprovalRule.Invalid) {
            try choice.rule.check(seconds: seconds, reason: wish.reason, ticket: wish.ticket)
        } catch {
            throw AdminError(.invalidInput, error.message)
        }
        guard wish.reason.utf8.count <= OrderText.maximumReasonBytes else {
            throw AdminError(.invalidInput, "the reason is longer than \(OrderText.maximumReasonBytes) bytes")
        }
        if !wish.ticket.isEmpty { try await self.tickets?.check(wish.ticket) }
        let new = NewRequest(
            user: wish.user, account: wish.account, target: wish.target, grant: choice.grant, seconds: seconds,
            reason: AuditField.printable(wish.reason), ticket: AuditField.printable(wish.ticket), from: wish.from)
        let request = try await self.questions.run { try store.fileRequest(new, by: actor) }
        self.requestsChanged()
        return request
    }

    func take(_ step: RequestStep, onRequest number: Int64, by actor: RequestActor) async throws -> StoredRequest {
        let store = self.store
        let request = try await self.questions.run { try store.take(step, onRequest: number, by: actor) }
        self.requestsChanged()
        switch step {
        case .approve:
            // Sessions under way may go on for longer now.
            for connection in self.connections.values where connection.session?.destination.user == request.user {
                self.watchTime(of: connection)
            }
        case .revoke:
            _ = try await self.review(by: actor.name, reason: request.decisionText.flatMap { $0.isEmpty ? nil : $0 })
            await self.lookAtCheckouts()
        case .deny, .withdraw: break
        }
        return request
    }

    // MARK: Time

    /// Ends what has waited too long, when its time comes.
    func keepRequests() {
        self.requestLook += 1
        let (look, store) = (self.requestLook, self.store)
        Task {
            do {
                if try await self.questions.run({ try store.settleRequests() }) {
                    self.wakeWaitingLogins()
                    _ = try await self.review(by: "gateway", reason: nil)
                }
                guard let next = try await self.questions.run({ try store.nextRequestExpiry() }),
                    look == self.requestLook, !self.isStopping
                else { return }
                let wait = min(max(0, next - Clock.wallNanoseconds()), Self.longestRequestWait)
                self.loop.after(nanoseconds: UInt64(wait) + 1_000_000) { [weak self] in
                    self?.assumeIsolated { broker in
                        if look == broker.requestLook { broker.keepRequests() }
                    }
                }
            } catch {
                self.log.error("requests can't be looked after: \(error)")
            }
        }
    }

    /// Longest wait of one timer, in nanoseconds: clocks are set.
    private static let longestRequestWait: Int64 = 60_000_000_000

    /// Something has happened to one.
    func requestsChanged() {
        self.wakeWaitingLogins()
        self.keepRequests()
    }
}
