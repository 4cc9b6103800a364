import AdminAPI
import Platform
import SessionStore
import Vault

/// The second phase of a rotation: a login finds out which secret the target takes.
extension Broker {
    /// Of the two secrets of an account.
    enum Which {
        case old, new
    }

    private enum Proof {
        case works(RobotSession)
        case refused(String)
        case unknown(String)
    }

    /// Times that a target which can't be asked is asked again, and what is waited in between.
    private static let attempts = 3
    private static let attemptPause = Duration.seconds(1)

    /// Finds out by logins which secret the target takes, and makes that one the account's. When neither can be proved
    /// both are kept, and it is told.
    /// - parameters:
    ///   - expecting: which one is tried first. A refusal of one is tried once only: targets count them.
    ///   - isHeard: the change of the target is known to have come to its end, well or not.
    ///   - cause: what has gone wrong before; nil for nothing.
    /// - throws: `AdminError`: `failed` when the old one is the right one, or when nobody knows.
    func settle(
        _ rotation: StoredRotation, keysFile: String?, _ gate: RotationGate, expecting: Which, isHeard: Bool,
        after cause: String?
    ) async throws -> RotationOutcome {
        let place = rotation.place
        var refused: [Which: String] = [:]
        var unknown = cause
        for attempt in 0..<Self.attempts where refused.count < 2 {
            if attempt > 0 { try? await Task.sleep(for: Self.attemptPause) }
            for which in expecting == .new ? [Which.new, .old] : [.old, .new] where refused[which] == nil {
                // An old key works as long as its line is there, which says nothing of the new one.
                if which == .old, expecting == .new, rotation.kind == .privateKey, refused[.new] == nil,
                    attempt + 1 < Self.attempts
                {
                    continue
                }
                let proof = await self.prove(which, of: rotation)
                switch (proof, which) {
                case (.works(let robot), .new): return try await self.commit(rotation, keysFile, gate, robot)
                case (.works(let robot), .old):
                    let leftover = await self.rollBack(rotation, keysFile, robot)
                    var reason = cause ?? refused[.new] ?? "the target does not take the new secret"
                    if let leftover { reason += "; \(leftover)" }
                    try await self.abandon(
                        rotation, because: reason, isHeard: isHeard, leavingNewKey: leftover != nil)
                    throw AdminError(
                        .failed, "the secret of \(place) was not changed: \(reason)",
                        hint: "the old one works, as a login has proved"
                            + (isHeard ? "" : "; the new one is kept, see sallyport credential history \(place)"))
                case (.refused(let cause), _): refused[which] = cause
                case (.unknown(let cause), _): unknown = cause
                }
            }
        }
        let reason =
            refused.count == 2 ? "the target takes neither the new nor the old secret" : unknown ?? "no answer"
        let store = self.store
        try await self.questions.run { try store.deferRotation(rotation, cause: reason) }
        self.rotations.isUnsettled(place, inDoubt: true)
        self.log.critical("rotation of \(place): \(reason); both secrets are kept")
        throw AdminError(
            .failed, "which secret \(place) takes now can't be told: \(reason)",
            hint: "both are kept; the gateway tries again by itself, and before the next session")
    }

    private func prove(_ which: Which, of rotation: StoredRotation) async -> Proof {
        let (store, vault, place) = (self.store, self.vault, rotation.place)
        do {
            let secret: TargetSecret
            switch which {
            case .new:
                guard let sealed = rotation.sealed else { return .unknown("there is no new secret") }
                secret = try await self.questions.run {
                    try vault.targetSecret(sealed, kind: rotation.kind, of: place)
                }
            case .old:
                guard
                    let credential = try await self.questions.run({
                        try store.credential(target: place.target, account: place.account)
                    })
                else { return .unknown("there is no credential for \(place)") }
                secret = try await self.credentials.secret(of: credential)
            }
            return .works(try await self.openRobot(place, with: secret, for: .rotation))
        } catch let failure as RobotFailure {
            return failure.kind == .refused ? .refused(failure.cause) : .unknown(failure.cause)
        } catch {
            return .unknown("\(error)")
        }
    }

