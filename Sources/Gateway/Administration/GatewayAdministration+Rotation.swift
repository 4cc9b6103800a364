import AdminAPI
import Platform
import SessionStore

extension GatewayAdministration {
    func rotateCredential(
        _ request: RotateCredentialRequest, target: String, account: String, by actor: AdminActor
    ) async throws -> RotationResult {
        let outcome: RotationOutcome
        do {
            outcome = try await self.live.rotate(target: target, account: account, via: request.via, by: actor.name)
        } catch {
            throw AdminError(error)
        }
        let credential = try await self.showCredential(target: target, account: account, by: actor)
        return RotationResult(
            target: target, account: account, kind: credential.kind, version: outcome.version, method: outcome.method,
            fingerprint: credential.publicKey?.fingerprint, leftover: outcome.leftover)
    }

    func scheduleRotation(
        _ schedule: RotationSchedule, target: String, account: String, by actor: AdminActor
    ) async throws -> CredentialInfo {
        let store = self.store
        return try await self.perform {
            guard let credential = try store.credential(target: target, account: account) else {
                throw AdminError(.notFound, "there is no credential for \(target)/\(account)")
            }
            let isOn = schedule.everySeconds != nil || schedule.afterSessions
            if isOn, let refusal = credential.kind.refusal(at: AccountPlace(target: target, account: account)) {
                throw refusal
            }
            if let every = schedule.everySeconds, every < RotationSchedule.minimumSeconds || every > 3_650 * 86_400 {
                throw AdminError(
                    .invalidInput, "a secret is rotated each minute at most, and within ten years",
                    hint: "give a length such as 30d")
            }
            if let file = schedule.keysFile {
                guard file.hasPrefix("/"), file.utf8.count <= 1024, file.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
                else {
                    throw AdminError(
                        .invalidInput, "the file of keys is no absolute path",
                        hint: "give one such as /etc/ssh/authorized_keys/\(account)")
                }
            }
            try store.setRotationSchedule(
                StoredRotationSchedule(
                    target: target, account: account, everySeconds: schedule.everySeconds,
                    isAfterSessions: schedule.afterSessions, via: schedule.via == account ? nil : schedule.via,
                    keysFile: schedule.keysFile), by: actor.name)
            return try Self.credential(target: target, account: account, in: store)
        }
    }

    func restoreCredential(
        _ request: RestoreCredentialRequest, target: String, account: String, by actor: AdminActor
    ) async throws -> CredentialInfo {
        do {
            try await self.live.restore(
                target: target, account: account, version: request.version, unproved: request.unproved, by: actor.name)
        } catch {
            throw AdminError(error)
        }
        return try await self.showCredential(target: target, account: account, by: actor)
    }

    func listCheckouts(by actor: AdminActor) async throws -> [CheckoutInfo] {
        let store = self.store
        return try await self.perform { try store.checkouts().map(CheckoutInfo.init) }
    }

    func checkIn(target: String, account: String, by actor: AdminActor) async throws -> CheckinResult {
        do {
            return CheckinResult(
                rotated: try await self.live.checkIn(target: target, account: account, by: actor.name))
        } catch {
            throw AdminError(error)
        }
    }

    func discoverAccounts(
        _ request: DiscoverAccountsRequest, onTarget target: String, by actor: AdminActor
    ) async throws -> AccountDiscovery {
        do {
            return try await self.live.discover(target: target, account: request.account, by: actor.name)
        } catch {
            throw AdminError(error)
        }
    }

    /// A credential that is set by hand in the middle of a rotation would be replaced by its end.
    func refuseWhileRotating(target: String, account: String) async throws {
        guard await self.live.isRotating(target: target, account: account) else { return }
        throw AdminError(
            .conflict, "the secret of \(target)/\(account) is being changed just now", hint: "try again in a minute")
    }
}

extension CheckoutInfo {
    init(_ checkout: StoredCheckout) {
        self.init(
            target: checkout.target, account: checkout.account, user: checkout.user, from: checkout.from,
            reason: checkout.reason, began: Timestamp(nanosecondsSince1970: checkout.beganNanoseconds),
            until: Timestamp(nanosecondsSince1970: checkout.untilNanoseconds), returned: checkout.isReturned)
    }
}

extension RotationSchedule {
    init(_ schedule: StoredRotationSchedule) {
        self.init(
            everySeconds: schedule.everySeconds, afterSessions: schedule.isAfterSessions, via: schedule.via,
            keysFile: schedule.keysFile)
    }
}

extension UnsettledRotation {
    init(_ rotation: StoredRotation) {
        self.init(
            phase: rotation.phase.rawValue, started: Timestamp(nanosecondsSince1970: rotation.startedNanoseconds),
            cause: rotation.failure)
    }
}
