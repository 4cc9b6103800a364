import AccessPolicy
import AuditLog
import Identity
import Platform
import SessionStore

/// What a connection has been let in to, as far as it has come.
struct HeldAccess: Sendable {
    let connection: UInt64
    let login: Login
    let origin: AccessOrigin
    /// Where it comes from: a numeric address.
    let host: String
    /// nil while there is no session.
    let destination: AuthorizedTarget?
    /// The provider has taken back a sign-in that the login rests on.
    let isSignInRevoked: Bool
}

/// What is true while accesses are looked at.
struct ReviewedFacts: Sendable {
    let policy: AccessPolicy
    let authorities: [StoredUserAuthority]
    /// nil when there is none, or none that can be read: that lets nobody in, and ends nothing.
    let revoked: RevocationList?
    /// A certificate that expires ends what it has let in.
    let endsWithCertificates: Bool
    /// UTC.
    let nanoseconds: Int64
}

extension Broker {
    /// Ends every connection whose user, proof or grant is gone. Called after each change that may take access away;
    /// a login or a session that is being made meanwhile notices by ``reviews`` that it has to look again.
    func review(by actor: String, reason: String?) async throws -> AccessReview {
        self.reviews += 1
        // Requests about what is gone are over, too.
        self.keepRequests()
        let held = self.connections.values.compactMap { connection in
            connection.login.map {
                HeldAccess(
                    connection: connection.number, login: $0, origin: connection.peer.origin,
                    host: connection.peer.host, destination: connection.session?.destination,
                    isSignInRevoked: !self.revokedSignIns.isDisjoint(with: $0.signIns))
            }
        }
        guard !held.isEmpty else { return AccessReview() }
        let (store, revocations) = (self.store, self.revocations)
        let endsWithCertificates = !self.configuration.sessionsOutliveCertificates
        let withdrawn = try await self.questions.run {
            let facts = ReviewedFacts(
                policy: AccessPolicy(rules: try store.accessRules()), authorities: try store.userAuthorities(),
                revoked: try? revocations.current(), endsWithCertificates: endsWithCertificates,
                nanoseconds: Clock.wallNanoseconds())
            return try Self.withdrawn(among: held, by: facts, store: store)
        }

        let begun = Clock.monotonicNanoseconds()
        var ending: [(connection: Connection, session: String?, reason: String)] = []
        for (access, cause) in withdrawn {
            guard let connection = self.connections[access.connection], connection.killed == nil else { continue }
            let why = reason.map { "\(cause): \($0)" } ?? cause
            ending.append((connection, connection.session?.id, why))
            self.cut(connection, by: actor, reason: why)
            self.audit(
                .accessWithdrawn(
                    session: connection.session?.id, user: access.login.user, from: connection.peer.description,
                    reason: why),
                actor: actor)
        }
        var review = AccessReview()
        for (connection, session, why) in ending {
            let outcome = await self.proveEnd(of: connection, session: session, by: actor, reason: why, since: begun)
            guard let session else {
                review.otherConnections += 1
                continue
            }
            review.sessions.append(session)
            if !outcome.isVerified { review.unverified.append(session) }
        }
        // What goes on may now end sooner or later.
        for connection in self.connections.values where connection.session != nil { self.watchTime(of: connection) }
        return review
    }

    /// Reviews when something is waiting for it. What fails is tried again when this is called again.
    func reviewIfDue(by actor: String = "directory") async {
        guard self.isReviewDue else { return }
        self.isReviewDue = false
        do {
            _ = try await self.review(by: actor, reason: nil)
        } catch {
            self.isReviewDue = true
            self.log.error("what was taken away could not be ended: \(error)")
        }
    }

    private static func withdrawn(
        among held: [HeldAccess], by facts: ReviewedFacts, store: SessionStore
    ) throws -> [(access: HeldAccess, cause: String)] {
        var users: [String: StoredUser?] = [:]
        return try held.compactMap { access in
            let name = access.login.user
            let user = try users[name] ?? store.user(name)
            users[name] = .some(user)
            return self.cause(ofWithdrawing: access, from: user, by: facts).map { (access, $0) }
        }
    }

