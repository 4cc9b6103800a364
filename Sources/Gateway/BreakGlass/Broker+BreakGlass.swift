import AccessPolicy
import AdminAPI
import AuditLog
import Identity
import Platform
import SessionStore
import WorkerProtocol

/// The user may go there in an emergency alone.
struct EmergencyNeeded: Error {
    let access: EmergencyAccess
}

/// Emergencies need nothing but the gateway itself: no directory, no provider, no other server is asked.
extension Broker: EmergencyKeeping {
    /// Asks the user of this connection why, and for what proves that they may, and opens it. Returns when it is open, and
    /// throws a refusal otherwise.
    func breakGlass(_ access: EmergencyAccess, on number: UInt64) async throws {
        guard let connection = self.connections[number], let login = connection.login else { return }
        let peer = connection.peer
        let place = "\(access.account)@\(access.target)"
        guard !login.restrictions.contains(.service) else {
            throw Refusal(line: "\(place) is for emergencies, and for people")
        }
        let withoutTerminal = "\(place) is for emergencies: connect at a terminal (ssh -t), which asks why"
        let reason = try await self.ask(
            "\(place) is for emergencies: everybody is told at once, and two people review what was done.\n"
                + "Why do you need it? ", on: number, withoutTerminal: withoutTerminal
        ) { answer in
            if answer.isEmpty { return "A reason has to be given." }
            return answer.utf8.count > OrderText.maximumReasonBytes ? "That is too long." : nil
        }
        let method: StoredBreakGlassUse.Method
        if self.secondFactors.isFresh(
            user: access.user, from: peer.host, within: BreakGlassRule.secondFactorSeconds)
        {
            method = .secondFactor
        } else {
            method = .sealedCodes
            try await self.askForSealedCodes(access, on: number, from: peer, withoutTerminal: withoutTerminal)
        }
        let use = try await self.open(access, reason: reason, method: method, from: peer.description)
        self.tell("emergency \(use.number): \(place) is open until \(TimeText.time(use.untilNanoseconds))", on: number)
    }

    private func askForSealedCodes(
        _ access: EmergencyAccess, on number: UInt64, from peer: PeerAddress, withoutTerminal: String
    ) async throws {
        let store = self.store
        guard let set = try await self.questions.run({ try store.sealedCodes() }) else {
            throw self.refuse(
                access, from: peer.description, cause: "no second factor was proved, and there are no sealed codes",
                line: "it takes a one-time code at the login, or sealed codes, and there are none")
        }
        var shares: [SecretSharing.Share] = []
        for index in 1...set.threshold {
            let given = shares
            let answer = try await self.ask(
                "Sealed code \(index) of \(set.threshold): ", kind: .secret, on: number,
                withoutTerminal: withoutTerminal
            ) { answer in
                guard let share = SealedCode.share(answer) else { return "That is no sealed code: mind each letter." }
                return given.contains { $0.place == share.place } ? "That one was given already." : nil
            }
            if let share = SealedCode.share(answer) { shares.append(share) }
        }
        guard SealedCode.opens(shares, verifier: set.verifier) else {
            throw self.refuse(
                access, from: peer.description, cause: "the sealed codes are not of the present set",
                line: "these codes are not of the present set")
        }
    }

    private func refuse(_ access: EmergencyAccess, from address: String, cause: String, line: String) -> Refusal {
        self.audit(
            .breakGlass(
                .refused(
                    user: access.user, account: access.account, target: access.target, from: address, cause: cause)),
            actor: access.user)
        return Refusal(line: line)
    }

    private func open(
        _ access: EmergencyAccess, reason: String, method: StoredBreakGlassUse.Method, from address: String
    ) async throws -> StoredBreakGlassUse {
        let store = self.store
        let use = try await self.questions.run {
            try store.breakGlass(access, reason: AuditField.printable(reason), method: method, from: address)
        }
        self.log.critical("emergency \(use.number): \(use.user) has opened \(use.account)@\(use.target)")
        for connection in self.connections.values where connection.session?.destination.user == use.user {
            self.watchTime(of: connection)
        }
        return use
    }

    // MARK: The gateway's host

    func breakGlass(_ wish: EmergencyWish, by actor: String) async throws -> StoredBreakGlassUse {
        let store = self.store
        let (access, set) = try await self.questions.run {
            let request = AccessRequest(
                user: wish.user, account: wish.account, target: wish.target, origin: .anywhere,
                time: Clock.wallNanoseconds())
            return (AccessPolicy(rules: try store.accessRules()).emergency(for: request), try store.sealedCodes())
        }
        guard let access else {
            throw AdminError(
                .denied,
                "no emergency grant lets \(wish.user) open \(wish.account)@\(wish.target)")
        }
        guard let set else { throw AdminError(.denied, "no sealed codes were made") }
        let shares = wish.codes.compactMap(SealedCode.share)
        guard shares.count == wish.codes.count else {
            throw AdminError(.invalidInput, "one of the codes has a slip in it", hint: "mind each letter")
        }
        guard Set(shares.map(\.place)).count >= set.threshold, SealedCode.opens(shares, verifier: set.verifier) else {
            _ = self.refuse(access, from: wish.from, cause: "the sealed codes are too few, or not of the set", line: "")
            throw AdminError(.denied, "it takes \(set.threshold) different codes of the present set")
        }
        return try await self.open(
            access, reason: "\(wish.reason) (by \(actor))", method: .sealedCodes, from: wish.from)
    }

    func endEmergency(_ number: Int64, cause: String, by actor: String) async throws -> StoredBreakGlassUse {
        let store = self.store
        let use = try await self.questions.run { try store.endBreakGlass(number, cause: cause, by: actor) }
        _ = try await self.review(by: actor, reason: cause)
        return use
    }

    // MARK: Reminders

    /// From the start of the gateway on.
    func keepReminding() {
        let interval = Int64(self.configuration.requests.reviewReminderSeconds) * 1_000_000_000
        let (store, log) = (self.store, self.log)
        Task {
            do {
                try await self.questions.run { try store.remindOfReviews(everyNanoseconds: interval) }
            } catch {
                log.error("reviews of emergencies can't be looked after: \(error)")
            }
            guard !self.isStopping else { return }
            self.loop.after(nanoseconds: UInt64(min(interval, Self.longestReminderWait))) { [weak self] in
                self?.assumeIsolated { $0.keepReminding() }
            }
        }
    }

    /// In nanoseconds: the gateway may have been stopped for a part of the time.
    private static let longestReminderWait: Int64 = 60_000_000_000
}
