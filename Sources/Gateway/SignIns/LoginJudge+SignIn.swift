import AccessPolicy
import OpenIDConnect
import SessionStore
import WorkerProtocol

/// Users who sign in at an OpenID provider.
extension LoginJudge {
    func judge(signIn facts: Case, _ progress: LoginProgress) -> Judgement {
        func refused(_ cause: String) -> Judgement { self.refused(facts, progress, .oidc, cause: cause) }
        guard case .signedIn(let person, let id) = facts.word, let terms = self.signIn else {
            if case .notSignedIn(let cause) = facts.word { return refused(cause) }
            return refused("no provider is configured")
        }
        guard let user = facts.user else { return refused(facts.absence) }
        guard person.name == user.name else { return refused("signed in at the provider as \(person.name)") }
        guard user.source != .oidc || user.directoryID == terms.identifier(person) else {
            return refused("the provider's person of this name is another one than it was")
        }
        guard facts.open(after: progress.proved).contains(.oidc) else {
            return refused("a sign-in at the provider is not enough for this user")
        }
        var progress = progress
        progress.prove(.oidc, .oidc, by: .signIn(id))
        let judgement = self.concluded(facts, progress, .oidc)
        // Others' users are tied to the provider's person by the name alone, which there may be anybody's to choose.
        if case .accepted = judgement.verdict, user.source != .oidc, progress.proved == [.oidc] {
            return refused("a sign-in at the provider alone is for the provider's own users")
        }
        return judgement
    }

    /// Sends the client to the provider.
    func beginningSignIn(_ facts: Case, _ progress: LoginProgress) -> Judgement {
        Judgement(reading: facts.reading, progress: progress, verdict: .beginSignIn, method: .none, cause: "")
    }

    /// Brings the provider's user up to date, or makes them.
    /// - returns: whether something may have been taken away.
    func takeOver(_ person: SignedIn, login: [UInt8]) throws -> Bool {
        guard let terms = self.signIn, let name = try? LoginName(parsing: login) else { return false }
        let account = terms.account(person)
        let rules = try self.store.accessRules()
        if try self.store.user(name.resolved(in: rules).user) != nil {
            return try self.store.followKnown(account) == .changed
        }
        guard terms.createsUsers, name.newcomers(in: rules).contains(person.name) else { return false }
        return try self.store.follow(account, creating: true) == .changed
    }
}

extension SessionStore {
    /// Brings a user of the provider up to date. One whose name somebody else has at the provider by now stays as they
    /// are: names there may be for anybody to choose.
    func followKnown(_ account: DirectoryAccount) throws(StoreError) -> Following {
        guard let user = try self.user(account.name) else { return .unknown }
        guard user.directoryID.map(account.identifiers.contains) ?? true else { return .foreign }
        return try self.follow(account, creating: false)
    }
}
