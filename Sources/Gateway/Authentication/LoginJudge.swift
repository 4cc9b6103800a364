import AccessPolicy
import AuditLog
import Foundation
import Identity
import Platform
import SessionStore
import Vault
import WorkerProtocol

/// Judges one step of a login. Blocks for the database and for the work of hashing: never on the broker's thread.
///
/// Whoever has proved nothing hears the same, after the same work, whether there is such a user or not.
struct LoginJudge: Sendable {
    let store: SessionStore
    let vault: Vault
    let passwords: PasswordHasher
    let secondFactors: SecondFactorLedger
    let revocations: RevocationFile
    /// Where nothing else is required of a user.
    let standard: LoginRequirement
    /// nil without a directory.
    let directory: DirectoryTerms?
    /// nil without an OpenID provider.
    let signIn: SignInTerms?

    /// What came of a step.
    struct Judgement: Sendable {
        /// Where the login name leads, read as well as it could be.
        var reading: LoginName.Reading
        var progress: LoginProgress
        var verdict: Verdict
        var method: LoginMethod
        /// Why not, for the audit log; never for the client.
        var cause: String
        /// What the directory said has changed the user: what they hold has to be reviewed.
        var isUserChanged = false
    }

    enum Verdict: Hashable, Sendable {
        /// An offered key would do.
        case acceptable
        /// The login is complete.
        case accepted
        /// Right, and more is needed.
        case partial(LoginMethods)
        case refused(LoginMethods)
        case ask(AuthenticationPrompts)
        /// The user is to be sent to the provider.
        case beginSignIn
    }

    /// The facts of one step, as they are looked up once.
    struct Case {
        let reading: LoginName.Reading
        /// nil when there is none, or they are disabled, or a service account that comes from elsewhere.
        let user: StoredUser?
        /// Why `user` is nil.
        let absence: String
        let rules: LoginRules
        /// The target asks for a second factor that isn't fresh.
        let needsStepUp: Bool
        let peer: PeerAddress
        /// There is no user of the name at all.
        let isUnknown: Bool
        /// What the directory said in this step; nil when it was not asked.
        let word: DirectoryWord?

        /// Factors that lead on from what is proved.
        func open(after proved: Set<LoginFactor>) -> Set<LoginFactor> {
            let factors = self.rules.open(after: proved)
            return factors.isEmpty && self.needsStepUp && !proved.contains(.totp) ? [.totp] : factors
        }
    }

    /// - parameters:
    ///   - sessionID: the hash of the connection's first key exchange, which the broker has signed; nil before it.
    ///   - word: what the directory said to ``question(on:after:)``.
    func judge(
        _ attempt: AuthenticationAttempt, after progress: LoginProgress, from peer: PeerAddress, vouched: Voucher?,
        sessionID: [UInt8]?, word: DirectoryWord?
    ) throws -> Judgement {
        let isUserChanged = try self.takeOver(word, on: attempt, sessionID: sessionID)
        var judgement = try self.decide(
            attempt, after: progress, from: peer, vouched: vouched, sessionID: sessionID, word: word)
        judgement.isUserChanged = isUserChanged
        return judgement
    }