    /// Why what was held is held no longer; nil while it is.
    static func cause(ofWithdrawing access: HeldAccess, from user: StoredUser?, by facts: ReviewedFacts) -> String? {
        let name = access.login.user
        guard let user else { return "user \(name) was removed" }
        guard user.isEnabled else { return "user \(name) was disabled" }
        if let suspension = user.suspension { return "user \(name) was suspended: \(suspension)" }
        if access.isSignInRevoked { return "the sign-in of user \(name) was taken back by the provider" }
        if let service = user.service, !service.permits(access.host) {
            return "service account \(name) may no longer come from \(access.host)"
        }
        for proof in access.login.proofs {
            if let cause = self.cause(ofLosing: proof, of: user, by: facts) { return cause }
        }
        guard let held = access.destination else { return nil }
        let request = AccessRequest(
            user: name, account: held.account, target: held.target, origin: access.origin, time: facts.nanoseconds)
        if case .allowed(let present) = facts.policy.decide(request).verdict, present.covers(held) { return nil }
        return "access of user \(name) to \(held.account)@\(held.target) was withdrawn"
    }

    /// Why a proof counts no longer.
    private static func cause(ofLosing proof: LoginProof, of user: StoredUser, by facts: ReviewedFacts) -> String? {
        let means = "that user \(user.name) signed in with"
        switch proof {
        case .publicKey(let blob):
            guard let key = user.keys.first(where: { $0.key.blob == blob }) else {
                return "the key \(means) was removed"
            }
            if key.isExpired(at: facts.nanoseconds) { return "the key \(means) has expired" }
            return facts.revoked?.revokes(keyOf: blob) == true ? "the key \(means) was revoked" : nil
        case .certificate(let certificate):
            let isTrusted = facts.authorities.contains { authority in
                authority.key.blob == certificate.signer.blob
                    && certificate.principals.contains { authority.principals.permits($0, toBe: user.name) }
            }
            guard isTrusted else { return "the authority of the certificate \(means) was removed" }
            if facts.endsWithCertificates, let end = proof.certificateEnd, facts.nanoseconds >= end {
                return "the certificate \(means) has expired"
            }
            return facts.revoked?.revokes(certificate) == true ? "the certificate \(means) was revoked" : nil
        case .password:
            return user.passwordHash == nil ? "the password of user \(user.name) was removed" : nil
        case .directoryPassword:
            return user.source == .local ? "user \(user.name) is no longer one of the directory" : nil
        case .signIn: return nil
        }
    }

    /// Whether the policy still permits what it did, with no review under way that could have missed it.
    func isStillPermitted(_ destination: AuthorizedTarget, from origin: AccessOrigin) async throws -> Bool {
        let store = self.store
        let request = AccessRequest(
            user: destination.user, account: destination.account, target: destination.target, origin: origin,
            time: Clock.wallNanoseconds())
        while true {
            let seen = self.reviews
            let decision = try await self.questions.run { AccessPolicy(rules: try store.accessRules()).decide(request) }
            guard seen == self.reviews else { continue }
            guard case .allowed(let present) = decision.verdict else { return false }
            return present.covers(destination)
        }
    }

    /// Longest wait of one timer, in nanoseconds: a day.
    private static let longestWait: Int64 = 86_400 * 1_000_000_000

    /// Reviews when the proof of this connection expires.
    /// - parameter expiry: UTC, in nanoseconds.
    func reviewAtExpiry(_ expiry: Int64, of number: UInt64) {
        let wait = min(max(0, expiry - Clock.wallNanoseconds()), Self.longestWait)
        self.loop.after(nanoseconds: UInt64(wait)) { [weak self] in
            self?.assumeIsolated { broker in
                guard broker.connections[number] != nil else { return }
                guard expiry <= Clock.wallNanoseconds() else { return broker.reviewAtExpiry(expiry, of: number) }
                Task { try? await broker.review(by: "gateway", reason: nil) }
            }
        }
    }
}
