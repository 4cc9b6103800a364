import AccessPolicy
import Platform
import SessionStore

/// Passwords that people have: each ends with a new one.
extension Broker {
    /// Takes a password back and gives the account a new one. - returns: whether it has one; else it is tried again.
    func returnCheckout(_ place: AccountPlace, cause: String, by actor: String) async throws -> Bool {
        let store = self.store
        try await self.questions.run {
            try store.returnCheckout(target: place.target, account: place.account, cause: cause, by: actor)
        }
        return await self.replaceReturned(place, by: actor)
    }

    private func replaceReturned(_ place: AccountPlace, by actor: String) async -> Bool {
        let store = self.store
        do {
            _ = try await self.rotate(place, .checkin, by: actor)
            try await self.questions.run { try store.endCheckout(target: place.target, account: place.account) }
            return true
        } catch {
            self.log.error("\(place) was returned, and has no new password: \(error)")
            return false
        }
    }

    /// Looks when the time of one is over.
    /// - parameter until: UTC, in nanoseconds.
    func lookAtCheckouts(at until: Int64) {
        self.loop.after(nanoseconds: UInt64(max(0, until - Clock.wallNanoseconds())) + 1_000_000) { [weak self] in
            self?.assumeIsolated { $0.lookAtCheckoutsNow() }
        }
    }

    private func lookAtCheckoutsNow() { Task { await self.lookAtCheckouts() } }

    /// Takes back what is over its time, or no longer permitted, and what still waits for a new password.
    func lookAtCheckouts() async {
        guard !self.isStopping else { return }
        let store = self.store
        do {
            let (checkouts, rules) = try await self.questions.run { (try store.checkouts(), try store.accessRules()) }
            let policy = AccessPolicy(rules: rules)
            for checkout in checkouts {
                let place = AccountPlace(target: checkout.target, account: checkout.account)
                if checkout.isReturned {
                    _ = await self.replaceReturned(place, by: "gateway")
                } else if checkout.untilNanoseconds <= Clock.wallNanoseconds() {
                    _ = try await self.returnCheckout(place, cause: "time", by: "gateway")
                } else {
                    // Where they are now is not known: only when, and whether at all.
                    let request = AccessRequest(
                        user: checkout.user, account: place.account, target: place.target, origin: .anywhere,
                        time: Clock.wallNanoseconds())
                    if case .allowed(let present) = policy.decide(request).verdict, present.channels.contains(.checkout)
                    {
                        continue
                    }
                    _ = try await self.returnCheckout(place, cause: "withdrawn", by: "gateway")
                }
            }
        } catch {
            self.log.error("check-outs can't be looked after: \(error)")
        }
    }
}
