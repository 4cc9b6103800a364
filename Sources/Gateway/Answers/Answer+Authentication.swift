import AccessPolicy
import AuditLog
import Platform
import WorkerProtocol

extension Broker {
    /// Keys that don't fit, offered or proved, on one connection: people's agents offer every key they hold, and some
    /// clients sign with each at once. Nobody guesses a key, so they don't count as attempts.
    private static let maximumKeys = 32

    /// Judges a step of a login, off the broker's thread.
    func answer(_ attempt: AuthenticationAttempt, from connection: Connection) {
        let (number, peer, voucher) = (connection.number, connection.peer, connection.voucher)
        let (judge, progress, reviews) = (self.judge, connection.progress, self.reviews)
        let sessionID = connection.sessionID
        Task {
            let judgement = try? await self.questions.run {
                try judge.judge(attempt, after: progress, from: peer, vouched: voucher, sessionID: sessionID)
            }
            guard let connection = self.connections[number] else { return }
            self.apply(judgement, to: attempt, of: connection)
            // What it rests on may have been taken away meanwhile.
            if reviews != self.reviews, connection.login != nil {
                _ = try? await self.review(by: "gateway", reason: nil)
            }
        }
    }

    private func apply(
        _ judgement: LoginJudge.Judgement?, to attempt: AuthenticationAttempt, of connection: Connection
    ) {
        guard let judgement else {
            // The database can't be read: nobody gets in, and nobody learns why.
            self.log.error("a login could not be judged: the database or the vault can't be read")
            connection.permissions.judged(accepted: false, proved: false)
            return self.send(.authentication(.disconnect), to: connection)
        }
        connection.progress = judgement.progress
        switch judgement.verdict {
        case .acceptable:
            connection.permissions.judged(accepted: true, proved: false)
            self.send(.authentication(.accepted), to: connection)
        case .accepted:
            connection.permissions.judged(accepted: true, proved: true)
            self.accept(judgement, of: connection)
            self.send(.authentication(.accepted), to: connection)
        case .partial(let methods):
            connection.permissions.judged(accepted: false, proved: false)
            connection.attempted = (String(decoding: attempt.login, as: UTF8.self), judgement.cause)
            connection.hasAuditedFailure = false
            self.send(.authentication(.denied(canContinue: methods, partially: true)), to: connection)
        case .ask(let prompts):
            connection.permissions.asked()
            self.send(.authentication(.ask(prompts)), to: connection)
        case .refused(let methods):
            connection.permissions.judged(accepted: false, proved: false)
            self.refuse(attempt, judgement, methods, on: connection)
        }
    }

    private func refuse(
        _ attempt: AuthenticationAttempt, _ judgement: LoginJudge.Judgement, _ methods: LoginMethods,
        on connection: Connection
    ) {
        if connection.attempted == nil {
            connection.attempted = (String(decoding: attempt.login, as: UTF8.self), "no acceptable credential")
        }
        switch attempt.method {
        case .none, .keyboardInteractive: break
        case .publicKeyOffer: connection.refusedKeys += 1
        case .publicKeyProof:
            connection.refusedKeys += 1
            self.auditFailure(of: attempt, judgement, on: connection)
        case .password, .answers:
            connection.failedAttempts += 1
            self.auditFailure(of: attempt, judgement, on: connection)
        }
        let isLast =
            connection.failedAttempts >= self.configuration.maximumAuthenticationAttempts
            || connection.refusedKeys >= Self.maximumKeys
        self.send(
            .authentication(isLast ? .disconnect : .denied(canContinue: methods, partially: false)), to: connection)
    }

    private func auditFailure(
        of attempt: AuthenticationAttempt, _ judgement: LoginJudge.Judgement, on connection: Connection
    ) {
        connection.hasAuditedFailure = true
        self.audit(
            .loginFailed(
                user: String(decoding: attempt.login, as: UTF8.self), method: judgement.method,
                from: connection.peer.description, cause: judgement.cause),
            actor: "-")
    }

    private func accept(_ judgement: LoginJudge.Judgement, of connection: Connection) {
        let (reading, progress) = (judgement.reading, judgement.progress)
        connection.login = Login(
            user: reading.user, account: reading.account, target: reading.target, proofs: progress.proofs)
        if let expiry = progress.expiresNanoseconds { self.reviewAtExpiry(expiry, of: connection.number) }
        self.limits.authenticated(from: connection.peer.host)
        self.audit(
            .loginSucceeded(
                user: reading.user, methods: progress.methods, from: connection.peer.description, key: progress.key),
            actor: reading.user)
    }
}
