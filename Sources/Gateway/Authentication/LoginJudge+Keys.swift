import AccessPolicy
import AuditLog
import Identity
import Platform
import SessionStore
import Vault
import WorkerProtocol

/// Public keys and certificates. The broker verifies every signature itself: what a worker says of one counts for nothing.
extension LoginJudge {
    /// A key that may let the user in, and on what terms.
    struct Candidate {
        let key: OpenSSHPublicKey
        /// The algorithm that its signature has to be of.
        let signatureAlgorithm: String
        let method: LoginMethod
        let proof: LoginProof
        /// For the audit log.
        let fingerprint: String
        var expiresNanoseconds: Int64?
        var restrictions: LoginRestrictions = []
        var requiresTouch = true
        var requiresVerification = false
        /// Its counter is kept.
        var isStored = false
    }

    /// The cause of the most usual refusal.
    static let unknownKey = "key not known"

    enum Finding {
        case found(Candidate)
        case refused(cause: String)
    }

    func judge(offer claim: PublicKeyClaim, _ facts: Case, _ progress: LoginProgress) throws -> Judgement {
        if self.isNewcomersKey(claim, facts) { return self.offered(facts, progress, isAcceptable: true) }
        switch try self.candidate(for: claim, facts, progress) {
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
        switch try self.candidate(for: claim, facts, progress) {
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
            if let cause = try self.objection(to: statement, candidate, user) { return refused(cause) }
        case .valid(nil): break
        }
        var progress = progress
        progress.prove(
            .publicKey, candidate.method, by: candidate.proof, expires: candidate.expiresNanoseconds,
            key: candidate.fingerprint, restrictions: candidate.restrictions)
        return self.concluded(facts, progress, candidate.method)
    }

    private func candidate(for claim: PublicKeyClaim, _ facts: Case, _ progress: LoginProgress) throws -> Finding {
        // What takes its time comes first, so that it takes it for users who don't exist, too.
        let content = self.revocations.content()
        let algorithm = String(decoding: claim.algorithm, as: UTF8.self)
        let certificate =
            LoginCertificate.isCertificate(algorithm) ? try self.find(certificate: claim.blob) : nil
        guard let user = facts.user else { return .refused(cause: facts.absence) }
        guard facts.open(after: progress.proved).contains(.publicKey) else {
            return .refused(cause: "a key is not enough for this user")
        }
        let revoked: RevocationList?
        switch content?.list {
        case .failure(let problem): return .refused(cause: problem.reason)
        case .success(let list): revoked = list
        case nil: revoked = nil
        }
        if let certificate { return self.candidate(certificate, algorithm, user, revoked, facts) }
        guard let stored = user.keys.first(where: { $0.key.blob == claim.blob }),
            let key = try? OpenSSHPublicKey(blob: claim.blob)
        else { return .refused(cause: Self.unknownKey) }
        guard !stored.isExpired(at: Clock.wallNanoseconds()) else { return .refused(cause: "key expired") }
        guard revoked?.revokes(keyOf: key.blob) != true else { return .refused(cause: "key revoked") }
        if stored.source != .local {
            switch facts.word {
            case .person: break
            case .silent(let cause):
                return .refused(cause: "the directory can't be asked whether it still has the key: \(cause)")
            case .nobody, .signedIn, .notSignedIn, nil:
                return .refused(cause: "the key is a directory's, which was not asked about it")
            }
        }
        guard PublicKeySignature.algorithms(ofKeyType: key.type).contains(algorithm) else {
            return .refused(cause: "the signature would be of a kind that is not accepted")
        }
        return .found(
            Candidate(
                key: key, signatureAlgorithm: algorithm, method: .publicKey, proof: .publicKey(key.blob),
                fingerprint: stored.key.fingerprint, expiresNanoseconds: stored.expiresNanoseconds,
                requiresTouch: stored.requiresTouch, requiresVerification: stored.requiresVerification,
                isStored: true))
    }

    /// What is wrong with a security key's word; nil for nothing.
    private func objection(
        to statement: PublicKeySignature.SecurityKeyStatement, _ candidate: Candidate, _ user: StoredUser
    ) throws -> String? {
        if candidate.requiresTouch, !statement.userWasPresent { return "the security key was not touched" }
        if candidate.requiresVerification, !statement.userWasVerified {
            return "the security key did not verify its user (PIN)"
        }
        guard candidate.isStored else { return nil }
        guard try self.store.useCounter(statement.counter, ofKey: candidate.key.blob, user: user.name) else {
            return "the security key's counter went back: it may have been copied"
        }
        return nil
    }
}
