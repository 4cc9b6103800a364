import AdminAPI
import AuditLog
import Platform
import WorkerProtocol

/// Who signs in to the web console. Throws `AdminError`.
protocol ConsoleJudging: Sendable {
    /// Proves who it is, slowed like any guess from `host`.
    /// - returns: how they proved it.
    func judge(consoleSignIn signIn: ConsoleSignIn, from host: String) async throws -> [LoginMethod]
    /// Audits a failure, and counts it against its source.
    func noteFailedSignIn(of user: String, from host: String, cause: String) async
}

extension Broker: ConsoleJudging {
    /// Refusals take until the next of these, in nanoseconds: how far a sign-in came doesn't show.
    private static let refusalPace: UInt64 = 500_000_000

    func judge(consoleSignIn signIn: ConsoleSignIn, from host: String) async throws -> [LoginMethod] {
        let source = GuessLimiter.source(ofHost: host)
        guard let wait = self.guesses.admit(source, at: Clock.monotonicNanoseconds()) else {
            self.noteFailedSignIn(
                of: signIn.user, from: host, cause: "too many failures from this address: not looked at")
            throw AdminError(.throttled, "too many sign-ins from this address failed", hint: "try again in a minute")
        }
        if wait > 0 { try? await Task.sleep(nanoseconds: wait) }
        let begun = Clock.monotonicNanoseconds()
        let (judge, peer) = (self.judge, PeerAddress(host: host, port: 0))
        let attempt = AuthenticationAttempt(
            login: Array(signIn.user.utf8), method: .password(signIn.password.bytes))
        // No connection has this number.
        let word = await self.directoryWord(on: attempt, after: LoginProgress(), vouched: nil, of: 0)
        let judgement = try? await self.questions.run {
            try judge.judge(console: signIn, attempt, word: word, from: peer)
        }
        if judgement?.isUserChanged ?? (word != nil) { self.isReviewDue = true }
        await self.reviewIfDue()
        guard let judgement else {
            self.log.error("a sign-in could not be judged: the database or the vault can't be read")
            throw AdminError(.unavailable, "nobody can sign in now", hint: "the gateway's log says why")
        }
        guard judgement.methods.isEmpty else { return judgement.methods }
        self.noteFailedSignIn(of: signIn.user, from: host, cause: judgement.cause)
        let passed = Clock.monotonicNanoseconds() - begun
        try? await Task.sleep(nanoseconds: Self.refusalPace - passed % Self.refusalPace)
        throw GatewayAdministration.notSignedIn
    }

    func noteFailedSignIn(of user: String, from host: String, cause: String) {
        let source = GuessLimiter.source(ofHost: host)
        guard self.guesses.failed(source, at: Clock.monotonicNanoseconds()) else { return self.summariseGuesses() }
        self.audit(
            .console(.signInFailed(user: AuditField.printable(user), from: host, cause: cause)), actor: "-")
    }
}
