import AdminAPI
import SessionStore
import Vault

extension Broker {
    /// Makes a former secret the account's again. Unless `unproved`, a login with it comes first.
    /// - throws: `AdminError`; the vault is then unchanged.
    func restore(target: String, account: String, version: Int, unproved: Bool, by actor: String) async throws {
        let place = AccountPlace(target: target, account: account)
        let gate = try self.enterRotation(of: place)
        defer { self.rotations.leave(place) }
        let (store, vault) = (self.store, self.vault)
        if !unproved { try await self.settleEarlier(place, gate) }
        let former = try await self.questions.run {
            guard try store.credential(target: target, account: account) != nil else {
                throw AdminError(.notFound, "there is no credential for \(place)")
            }
            guard
                let former = try store.credentialVersions(target: target, account: account)
                    .first(where: { $0.number == version })
            else {
                throw AdminError(
                    .notFound, "version \(version) of \(place) is not kept",
                    hint: "see sallyport credential history \(place)")
            }
            return former
        }
        if !unproved {
            do throws(RobotFailure) {
                let secret: TargetSecret
                do {
                    secret = try await self.questions.run {
                        try vault.targetSecret(former.sealed, kind: former.kind, of: place)
                    }
                } catch {
                    throw RobotFailure(.unknown, "\(error)")
                }
                await self.close(try await self.openRobot(place, with: secret, for: .restore))
            } catch {
                throw AdminError(
                    .failed, "version \(version) could not be proved, and the vault is unchanged: \(error.cause)",
                    hint: "with --unproved it is put back without a login")
            }
        }
        try await self.questions.run {
            try store.restoreCredential(
                target: target, account: account, version: version, isProved: !unproved, by: actor)
        }
        self.rotations.isSettled(place)
        self.pruneVersions()
    }
}
