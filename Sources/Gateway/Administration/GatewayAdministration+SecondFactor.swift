import AdminAPI
import Identity
import Platform
import SessionStore
import Vault

extension GatewayAdministration {
    /// How authenticator apps name the gateway.
    private static let issuer = "Sallyport"

    func beginSecondFactor(ofUser name: String, by actor: AdminActor) async throws -> SecondFactorEnrolment {
        let (store, vault) = (self.store, self.vault)
        return try await self.perform {
            let secret = SecretBytes.random(count: OneTimeCode.secretBytes)
            let sealed = try vault.seal(secret, for: .oneTimeCodes(user: name))
            try store.beginSecondFactor(sealed, ofUser: name, by: actor.name)
            let uri = OneTimeCode.uri(secret: secret, user: name, issuer: Self.issuer)
            return SecondFactorEnrolment(uri: SecretField(Array(uri.utf8)))
        }
    }

    func confirmSecondFactor(
        _ request: ConfirmSecondFactorRequest, ofUser name: String, by actor: AdminActor
    ) async throws -> RecoveryCodes {
        let (store, vault) = (self.store, self.vault)
        return try await self.perform {
            guard let factor = try store.user(name)?.secondFactor, !factor.isConfirmed else {
                throw AdminError(
                    .conflict, "there is no enrolment of user \(name) to confirm",
                    hint: "begin one: sallyport user totp enrol \(name)")
            }
            let secret = try vault.openOneTimeCodes(factor.sealed, user: name)
            let seconds = Clock.wallNanoseconds() / 1_000_000_000
            guard let step = OneTimeCode.acceptedStep(request.code.bytes, secret: secret, at: seconds, after: 0) else {
                throw AdminError(
                    .invalidInput, "the code is wrong",
                    hint: "try the next one; if they all are, compare the clocks of the gateway and the phone")
            }
            let (codes, hashes) = Self.newRecoveryCodes(for: name)
            try store.confirmSecondFactor(ofUser: name, step: step, recoveryHashes: hashes, by: actor.name)
            return codes
        }
    }

    func removeSecondFactor(ofUser name: String, by actor: AdminActor) async throws {
        let store = self.store
        try await self.perform { try store.removeSecondFactor(ofUser: name, by: actor.name) }
    }

    func makeRecoveryCodes(ofUser name: String, by actor: AdminActor) async throws -> RecoveryCodes {
        let store = self.store
        return try await self.perform {
            let (codes, hashes) = Self.newRecoveryCodes(for: name)
            try store.setRecoveryCodes(hashes, ofUser: name, by: actor.name)
            return codes
        }
    }

    private static func newRecoveryCodes(for user: String) -> (codes: RecoveryCodes, hashes: [[UInt8]]) {
        let codes = (0..<RecoveryCode.count).map { _ in Array(RecoveryCode.random().utf8) }
        return (
            RecoveryCodes(codes: codes.map(SecretField.init)), codes.compactMap { RecoveryCode.hash($0, user: user) }
        )
    }
}
