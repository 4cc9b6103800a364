import OpenIDConnect
import Platform
import SessionStore
import WorkerProtocol

/// Sign-ins with a browser, at an OpenID provider.
extension Broker {
    /// Most that one connection may begin.
    private static let maximumSignIns = 3

    /// Where a judgement sends the user to the provider: begins that there, and says what to show.
    func withSignInBegun(_ judgement: LoginJudge.Judgement?, of number: UInt64) async -> LoginJudge.Judgement? {
        guard var judgement, judgement.verdict == .beginSignIn else { return judgement }
        judgement.verdict = .refused(.all)
        judgement.progress.asked = nil
        guard let provider = self.provider, let connection = self.connections[number] else { return judgement }
        let login = String(decoding: judgement.progress.login, as: UTF8.self)
        guard connection.signInsBegun < Self.maximumSignIns else {
            judgement.cause = "too many sign-ins were begun"
            connection.attempted = (login, judgement.cause)
            return judgement
        }
        connection.signInsBegun += 1
        do {
            let grant = try await provider.client.begin()
            self.note(nil, of: provider)
            self.connections[number]?.deviceGrant = grant
            judgement.verdict = .ask(Self.prompts(grant))
            judgement.progress.asked = .signIn
        } catch {
            self.note(error, of: provider)
            judgement.cause = "no sign-in can be begun: \(error.message)"
            self.connections[number]?.attempted = (login, judgement.cause)
        }
        return judgement
    }

    /// One line and the code in the prompt itself: not every client shows more, and some show it in a window.
    private static func prompts(_ grant: OIDCClient.DeviceGrant) -> AuthenticationPrompts {
        let text = "Open \(grant.address) in a browser, enter the code \(grant.userCode), then press Enter here: "
        return AuthenticationPrompts(prompts: [AuthenticationPrompts.Prompt(text: Array(text.utf8), echo: true)])
    }

    /// Waits for the sign-in that this connection has begun.
    func finishSignIn(of number: UInt64) async -> DirectoryWord {
        guard let provider = self.provider, let connection = self.connections[number],
            let grant = connection.deviceGrant
        else { return .notSignedIn(cause: "no sign-in was begun") }
        connection.deviceGrant = nil
        let task = Task { try await provider.client.finish(grant, withinSeconds: provider.waitSeconds) }
        // A client that goes away takes its question along.
        connection.signingIn = task
        let result = await task.result
        self.connections[number]?.signingIn = nil
        do {
            let tokens = try result.get()
            self.note(nil, of: provider)
            self.lastSignIn += 1
            if let token = tokens.refreshToken {
                self.signIns[self.lastSignIn] = HeldSignIn(
                    user: tokens.person.name, refreshToken: token, begun: Clock.monotonicNanoseconds())
            }
            return .signedIn(tokens.person, id: self.lastSignIn)
        } catch let error as OIDCError {
            self.note(error, of: provider)
            return .notSignedIn(cause: error.message)
        } catch {
            return .notSignedIn(cause: "the sign-in failed in an unexpected way")
        }
    }

    /// Asks the provider again and again whether sign-ins still hold, until the gateway stops.
    func startSignInKeeper() {
        guard let provider = self.provider else { return }
        self.signInKeeper = Task {
            while !Task.isCancelled {
                await self.refreshSignIns(at: provider)
                try? await Task.sleep(for: .seconds(provider.refreshSeconds))
            }
        }
    }

    /// How long a sign-in is kept that has let nothing in yet, in nanoseconds: further factors take a while.
    private static let unusedLimit: UInt64 = 600_000_000_000

    private func refreshSignIns(at provider: SignInProvider) async {
        // No token is spent on a provider that doesn't answer. With nobody to ask about this tells how it fares.
        do {
            try await provider.client.check()
            self.note(nil, of: provider)
        } catch {
            return self.note(error, of: provider)
        }
        let used = Set(self.connections.values.flatMap { $0.login?.signIns ?? [] })
        let now = Clock.monotonicNanoseconds()
        self.signIns = self.signIns.filter { used.contains($0.key) || now < $0.value.begun + Self.unusedLimit }
        self.revokedSignIns.formIntersection(used)
        for (id, held) in self.signIns where used.contains(id) {
            if await self.refresh(held, id, at: provider) { self.isReviewDue = true }
        }
        await self.reviewIfDue()
    }

    /// - returns: whether something may have been taken away.
    private func refresh(_ held: HeldSignIn, _ id: UInt64, at provider: SignInProvider) async -> Bool {
        do {
            let fresh = try await provider.client.refresh(held.refreshToken)
            self.note(nil, of: provider)
            self.signIns[id]?.refreshToken = fresh.refreshToken
            self.signIns[id]?.isUncertain = false
            guard let person = fresh.person else { return false }
            guard person.name == held.user else { return self.revoke(id) }
            let (store, account) = (self.store, provider.terms.account(person))
            return (try? await self.questions.run { try store.followKnown(account) }) == .changed
        } catch {
            self.note(error, of: provider)
            // Nothing but a clear no ends anything.
            guard error.code == .denied else {
                self.signIns[id]?.isUncertain = true
                return false
            }
            guard held.isUncertain else { return self.revoke(id) }
            self.signIns[id] = nil
            self.log.warning("a sign-in of user \(held.user) is no longer watched: the provider's answer got lost")
            return false
        }
    }

    private func revoke(_ id: UInt64) -> Bool {
        self.signIns[id] = nil
        return self.revokedSignIns.insert(id).inserted
    }

    private func note(_ error: OIDCError?, of provider: SignInProvider) {
        // A no is an answer too.
        self.note(error.flatMap { $0.code == .denied ? nil : $0.message }, of: provider.health)
    }
}

extension Login {
    /// The sign-ins that the login rests on.
    var signIns: [UInt64] {
        self.proofs.compactMap { if case .signIn(let id) = $0 { id } else { nil } }
    }
}
