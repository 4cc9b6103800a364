import AdminAPI
import AuditLog
import Platform
import SessionStore
import Vault

/// Changes of targets' secrets, in two phases: the new secret is in the vault before anything is done to the target, and
/// takes the old one's place only when a login has proved it. Until then both are kept, whatever dies in between.
extension Broker {
    /// Gives the account a new secret.
    /// - parameter via: the account that sets a password; nil for what the schedule says, else the account itself.
    /// - throws: `AdminError`.
    func rotate(
        _ place: AccountPlace, _ trigger: RotationTrigger, via: String? = nil, by actor: String
    ) async throws -> RotationOutcome {
        let gate = try self.enterRotation(of: place)
        defer { self.rotations.leave(place) }
        try await self.settleEarlier(place, gate)
        let plan = try await self.rotationPlan(place, trigger, via: via)
        let rotation = try await self.begin(plan, trigger, by: actor)
        // Until the database says otherwise: whatever fails from here on, it is looked at again.
        self.rotations.isUnsettled(place, inDoubt: true)
        do {
            try await self.close(gate, of: place)
        } catch {
            try await self.abandon(rotation, because: "logins are under way", isHeard: true)
            throw error
        }
        do {
            let method = try await self.set(rotation, plan)
            var outcome = try await self.settle(
                rotation, keysFile: plan.keysFile, gate, expecting: .new, isHeard: true, after: nil)
            outcome.method = method
            return outcome
        } catch let failure as RobotFailure {
            // Perhaps it is set nevertheless, or will be: a program may outlive the connection.
            let isHeard = failure.kind != .unknown
            return try await self.settle(
                rotation, keysFile: plan.keysFile, gate, expecting: isHeard ? .old : .new, isHeard: isHeard,
                after: failure.cause)
        }
    }

    func enterRotation(of place: AccountPlace) throws(AdminError) -> RotationGate {
        guard let gate = self.rotations.enter(place) else {
            throw AdminError(
                .conflict, "the secret of \(place) is being changed just now", hint: "try again in a minute")
        }
        return gate
    }

    /// What an earlier rotation has left open comes first.
    func settleEarlier(_ place: AccountPlace, _ gate: RotationGate) async throws {
        let store = self.store
        guard
            let earlier = try await self.questions.run({
                try store.rotation(target: place.target, account: place.account)
            })
        else { return self.rotations.isSettled(place) }
        let schedule = try await self.questions.run {
            try store.rotationSchedule(target: place.target, account: place.account)
        }
        switch earlier.phase {
        case .candidate:
            gate.close()
            do {
                _ = try await self.settle(
                    earlier, keysFile: schedule?.keysFile, gate, expecting: .new, isHeard: false,
                    after: earlier.failure)
            } catch let error as AdminError where error.code == .failed && !self.rotations.isInDoubt(place) {
                // The old secret is the right one: that is as good a beginning.
            }
            gate.open()
        case .cleanup, .rollback:
            if let leftover = await self.cleanUp(earlier, keysFile: schedule?.keysFile, on: nil) {
                self.log.warning("\(place): \(leftover)")
            }
        }
    }

    private func rotationPlan(
        _ place: AccountPlace, _ trigger: RotationTrigger, via: String?
    ) async throws -> RotationPlan {
        let store = self.store
        return try await self.questions.run {
            guard let credential = try store.credential(target: place.target, account: place.account) else {
                throw AdminError(.notFound, "there is no credential for \(place)")
            }
            if let refusal = credential.kind.refusal(at: place) { throw refusal }
            let checkout = try store.checkout(target: place.target, account: place.account)
            if let checkout, !checkout.isReturned {
                throw AdminError(
                    .conflict, "\(checkout.user) has checked \(place) out",
                    hint: "it gets a new password when it is returned: sallyport credential checkin \(place)")
            }
            // Somebody else has replaced it already.
            if trigger == .checkin, checkout == nil { throw AdminError(.conflict, "nobody has \(place)") }
            let schedule = try store.rotationSchedule(target: place.target, account: place.account)
            let executor = via ?? schedule?.via ?? place.account
            if credential.kind == .privateKey, via != nil, executor != place.account {
                throw AdminError(
                    .invalidInput, "\(place) logs in with a key, which only the account itself changes",
                    hint: "leave --via out")
            }
            return RotationPlan(
                place: place, credential: credential,
                executor: credential.kind == .privateKey
                    ? place : AccountPlace(target: place.target, account: executor),
                keysFile: schedule?.keysFile)
        }
    }

    /// Makes the new secret and keeps it.
    private func begin(
        _ plan: RotationPlan, _ trigger: RotationTrigger, by actor: String
    ) async throws -> StoredRotation {
        let (store, vault, place) = (self.store, self.vault, plan.place)
        let recipe = PasswordRecipe(
            length: self.configuration.rotation.passwordLength, alphabet: self.configuration.rotation.passwordAlphabet)
        return try await self.questions.run {
            let sealed: [UInt8]
            var key: StoredKey?
            switch plan.credential.kind {
            case .password:
                sealed = try vault.seal(recipe.make(), for: .password(target: place.target, account: place.account))
            default:
                let made = try vault.makePrivateKey(
                    comment: plan.credential.publicKey?.comment ?? "",
                    for: .privateKey(target: place.target, account: place.account))
                sealed = made.blob
                key = StoredKey(made.publicKey)
            }
            return try store.beginRotation(
                target: place.target, account: place.account, kind: plan.credential.kind, sealed: sealed,
                publicKey: key, trigger: trigger.rawValue,
                via: plan.executor == place ? nil : plan.executor.account, by: actor)
        }
    }

    /// How long logins that have the old secret in hand may take to end, in steps of the pause below.
    private static let loginSteps = 600
    private static let loginPause = Duration.milliseconds(50)

    /// No login begins from now on, and those that are under way have ended.
    private func close(_ gate: RotationGate, of place: AccountPlace) async throws {
        gate.close()
        for _ in 0..<Self.loginSteps {
            guard self.connections.values.contains(where: { $0.loginPlace == place }) else { return }
            try? await Task.sleep(for: Self.loginPause)
        }
        throw AdminError(
            .conflict, "somebody has been logging in as \(place) for half a minute", hint: "try again later")
    }

    /// Waits while the account's secret is in the air, and has it settled where that was not possible before: whoever
    /// logs in next gets one that works. Notes that a login is under way.
    func awaitRotation(of place: AccountPlace, for number: UInt64) async {
        var (hasWaited, hasTried) = (false, false)
        while true {
            if let gate = self.rotations.gate(of: place) {
                guard gate.isClosed else { break }
                await gate.pass(on: self)
            } else if !hasTried, self.rotations.isInDoubt(place),
                let pause = self.rotations.pauseBeforeAttempt(place), pause == 0 || !hasWaited
            {
                if pause == 0 {
                    hasTried = true
                    await self.settleAgain(place)
                } else {
                    hasWaited = true
                    try? await Task.sleep(for: .nanoseconds(pause))
                }
            } else {
                break
            }
        }
        self.connections[number]?.loginPlace = place
    }

    func settleAgain(_ place: AccountPlace) async {
        guard let gate = self.rotations.enter(place) else { return }
        defer { self.rotations.leave(place) }
        do {
            try await self.settleEarlier(place, gate)
        } catch {
            self.log.error("the rotation of \(place) is still not settled: \(error)")
        }
    }
}