    private func decide(
        _ attempt: AuthenticationAttempt, after progress: LoginProgress, from peer: PeerAddress, vouched: Voucher?,
        sessionID: [UInt8]?, word: DirectoryWord?
    ) throws -> Judgement {
        let access = try self.store.accessRules()
        var progress = progress
        progress.begin(attempt.login)
        if case .none = attempt.method, vouched == nil, progress.proved.isEmpty {
            // The first question of every client: answered alike, and without a look at anything.
            let reading = LoginName.Reading(
                user: String(decoding: attempt.login, as: UTF8.self), account: nil, target: nil)
            return Judgement(
                reading: reading, progress: progress, verdict: .refused(.all), method: .none,
                cause: "nothing was offered")
        }
        let question = progress.asked
        progress.asked = nil
        let facts = try self.facts(of: attempt.login, progress, from: peer, vouched: vouched, access, word)
        if vouched != nil, facts.user == nil {
            // The outer connection's user is gone, or the name can't be read.
            return self.refused(facts, progress, .jump, cause: facts.absence)
        }
        switch attempt.method {
        case .none:
            // Of a jump, the outer connection has proved everything but a fresh second factor.
            guard vouched != nil else { return self.refused(facts, progress, .none, cause: "nothing was offered") }
            return self.concluded(facts, progress, .jump)
        case .password(let password):
            if vouched != nil { return self.concluded(facts, progress, .jump) }
            return self.judge(password: password, facts, progress)
        case .publicKeyOffer(let claim):
            if vouched != nil { return self.offered(facts, progress, isAcceptable: !facts.needsStepUp) }
            return try self.judge(offer: claim, facts, progress)
        case .publicKeyProof(let claim, let signature):
            if vouched != nil { return self.concluded(facts, progress, .jump) }
            return try self.judge(proof: claim, signature, for: sessionID, facts, progress)
        case .keyboardInteractive:
            if vouched != nil, !facts.needsStepUp { return self.concluded(facts, progress, .jump) }
            return self.asked(facts, progress)
        case .answers(let answers):
            guard let answer = answers.first, answers.count == 1, let question else {
                return self.refused(facts, progress, .none, cause: "answers to nothing")
            }
            return switch question {
            case .password where answer.isEmpty && self.signIn != nil: self.beginningSignIn(facts, progress)
            case .password: self.goingOn(self.judge(password: answer, facts, progress), facts)
            case .signIn: self.goingOn(self.judge(signIn: facts, progress), facts)
            case .oneTimeCode: try self.judge(code: answer, facts, progress)
            }
        }
    }

    private func facts(
        of login: [UInt8], _ progress: LoginProgress, from peer: PeerAddress, vouched: Voucher?, _ access: AccessRules,
        _ word: DirectoryWord?
    ) throws -> Case {
        var absence = Case.absence(word)
        let reading: LoginName.Reading
        if let vouched {
            let named = Broker.reading(of: login, vouched: vouched, rules: access)
            if named == nil { absence = "bad account name" }
            reading = named ?? LoginName.Reading(user: "", account: nil, target: vouched.target)
        } else {
            do {
                reading = try LoginName(parsing: login).resolved(in: access)
            } catch {
                reading = LoginName.Reading(user: String(decoding: login, as: UTF8.self), account: nil, target: nil)
                absence = "bad login name: \(error)"
            }
        }
        let stored = try self.store.user(reading.user)
        var user = stored
        if stored?.isEnabled == false {
            absence = "the user is disabled"
            user = nil
        } else if let suspension = stored?.suspension {
            absence = "the user is suspended: \(suspension)"
            user = nil
        } else if let service = stored?.service, !service.permits(peer.host) {
            absence = "the service account may not come from this address"
            user = nil
        }
        var requirements = user.flatMap { access.users[$0.name]?.requirements } ?? []
        if requirements.isEmpty { requirements = [self.standard] }
        // It can't be asked for more, whatever its groups' members have to prove.
        if user?.service != nil { requirements = [.publicKeyAlone] }
        return Case(
            reading: reading, user: user, absence: absence,
            // Of a jump, the outer connection has met them.
            rules: LoginRules(vouched == nil ? requirements : []),
            needsStepUp: self.needsStepUp(reading, user, progress, from: peer, access), peer: peer,
            isUnknown: stored == nil, word: word)
    }

    /// Whether the place that the login name leads to asks for a second factor that isn't fresh. Who has none is told
    /// so when the target is opened.
    private func needsStepUp(
        _ reading: LoginName.Reading, _ user: StoredUser?, _ progress: LoginProgress, from peer: PeerAddress,
        _ access: AccessRules
    ) -> Bool {
        guard let target = reading.target, let user, user.secondFactor?.isConfirmed == true,
            !progress.proved.contains(.totp)
        else { return false }
        let request = AccessRequest(
            user: user.name, account: reading.account, target: target, origin: AccessOrigin(host: peer.host),
            time: Clock.wallNanoseconds())
        let seconds: Int?
        let policy = AccessPolicy(rules: access)
        switch policy.decide(request).verdict {
        case .allowed(let destination): seconds = destination.secondFactorSeconds
        case .requestable(let offer):
            let emergency = policy.emergency(for: request).map { _ in BreakGlassRule.secondFactorSeconds }
            seconds = (offer.choices.map(\.secondFactorSeconds) + [emergency]).compactMap { $0 }.min()
        case .denied(.emergencyOnly): seconds = BreakGlassRule.secondFactorSeconds
        case .denied: return false
        }
        return !self.secondFactors.isFresh(user: user.name, from: peer.host, within: seconds)
    }

    // MARK: Verdicts