    /// The new secret is the account's from now on. - parameter robot: logged in with it.
    private func commit(
        _ rotation: StoredRotation, _ keysFile: String?, _ gate: RotationGate, _ robot: RobotSession
    ) async throws -> RotationOutcome {
        let store = self.store
        let version: Int
        do {
            version = try await self.questions.run {
                try store.commitRotation(rotation, leavingOldKey: rotation.kind == .privateKey)
            }
        } catch {
            await self.close(robot)
            throw error
        }
        self.rotations.isSettled(rotation.place)
        gate.open()
        self.pruneVersions()
        var outcome = RotationOutcome(version: version, method: "")
        let cleanup = try await self.questions.run {
            try store.rotation(target: rotation.target, account: rotation.account)
        }
        if let cleanup, cleanup.phase == .cleanup {
            outcome.leftover = await self.cleanUp(cleanup, keysFile: keysFile, on: robot)
        }
        await self.close(robot)
        return outcome
    }

    /// Takes off the target the line of a key that is the account's no more, or never was: of ``StoredRotation/Phase``
    /// `cleanup` and `rollback`. - parameter robot: logged in with the account's key; nil to log in here.
    /// - returns: why it is still there; nil when it is gone.
    func cleanUp(_ rotation: StoredRotation, keysFile: String?, on robot: RobotSession?) async -> String? {
        guard let key = rotation.publicKey else { return nil }
        let store = self.store
        do {
            let session: RobotSession
            if let robot {
                session = robot
            } else {
                // The account's present one.
                switch await self.prove(.old, of: rotation) {
                case .works(let opened): session = opened
                case .refused(let cause), .unknown(let cause): throw RobotFailure(.unknown, cause)
                }
            }
            let result = try await self.run(AuthorizedKeysEdit.removing(key, from: keysFile), on: session)
            if robot == nil { await self.close(session) }
            guard result.isSuccess || result.outcome == .exited(AuthorizedKeysEdit.noFile) else {
                throw RobotFailure(.program, result.lastWords)
            }
            try await self.questions.run { try store.finishRotation(rotation) }
            self.rotations.isSettled(rotation.place)
            return nil
        } catch {
            let whose = rotation.phase == .rollback ? "new" : "old"
            let reason = "the line of the \(whose) key could not be removed: \(error)"
            _ = try? await self.questions.run { try store.deferRotation(rotation, cause: reason) }
            self.rotations.isUnsettled(rotation.place, inDoubt: false)
            return reason
        }
    }

    /// The new key may be in the target's file: it leaves it. - parameter robot: logged in with the old secret.
    /// - returns: why its line may still be there; nil when it is not.
    private func rollBack(_ rotation: StoredRotation, _ keysFile: String?, _ robot: RobotSession) async -> String? {
        var leftover: String?
        if rotation.kind == .privateKey, let key = rotation.publicKey {
            do {
                let result = try await self.run(AuthorizedKeysEdit.removing(key, from: keysFile), on: robot)
                if !result.isSuccess, result.outcome != .exited(AuthorizedKeysEdit.noFile) {
                    leftover = "the new key's line is left: \(result.lastWords)"
                }
            } catch {
                leftover = "the new key's line may be left: \(error)"
            }
        }
        await self.close(robot)
        return leftover
    }

    /// The old secret is the right one. - parameters: as of `SessionStore.abandonRotation`.
    func abandon(
        _ rotation: StoredRotation, because cause: String, isHeard: Bool, leavingNewKey: Bool = false
    ) async throws {
        let store = self.store
        try await self.questions.run {
            try store.abandonRotation(rotation, cause: cause, isHeard: isHeard, leavingNewKey: leavingNewKey)
        }
        if leavingNewKey {
            self.rotations.isUnsettled(rotation.place, inDoubt: false)
        } else {
            self.rotations.isSettled(rotation.place)
        }
        self.log.error("rotation of \(rotation.place): \(cause); the old secret works")
    }
}
