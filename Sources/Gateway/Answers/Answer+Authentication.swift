import AccessPolicy
import AuditLog
import Platform
import WorkerProtocol

extension Broker {
    /// Keys that don't fit, offered or proved, on one connection: people's agents offer every key they hold, and some
    /// clients sign with each at once. Nobody guesses a key, so they don't count as attempts.
    private static let maximumKeys = 32

    /// Nanoseconds that the refusal of a key takes at least, before anything is proved: more than the looks at the
    /// database, whose number and length could tell whether there is such a user. (sshd takes as long.) Passwords take
    /// longer, and as long for everybody.
    private static let shortestRefusal: UInt64 = 5_000_000

    /// Judges a step of a login, or has it wait for its turn when its source has guessed too much.
    func answer(_ attempt: AuthenticationAttempt, from connection: Connection) {
        guard attempt.isGuess, connection.voucher == nil else { return self.judge(attempt, from: connection) }
        let source = GuessLimiter.source(ofHost: connection.peer.host)
        switch self.guesses.admit(source, at: Clock.monotonicNanoseconds()) {
        case 0: self.judge(attempt, from: connection)
        case let wait?:
            let number = connection.number
            self.loop.after(nanoseconds: wait) { [weak self] in
                self?.assumeIsolated { broker in
                    guard let connection = broker.connections[number] else { return }
                    broker.judge(attempt, from: connection)
                }
            }
        case nil:
            // As a wrong one is answered.
            connection.permissions.judged(accepted: false, proved: false)
            connection.failedAttempts += 1
            self.noteFailure(
                of: attempt, method: .none, cause: "too many failures from this address: not looked at",
                on: connection)
            self.send(.authentication(.disconnect), to: connection)
        }
    }

    /// Off the broker's thread.
    private func judge(_ attempt: AuthenticationAttempt, from connection: Connection) {
        let (number, peer, voucher) = (connection.number, connection.peer, connection.voucher)
        let (judge, progress, reviews) = (self.judge, connection.progress, self.reviews)
        let sessionID = connection.sessionID
        let begun = Clock.monotonicNanoseconds()
        Task {
            let word = await self.directoryWord(on: attempt, after: progress, vouched: voucher, of: number)
            let decided = try? await self.questions.run {
                try judge.judge(
                    attempt, after: progress, from: peer, vouched: voucher, sessionID: sessionID, word: word)
            }
            // Whatever becomes of this login: sessions may rest on what the directory has said of its user.
            if decided?.isUserChanged ?? (word != nil) { self.isReviewDue = true }
            await self.reviewIfDue()
            let judgement = await self.withSignInBegun(decided, of: number)
            await self.evenOut(judgement, of: attempt, since: begun)
            guard let connection = self.connections[number] else { return }
            self.apply(judgement, to: attempt, of: connection)
            // What this step or an earlier one has proved may have been taken away meanwhile.
            let since = connection.reviewsAtProof ?? reviews
            if connection.login != nil, since != self.reviews {
                self.isReviewDue = true
                await self.reviewIfDue(by: "gateway")
            } else if case .partial = judgement?.verdict {
                connection.reviewsAtProof = since
            }
        }
    }

    /// With a directory, wrong guesses and keys take until the next of these, in nanoseconds: whether it was asked, and
    /// what it had to look up, doesn't show.
    private static let guessPace: UInt64 = 500_000_000
    private static let keyPace: UInt64 = 50_000_000

