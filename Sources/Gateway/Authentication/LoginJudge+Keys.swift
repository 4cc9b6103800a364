import AccessPolicy
import AuditLog
import Identity
import Platform
import SessionStore
import Vault
import WorkerProtocol

/// Public keys. The broker verifies every signature itself: what a worker says of one counts for nothing.
extension LoginJudge {
    /// A key that may let the user in, and on what terms.
    private struct Candidate {
        let key: OpenSSHPublicKey
        let stored: StoredUserKey
        /// The algorithm that its signature has to be of.
        let signatureAlgorithm: String
    }

    private enum Finding {
        case found(Candidate)
        case refused(cause: String)
    }

    func judge(offer claim: PublicKeyClaim, _ facts: Case, _ progress: LoginProgress) throws -> Judgement {
        if self.isNewcomersKey(claim, facts) { return self.offered(facts, progress, isAcceptable: true) }
        switch self.candidate(for: claim, facts, progress) {
        case .found: return self.offered(facts, progress, isAcceptable: true)
        case .refused(let cause): return self.offered(facts, progress, isAcceptable: false, cause: cause)
        }
    }

    func judge(
        proof claim: PublicKeyClaim, _ signature: [UInt8], for sessionID: [UInt8]?, _ facts: Case,
        _ progress: LoginProgress
    ) throws -> Judgement {
        func refused(_ cause: String) -> Judgement { self.refused(facts, progress, .publicKey, cause: cause) }
        guard let user = facts.user else { return refused(facts.absence) }
        let candidate: Candidate
        switch self.candidate(for: claim, facts, progress) {
        case .refused(let cause): return refused(cause)
        case .found(let found): candidate = found
        }
        guard let sessionID else { return refused("bad signature") }
        let statement = AuthenticationStatement(
            sessionID: sessionID, login: progress.login, algorithm: claim.algorithm, blob: claim.blob)
        switch PublicKeySignature.verify(
            signature, of: statement.bytes, by: candidate.key, algorithm: candidate.signatureAlgorithm)
        {
        case .invalid: return refused("bad signature")
        case .valid(let statement?):
            if let cause = try self.objection(to: statement, candidate.stored, user) { return refused(cause) }
        case .valid(nil): break
        }
        var progress = progress
        progress.prove(
            .publicKey, .publicKey, by: .publicKey(candidate.stored.key.blob),
            expires: candidate.stored.expiresNanoseconds, key: candidate.stored.key.fingerprint)
        return self.concluded(facts, progress, .publicKey)
    }

    private func candidate(for claim: PublicKeyClaim, _ facts: Case, _ progress: LoginProgress) -> Finding {
        guard let user = facts.user else { return .refused(cause: facts.absence) }
        guard facts.open(after: progress.proved).contains(.publicKey) else {
            return .refused(cause: "a key is not enough for this user")
        }
        guard let stored = user.keys.first(where: { $0.key.blob == claim.blob }),
            let key = try? OpenSSHPublicKey(blob: claim.blob)
        else { return .refused(cause: "key not known") }
        guard !stored.isExpired(at: Clock.wallNanoseconds()) else { return .refused(cause: "key expired") }
        if stored.source != .local, case .silent(let cause) = facts.word {
            return .refused(cause: "the directory can't be asked whether it still has the key: \(cause)")
        }
        let algorithm = String(decoding: claim.algorithm, as: UTF8.self)
        guard PublicKeySignature.algorithms(ofKeyType: key.type).contains(algorithm) else {
            return .refused(cause: "the signature would be of a kind that is not accepted")
        }
        return .found(Candidate(key: key, stored: stored, signatureAlgorithm: algorithm))
    }

    /// What is wrong with a security key's word; nil for nothing.
    private func objection(
        to statement: PublicKeySignature.SecurityKeyStatement, _ key: StoredUserKey, _ user: StoredUser
    ) throws -> String? {
        if key.requiresTouch, !statement.userWasPresent { return "the security key was not touched" }
        if key.requiresVerification, !statement.userWasVerified {
            return "the security key did not verify its user (PIN)"
        }
        guard try self.store.useCounter(statement.counter, ofKey: key.key.blob, user: user.name) else {
            return "the security key's counter went back: it may have been copied"
        }
        return nil
    }
}
