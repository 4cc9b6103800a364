import AccessPolicy
import Directory
import Identity
import Platform
import SessionStore
import Vault
import WorkerProtocol

/// Users whom a directory keeps.
extension LoginJudge {
    /// What has to be asked there before this step can be judged; nil for nothing.
    func question(on attempt: AuthenticationAttempt, after progress: LoginProgress) throws -> DirectoryQuestion? {
        guard let directory = self.directory else { return nil }
        let password: [UInt8]?
        switch attempt.method {
        case .password(let given): password = given
        case .answers(let answers):
            guard progress.login == attempt.login, progress.asked == .password, let first = answers.first else {
                return nil
            }
            // Whoever gives none wants to go to the provider.
            if first.isEmpty, self.signIn != nil { return nil }
            password = first
        case .publicKeyOffer, .publicKeyProof: password = nil
        case .none, .keyboardInteractive: return nil
        }
        guard let name = try? LoginName(parsing: attempt.login) else { return nil }
        let rules = try self.store.accessRules()
        let names: [String]
        if let user = try self.store.user(name.resolved(in: rules).user) {
            guard user.source == .ldap else { return nil }
            names = [user.name]
        } else {
            guard password != nil || directory.hasKeys else { return nil }
            names = name.newcomers(in: rules)
        }
        guard !names.isEmpty else { return nil }
        return DirectoryQuestion(names: names, password: password.map { SecretBytes(copying: $0) })
    }

    /// Brings the user up to date by what the directory said, and makes them if this step proves who they are.
    /// - returns: whether something may have been taken away, so that what is held has to be reviewed.
    func takeOver(
        _ word: DirectoryWord?, on attempt: AuthenticationAttempt, sessionID: [UInt8]?
    ) throws -> Bool {
        switch word {
        case .person(let person, let password):
            let isProved = password == .right || self.isProof(attempt, by: person, for: sessionID)
            let creating = isProved && self.directory?.createsUsers == true
            return try self.store.follow(DirectoryAccount(person), creating: creating) == .changed
        case .nobody(let names):
            return try names.map { try self.store.follow(DirectoryAccount(absent: $0), creating: false) == .changed }
                .contains(true)
        case .signedIn(let person, _): return try self.takeOver(person, login: attempt.login)
        case .silent, .notSignedIn, nil: return false
        }
    }

    /// Whether the step is a right signature by one of the person's keys in the directory. It is judged again, with all
    /// that a user's key has to fulfil, once there is a user.
    private func isProof(
        _ attempt: AuthenticationAttempt, by person: DirectoryPerson, for sessionID: [UInt8]?
    ) -> Bool {
        guard case .publicKeyProof(let claim, let signature) = attempt.method, let sessionID,
            person.storedKeys.contains(where: { $0.blob == claim.blob }),
            let key = try? OpenSSHPublicKey(blob: claim.blob)
        else { return false }
        let algorithm = String(decoding: claim.algorithm, as: UTF8.self)
        guard PublicKeySignature.algorithms(ofKeyType: key.type).contains(algorithm) else { return false }
        let statement = AuthenticationStatement(
            sessionID: sessionID, login: attempt.login, algorithm: claim.algorithm, blob: claim.blob)
        if case .valid = PublicKeySignature.verify(signature, of: statement.bytes, by: key, algorithm: algorithm) {
            return true
        }
        return false
    }

    /// Whether a key that is offered may be that of somebody who will be a user by its proof.
    func isNewcomersKey(_ claim: PublicKeyClaim, _ facts: Case) -> Bool {
        guard facts.isUnknown, self.directory?.createsUsers == true, case .person(let person, _) = facts.word else {
            return false
        }
        return person.refusal == nil && person.storedKeys.contains { $0.blob == claim.blob }
    }
}

extension LoginJudge.Case {
    /// What is wrong with the password of a user whom a directory keeps; nil for nothing.
    func objectionToPassword(of user: StoredUser) -> String? {
        switch self.word {
        case .person(let person, let password) where person.name == user.name:
            switch password {
            case .right: nil
            case .wrong(let cause): cause
            case .notAsked: "the password was not asked for"
            }
        case .person, .nobody, .signedIn, .notSignedIn: "not in the directory"
        case .silent(let cause): "the directory can't be asked: \(cause)"
        case nil: "no directory is configured"
        }
    }

    /// Why there is no user of this name, by what the directory says of it.
    static func absence(_ word: DirectoryWord?) -> String {
        switch word {
        case .person(_, .wrong(let cause)): "unknown user; in the directory: \(cause)"
        case .person(let person, _):
            person.refusal.map { "unknown user, \($0)" } ?? "in the directory, and not a user of the gateway"
        case .silent(let cause): "unknown user; the directory can't be asked: \(cause)"
        case .signedIn(let person, _): "unknown user; signed in at the provider as \(person.name)"
        case .notSignedIn(let cause): "unknown user; \(cause)"
        case .nobody, nil: "unknown user"
        }
    }
}

extension DirectoryPerson {
    /// The keys that can be used, each once.
    var storedKeys: [StoredKey] {
        self.publicKeys.reduce(into: []) { keys, line in
            guard let key = try? OpenSSHPublicKey(line: line), !keys.contains(where: { $0.blob == key.blob }) else {
                return
            }
            keys.append(StoredKey(key))
        }
    }
}
