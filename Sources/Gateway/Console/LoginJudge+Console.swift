import AccessPolicy
import AdminAPI
import AuditLog
import SessionStore
import WorkerProtocol

/// What came of a sign-in to the web console.
struct ConsoleJudgement: Sendable {
    /// How the user has proved who they are; empty when they have not.
    var methods: [LoginMethod]
    /// Why not, for the audit log.
    var cause: String
    /// As in ``LoginJudge/Judgement``.
    var isUserChanged: Bool
}

extension LoginJudge {
    /// A password and a code, whatever else is required of the user's logins over SSH. As much work for everybody until
    /// the password is right.
    /// - parameter word: what the directory said to ``question(on:after:)``.
    func judge(
        console signIn: ConsoleSignIn, _ attempt: AuthenticationAttempt, word: DirectoryWord?, from peer: PeerAddress
    ) throws -> ConsoleJudgement {
        let isUserChanged = try self.takeOver(word, on: attempt, sessionID: nil)
        let stored = try self.store.user(signIn.user)
        var absence = Case.absence(word)
        var user = stored
        if stored?.isEnabled == false {
            (user, absence) = (nil, "the user is disabled")
        } else if let suspension = stored?.suspension {
            (user, absence) = (nil, "the user is suspended: \(suspension)")
        }
        let facts = Case(
            reading: LoginName.Reading(user: signIn.user, account: nil, target: nil), user: user, absence: absence,
            rules: LoginRules([.passwordAndCode]), needsStepUp: false, peer: peer, isUnknown: stored == nil, word: word)
        let first = self.judge(password: signIn.password.bytes, facts, LoginProgress())
        guard case .partial = first.verdict else {
            return ConsoleJudgement(methods: [], cause: first.cause, isUserChanged: isUserChanged)
        }
        let second = try self.judge(code: signIn.code.bytes, facts, first.progress)
        guard second.verdict == .accepted else {
            return ConsoleJudgement(methods: [], cause: second.cause, isUserChanged: isUserChanged)
        }
        return ConsoleJudgement(methods: second.progress.methods, cause: "", isUserChanged: isUserChanged)
    }
}
