import AuditLog
import Directory
import Platform
import SessionStore
import WorkerProtocol

extension Broker {
    /// What the directory says in a step of a login; nil when it is not for it to say.
    func directoryWord(
        on attempt: AuthenticationAttempt, after progress: LoginProgress, vouched: Voucher?, of number: UInt64
    ) async -> DirectoryWord? {
        if case .answers = attempt.method, progress.login == attempt.login, progress.asked == .signIn {
            return await self.finishSignIn(of: number)
        }
        guard let directory = self.directory, vouched == nil else { return nil }
        let judge = self.judge
        let question = try? await self.questions.run { try judge.question(on: attempt, after: progress) }
        guard let question = question ?? nil else { return nil }
        do {
            let word = try await directory.answer(question)
            self.note(nil, of: directory.health)
            return word
        } catch {
            let error = (error as? DirectoryError) ?? DirectoryError(.unusable, "\(error)")
            self.note(error.message, of: directory.health)
            return .silent(cause: error.message)
        }
    }

    /// Looks users with live connections up again, until the gateway stops.
    func startDirectoryKeeper() {
        guard let directory = self.directory else { return }
        self.directoryKeeper = Task {
            while !Task.isCancelled {
                await self.refreshUsers(of: directory)
                try? await Task.sleep(for: .seconds(directory.refreshSeconds))
            }
        }
    }

    private func refreshUsers(of directory: UserDirectory) async {
        let names = Set(self.connections.values.compactMap { $0.login?.user })
        let store = self.store
        do {
            let theirs = try await self.questions.run {
                try names.union(store.consoleUsers(atNanoseconds: Clock.wallNanoseconds())).sorted().filter {
                    try store.user($0)?.source == .ldap
                }
            }
            // With nobody to look up, an empty question still tells whether the directory answers.
            if theirs.isEmpty { _ = try await directory.people([]) }
            // Each for themselves: neither a slow answer nor a wrong entry holds the others up.
            for name in theirs { try await self.refreshUser(name, of: directory) }
            self.note(nil, of: directory.health)
        } catch let error as DirectoryError {
            // Nobody loses a session for it.
            self.note(error.message, of: directory.health)
        } catch {
            self.log.error("users of the directory can't be brought up to date: \(error)")
        }
        await self.reviewIfDue()
    }

    /// - throws: `DirectoryError` `unreachable`, and errors of the store.
    private func refreshUser(_ name: String, of directory: UserDirectory) async throws {
        let store = self.store
        let person: DirectoryPerson?
        do {
            person = try await directory.people([name])[name] ?? nil
        } catch let error as DirectoryError where error.code != .unreachable {
            return self.log.error("user \(name) can't be looked up in the directory: \(error)")
        }
        let account = person.map { DirectoryAccount($0) } ?? DirectoryAccount(absent: name)
        let following = try await self.questions.run { try store.follow(account, creating: false) }
        if following == .changed { self.isReviewDue = true }
    }

    /// Puts on record when something that logins depend on gives no answers, and when it does again.
    func note(_ trouble: String?, of health: ServiceHealth) {
        switch health.note(trouble) {
        case .lost(let cause):
            self.log.error("the directory gives no answers: \(cause)")
            self.audit(.directoryLost(cause: cause), actor: "gateway")
        case .back:
            self.log.notice("the directory answers again")
            self.audit(.directoryBack, actor: "gateway")
        case nil: break
        }
    }
}

extension DirectoryAccount {
    init(_ person: DirectoryPerson) {
        self.init(
            name: person.name, source: .ldap, identifiers: person.identifiers, groups: person.groups,
            keys: person.storedKeys, refusal: person.refusal)
    }

    /// Of a user whom the directory doesn't hold.
    init(absent name: String) {
        self.init(name: name, source: .ldap, refusal: "no longer in the directory")
    }
}
