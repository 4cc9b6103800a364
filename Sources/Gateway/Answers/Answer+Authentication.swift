import AccessPolicy
import AuditLog
import Foundation
import Platform
import SessionStore
import Vault
import WorkerProtocol

extension Broker {
    /// Keys that don't fit, offered or proved, on one connection: people's agents offer every key they hold, and some
    /// clients sign with each at once. Nobody guesses a key, so they don't count as attempts.
    private static let maximumKeys = 32

    /// What the broker found out about one credential.
    private struct Judgement: Sendable {
        /// Where the login name leads, read as well as it could be.
        var reading: LoginName.Reading
        var isAccepted: Bool
        /// What the login would rest on; nil for nothing.
        var proof: LoginProof?
        /// When `proof` will be worth nothing, in UTC; nil for never.
        var expiresNanoseconds: Int64?
        var method: LoginMethod
        /// Fingerprint of the key, nil for passwords.
        var key: String?
        /// Why not, for the audit log; never for the client.
        var cause: String

        init(
            reading: LoginName.Reading, isAccepted: Bool, proof: LoginProof?, expiresNanoseconds: Int64? = nil,
            method: LoginMethod, key: String?, cause: String
        ) {
            self.reading = reading
            self.isAccepted = isAccepted
            self.proof = proof
            self.expiresNanoseconds = expiresNanoseconds
            self.method = method
            self.key = key
            self.cause = cause
        }

        /// Of an inner connection. `login` is nil for a name that can't be read.
        init(vouched login: Login?, _ voucher: Voucher) {
            self.init(
                reading: LoginName.Reading(
                    user: voucher.user, account: login?.account, target: voucher.target),
                isAccepted: login != nil, proof: voucher.proof, method: .jump, key: nil, cause: "bad account name")
        }
    }

    /// Judges a credential, off the broker's thread. Unknown users cost as much as known ones.
    func answer(_ attempt: AuthenticationAttempt, from connection: Connection) {
        let number = connection.number
        let (store, passwords, voucher) = (self.store, self.passwords, connection.voucher)
        let reviews = self.reviews
        Task {
            let judgement = try? await self.questions.run {
                if let voucher {
                    return Judgement(
                        vouched: Self.judge(attempt, vouched: voucher, rules: try store.accessRules()), voucher)
                }
                return try Self.judge(attempt, store: store, passwords: passwords)
            }
            guard let connection = self.connections[number] else { return }
            self.apply(judgement, to: attempt, of: connection)
            // What it rests on may have been taken away meanwhile.
            if reviews != self.reviews, connection.login != nil {
                _ = try? await self.review(by: "gateway", reason: nil)
            }
        }
    }

    private static func judge(
        _ attempt: AuthenticationAttempt, store: SessionStore, passwords: PasswordHasher
    ) throws -> Judgement {
        let reading: LoginName.Reading
        var cause = "unknown user"
        do {
            reading = try LoginName(parsing: attempt.login).resolved(in: try store.accessRules())
        } catch let failure as LoginName.Failure {
            reading = LoginName.Reading(user: String(decoding: attempt.login, as: UTF8.self), account: nil, target: nil)
            cause = "bad login name: \(failure)"
        }
        let user = try store.user(reading.user).flatMap { $0.isEnabled ? $0 : nil }
        var key: String?
        var proof: LoginProof?
        var expiresNanoseconds: Int64?
        var method = LoginMethod.publicKey
        var isAccepted = false
        switch attempt.method {
        case .none: method = .none
        case .password(let password):
            method = .password
            proof = .password
            var copy = password
            isAccepted = passwords.verify(SecretBytes(wiping: &copy), against: user?.passwordHash)
            if user != nil { cause = user?.passwordHash == nil ? "no password set" : "wrong password" }
        case .publicKeyOffer(let text), .publicKeyProof(let text):
            let blob = Data(base64Encoded: Data(text)).map { Array($0) } ?? []
            key = OpenSSHPublicKey.fingerprint(ofBlob: blob)
            let known = user?.keys.first { $0.key.blob == blob }
            isAccepted = known.map { !$0.isExpired(at: Clock.wallNanoseconds()) } ?? false
            proof = .publicKey(blob)
            expiresNanoseconds = known?.expiresNanoseconds
            if user != nil { cause = known == nil ? "key not known" : "key expired" }
        }
        return Judgement(
            reading: reading, isAccepted: isAccepted, proof: proof, expiresNanoseconds: expiresNanoseconds,
            method: method, key: key, cause: cause)
    }

    private func apply(_ judgement: Judgement?, to attempt: AuthenticationAttempt, of connection: Connection) {
        guard let judgement else {
            // The database can't be read: nobody gets in, and nobody learns why.
            self.log.error("a login could not be judged: the database can't be read")
            connection.permissions.judged(accepted: false, proved: false)
            return self.send(.authentication(.disconnect), to: connection)
        }
        let isOffer = if case .publicKeyOffer = attempt.method { true } else { false }
        connection.permissions.judged(accepted: judgement.isAccepted, proved: !isOffer)
        if judgement.isAccepted {
            if !isOffer { self.accept(judgement, of: connection) }
            return self.send(.authentication(.accepted), to: connection)
        }
        connection.attemptedLogin = String(decoding: attempt.login, as: UTF8.self)
        switch attempt.method {
        case .none: break
        case .publicKeyOffer: connection.refusedKeys += 1
        case .publicKeyProof:
            connection.refusedKeys += 1
            self.auditFailure(of: attempt, judgement, on: connection)
        case .password:
            connection.failedAttempts += 1
            self.auditFailure(of: attempt, judgement, on: connection)
        }
        let isLast =
            connection.failedAttempts >= self.configuration.maximumAuthenticationAttempts
            || connection.refusedKeys >= Self.maximumKeys
        self.send(.authentication(isLast ? .disconnect : .denied), to: connection)
    }

    private func auditFailure(of attempt: AuthenticationAttempt, _ judgement: Judgement, on connection: Connection) {
        connection.hasAuditedFailure = true
        self.audit(
            .loginFailed(
                user: String(decoding: attempt.login, as: UTF8.self), method: judgement.method,
                from: connection.peer.description, cause: judgement.cause),
            actor: "-")
    }

    private func accept(_ judgement: Judgement, of connection: Connection) {
        guard let proof = judgement.proof else { preconditionFailure("nothing was accepted without a proof") }
        let reading = judgement.reading
        connection.login = Login(user: reading.user, account: reading.account, target: reading.target, proof: proof)
        if let expiry = judgement.expiresNanoseconds { self.reviewAtExpiry(expiry, of: connection.number) }
        self.limits.authenticated(from: connection.peer.host)
        self.audit(
            .loginSucceeded(
                user: reading.user, method: judgement.method, from: connection.peer.description,
                key: judgement.key),
            actor: reading.user)
    }
}
