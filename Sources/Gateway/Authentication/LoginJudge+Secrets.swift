import AccessPolicy
import AuditLog
import Identity
import Platform
import SessionStore
import Vault

/// What users know: passwords, and codes of their authenticator apps.
extension LoginJudge {
    /// Given by the password method, or as an answer.
    func judge(password: [UInt8], _ facts: Case, _ progress: LoginProgress) -> Judgement {
        var copy = password
        // Of whoever has no password, in the same time.
        let isRight = self.passwords.verify(SecretBytes(wiping: &copy), against: facts.user?.passwordHash)
        guard let user = facts.user else { return self.refused(facts, progress, .password, cause: facts.absence) }
        let isLocal = user.source == .local
        let none = user.service != nil ? "a service account signs in by key or certificate alone" : "no password set"
        let objection =
            isLocal
            ? (isRight ? nil : user.passwordHash == nil ? none : "wrong password") : facts.objectionToPassword(of: user)
        if let objection { return self.refused(facts, progress, .password, cause: objection) }
        guard facts.open(after: progress.proved).contains(.password) else {
            return self.refused(facts, progress, .password, cause: "a password is not enough for this user")
        }
        var progress = progress
        progress.prove(.password, .password, by: isLocal ? .password : .directoryPassword)
        return self.concluded(facts, progress, .password)
    }

    /// Whoever is asked for a code has proved another factor.
    func judge(code: [UInt8], _ facts: Case, _ progress: LoginProgress) throws -> Judgement {
        guard let user = facts.user, facts.open(after: progress.proved).contains(.totp) else {
            return self.refused(facts, progress, .totp, cause: facts.absence)
        }
        guard let factor = user.secondFactor, factor.isConfirmed else {
            return self.refused(facts, progress, .totp, cause: "no one-time codes are set up")
        }
        let typed = code.filter { $0 != UInt8(ascii: " ") }
        let method: LoginMethod
        if let hash = RecoveryCode.hash(typed, user: user.name) {
            guard try self.store.useRecoveryCode(hash, ofUser: user.name) != nil else {
                return self.refused(facts, progress, .recoveryCode, cause: "wrong or used recovery code")
            }
            method = .recoveryCode
        } else {
            let secret = try self.vault.openOneTimeCodes(factor.sealed, user: user.name)
            let seconds = Clock.wallNanoseconds() / 1_000_000_000
            guard
                let step = OneTimeCode.acceptedStep(typed, secret: secret, at: seconds, after: factor.lastStep)
            else {
                let isOld = OneTimeCode.acceptedStep(typed, secret: secret, at: seconds, after: 0) != nil
                return self.refused(
                    facts, progress, .totp, cause: isOld ? "one-time code used already" : "wrong one-time code")
            }
            // Somebody else may have used it since it was looked up.
            guard try self.store.useStep(step, ofUser: user.name) else {
                return self.refused(facts, progress, .totp, cause: "one-time code used already")
            }
            method = .totp
        }
        self.secondFactors.note(user: user.name, from: facts.peer.host)
        var progress = progress
        progress.prove(.totp, method, by: nil)
        return self.concluded(facts, progress, method)
    }
}