    private func evenOut(
        _ judgement: LoginJudge.Judgement?, of attempt: AuthenticationAttempt, since begun: UInt64
    ) async {
        guard let judgement, case .refused = judgement.verdict else { return }
        let passed = Clock.monotonicNanoseconds() - begun
        let wait: UInt64
        if attempt.isGuess, self.directory != nil {
            wait = Self.guessPace - passed % Self.guessPace
        } else if attempt.isKey, judgement.tellsNothing {
            wait =
                self.directory == nil
                ? Self.shortestRefusal - min(passed, Self.shortestRefusal) : Self.keyPace - passed % Self.keyPace
        } else {
            return
        }
        try? await Task.sleep(nanoseconds: wait)
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
        case .beginSignIn:
            // It was begun, or became a refusal, on the way here.
            connection.permissions.judged(accepted: false, proved: false)
            self.send(.authentication(.disconnect), to: connection)
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
        case .publicKeyOffer:
            connection.refusedKeys += 1
            // Agents offer keys that nobody knows; what is wrong with one that somebody meant is worth a word.
            if judgement.cause != LoginJudge.unknownKey {
                connection.attempted = (String(decoding: attempt.login, as: UTF8.self), judgement.cause)
            }
        case .publicKeyProof:
            connection.refusedKeys += 1
            self.noteFailure(
                of: attempt, method: judgement.method, cause: judgement.cause, on: connection)
        case .password, .answers:
            connection.failedAttempts += 1
            self.noteFailure(
                of: attempt, method: judgement.method, cause: judgement.cause, on: connection)
        }
        let isLast =
            connection.failedAttempts >= self.configuration.maximumAuthenticationAttempts
            || connection.refusedKeys >= Self.maximumKeys
        self.send(
            .authentication(isLast ? .disconnect : .denied(canContinue: methods, partially: false)), to: connection)
    }

    /// Audits a failure, and counts it against its source if it was a guess.
    private func noteFailure(
        of attempt: AuthenticationAttempt, method: LoginMethod, cause: String, on connection: Connection
    ) {
        connection.hasAuditedFailure = true
        if attempt.isGuess {
            let source = GuessLimiter.source(ofHost: connection.peer.host)
            guard self.guesses.failed(source, at: Clock.monotonicNanoseconds()) else { return self.summariseGuesses() }
        }
        self.audit(
            .loginFailed(
                user: String(decoding: attempt.login, as: UTF8.self), method: method,
                from: connection.peer.description, cause: cause),
            actor: "-")
    }

    /// Nanoseconds for which the failures of a source that guesses become one row.
    private static let summaryDelay: UInt64 = 60_000_000_000

    func summariseGuesses() {
        guard !self.isGuessSummaryDue else { return }
        self.isGuessSummaryDue = true
        self.loop.after(nanoseconds: Self.summaryDelay) { [weak self] in
            self?.assumeIsolated { broker in
                broker.isGuessSummaryDue = false
                for (source, count) in broker.guesses.takeUnaudited() {
                    broker.audit(.loginsGuessed(from: source, failures: count), actor: "-")
                }
            }
        }
    }

    /// In nanoseconds.
    private static let certificatePatience: Int64 = 1_000_000_000

    private func accept(_ judgement: LoginJudge.Judgement, of connection: Connection) {
        let (reading, progress) = (judgement.reading, judgement.progress)
        connection.login = Login(
            user: reading.user, account: reading.account, target: reading.target, proofs: progress.proofs,
            restrictions: progress.restrictions)
        if let expiry = progress.expiresNanoseconds { self.reviewAtExpiry(expiry, of: connection.number) }
        if !self.configuration.sessionsOutliveCertificates, let end = connection.login?.certificateEnd {
            // A session ends by itself then, with a line; what is left is ended here.
            self.reviewAtExpiry(end + Self.certificatePatience, of: connection.number)
        }
        self.limits.authenticated(from: connection.peer.host)
        self.audit(
            .loginSucceeded(
                user: reading.user, methods: progress.methods, from: connection.peer.description, key: progress.key),
            actor: reading.user)
    }
}

extension LoginJudge.Judgement {
    /// A refusal of somebody who has proved nothing.
    fileprivate var tellsNothing: Bool {
        if case .refused = self.verdict { return self.progress.proved.isEmpty && self.progress.methods.isEmpty }
        return false
    }
}

extension AuthenticationAttempt {
    fileprivate var isKey: Bool {
        switch self.method {
        case .publicKeyOffer, .publicKeyProof: true
        case .none, .password, .keyboardInteractive, .answers: false
        }
    }

    /// A secret that could be guessed.
    fileprivate var isGuess: Bool {
        switch self.method {
        case .password, .answers: true
        case .none, .publicKeyOffer, .publicKeyProof, .keyboardInteractive: false
        }
    }
}