    /// What is proved is in `progress`: says whether that is all.
    func concluded(_ facts: Case, _ progress: LoginProgress, _ method: LoginMethod) -> Judgement {
        let open = facts.open(after: progress.proved)
        guard !open.isEmpty else {
            var progress = progress
            if facts.user?.service != nil { progress.restrict(.service) }
            return Judgement(
                reading: facts.reading, progress: progress, verdict: .accepted, method: method, cause: "")
        }
        return Judgement(
            reading: facts.reading, progress: progress, verdict: .partial(Self.methods(for: open)), method: method,
            cause: "a further factor was not given")
    }

    func refused(_ facts: Case, _ progress: LoginProgress, _ method: LoginMethod, cause: String) -> Judgement {
        let methods =
            progress.proved.isEmpty && !facts.needsStepUpAlone
            ? LoginMethods.all : Self.methods(for: facts.open(after: progress.proved))
        return Judgement(
            reading: facts.reading, progress: progress, verdict: .refused(methods), method: method, cause: cause)
    }

    func offered(_ facts: Case, _ progress: LoginProgress, isAcceptable: Bool, cause: String = "") -> Judgement {
        guard isAcceptable else { return self.refused(facts, progress, .publicKey, cause: cause) }
        return Judgement(
            reading: facts.reading, progress: progress, verdict: .acceptable, method: .publicKey, cause: cause)
    }

    /// Begins keyboard-interactive: whoever has proved nothing is asked for a password, or sent to the provider, whatever
    /// is required of them.
    private func asked(_ facts: Case, _ progress: LoginProgress) -> Judgement {
        let open = facts.open(after: progress.proved)
        let isFirst = progress.proved.isEmpty && !facts.needsStepUpAlone
        if !isFirst, open.contains(.totp) { return self.askedForCode(facts, progress) }
        if let signIn, isFirst ? signIn.isAskedFirst : open.contains(.oidc) {
            return self.beginningSignIn(facts, progress)
        }
        guard isFirst || open.contains(.password) else {
            return self.refused(facts, progress, .none, cause: "nothing to ask for")
        }
        return self.asking(
            .password, facts, progress, self.signIn == nil ? Self.passwordPrompt : Self.passwordOrSignInPrompt)
    }

    /// A right password and a code are asked for in one exchange: clients count exchanges as attempts.
    private func goingOn(_ judgement: Judgement, _ facts: Case) -> Judgement {
        guard case .partial = judgement.verdict else { return judgement }
        let open = facts.open(after: judgement.progress.proved)
        if open.contains(.totp) { return self.askedForCode(facts, judgement.progress) }
        return open.contains(.oidc) && self.signIn != nil
            ? self.beginningSignIn(facts, judgement.progress) : judgement
    }

    func askedForCode(_ facts: Case, _ progress: LoginProgress) -> Judgement {
        self.asking(.oneTimeCode, facts, progress, Self.codePrompt)
    }

    private func asking(
        _ question: LoginProgress.Question, _ facts: Case, _ progress: LoginProgress, _ prompts: AuthenticationPrompts
    ) -> Judgement {
        var progress = progress
        progress.asked = question
        return Judgement(
            reading: facts.reading, progress: progress, verdict: .ask(prompts), method: .none, cause: "")
    }

    private static let passwordPrompt = AuthenticationPrompts(
        prompts: [AuthenticationPrompts.Prompt(text: Array("Password: ".utf8), echo: false)])
    private static let passwordOrSignInPrompt = AuthenticationPrompts(
        prompts: [
            AuthenticationPrompts.Prompt(
                text: Array("Password (or Enter alone, to sign in with a browser): ".utf8), echo: false)
        ])
    private static let codePrompt = AuthenticationPrompts(
        prompts: [AuthenticationPrompts.Prompt(text: Array("One-time code: ".utf8), echo: false)])

    private static func methods(for factors: Set<LoginFactor>) -> LoginMethods {
        factors.reduce(into: []) { methods, factor in
            switch factor {
            case .publicKey: methods.insert(.publicKey)
            case .password: methods.formUnion([.password, .keyboardInteractive])
            case .totp, .oidc: methods.insert(.keyboardInteractive)
            }
        }
    }
}

extension LoginJudge.Case {
    /// Nothing but a fresh second factor is missing from the start: the inner connection of a jump.
    var needsStepUpAlone: Bool { self.needsStepUp && self.rules.requirements.isEmpty }
}
