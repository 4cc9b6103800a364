import AccessPolicy
import AuditLog
import CPlatform
import CommandRules
import Foundation
import Platform
import RecordingFormat
import SessionStore
import Vault
import WorkerProtocol

extension Broker {
    /// Decides, dials, opens the recording, and hands all of it to the worker. Each way to fail ends in one line for
    /// the admin and one audit event.
    func openTarget(for connection: Connection) {
        let number = connection.number
        Task {
            do {
                try await self.openTargetOnceOpen(forConnection: number)
            } catch let refusal as Refusal {
                guard let connection = self.connections[number] else { return }
                connection.loginPlace = nil
                self.send(.targetRefused(line: Array(refusal.line.utf8)), to: connection)
            } catch {
                self.log.error("a session could not be opened: \(error)")
                guard let connection = self.connections[number] else { return }
                connection.loginPlace = nil
                let line = "the gateway could not open the session; its operator's log says why"
                self.send(.targetRefused(line: Array(line.utf8)), to: connection)
            }
        }
    }

    /// Where others have to approve, or the glass has to be broken, that comes first.
    private func openTargetOnceOpen(forConnection number: UInt64) async throws {
        do {
            do {
                return try await self.openTarget(forConnection: number)
            } catch let needed as ApprovalNeeded {
                try await self.waitForApproval(needed, on: number)
            }
        } catch let needed as EmergencyNeeded {
            try await self.breakGlass(needed.access, on: number)
        }
        try await self.openTarget(forConnection: number)
    }

    /// One line for the admin.
    struct Refusal: Error {
        let line: String
    }

    /// All that it takes to begin a session.
    struct Plan: Sendable {
        var destination: AuthorizedTarget
        var target: StoredTarget
        var algorithms: TargetAlgorithms
        var secret: TargetSecret
        var answers: AnswerBook
    }

    private func openTarget(forConnection number: UInt64) async throws {
        guard let connection = self.connections[number], let login = connection.login else { return }
        guard login.target != nil else {
            connection.permissions.foundNoTarget()
            let line = "say where to go: ssh \(login.user)@ACCOUNT@TARGET@GATEWAY"
            return self.send(.targetMissing(line: Array(line.utf8)), to: connection)
        }
        let peer = connection.peer
        var plan = try await self.plan(for: login, from: peer, connection: number)
        let (name, host, port) = (plan.target.name, plan.target.host, plan.target.port)
        try self.refuse(plan.destination, from: peer, ifBeyond: self.sessionsInExcess(of: plan.destination))
        let socket: SharedDescriptor
        do {
            socket = try await self.dialler.connect(host: host, port: port, on: self)
        } catch {
            self.audit(
                .targetUnreachable(session: nil, target: name, address: "\(host):\(port)", cause: error.reason),
                actor: login.user)
            throw Refusal(line: "\(name) can't be reached: \(error.reason)")
        }
        let opened: OpenedRecording
        do {
            opened = try await self.openRecording(for: plan.destination, from: peer)
        } catch {
            self.log.critical("no recording can be made: \(error)")
            self.audit(.recordingFailed(session: "-", cause: "\(error)"), actor: login.user)
            throw Refusal(line: "this session can't be recorded, so it may not begin")
        }
        if case .certificate(let certificates) = plan.secret {
            do {
                plan.secret = .issued(
                    try await self.certificateIdentity(
                        by: certificates, session: opened.id.description, for: plan.destination, target: socket))
            } catch {
                self.log.error("no certificate for \(name) could be made: \(error)")
                self.audit(
                    .targetCredentialRefused(
                        session: opened.id.description, target: name, account: plan.destination.account,
                        cause: "no certificate could be made: \(error)"),
                    actor: login.user)
                let ending = RecordingEnding(.closed, reason: Array("no certificate could be made".utf8))
                try await self.seal(opened.keeper, ending, id: opened.id)
                throw Refusal(line: "no certificate for \(name) could be made; the gateway's operator's log says why")
            }
        }
        let isPermitted = try? await self.isStillPermitted(plan.destination, from: peer.origin)
        guard isPermitted == true, let connection = self.connections[number], connection.killed == nil else {
            // An empty session, sealed at once.
            let reason = isPermitted == true ? "client gone before the target was reached" : "access withdrawn"
            try await self.seal(
                opened.keeper, RecordingEnding(.closed, reason: Array(reason.utf8)), id: opened.id)
            throw Refusal(line: Self.line(for: .noGrant, account: plan.destination.account, target: name))
        }
        // Others may have begun meanwhile; from here on nothing waits until this one counts.
        if let excess = self.sessionsInExcess(of: plan.destination) {
            try await self.seal(opened.keeper, RecordingEnding(.closed, reason: Array(excess.word.utf8)), id: opened.id)
            try self.refuse(plan.destination, from: peer, ifBeyond: excess)
        }
        let session = Session(
            id: opened.id.description, destination: plan.destination, keeper: opened.keeper,
            startedNanoseconds: opened.startedNanoseconds)
        session.target = socket
        session.answers = plan.answers
        connection.session = session
        self.watchTime(of: connection)
        try self.handOver(plan, opened, socket, to: connection)
    }

    // MARK: Decision

    private func plan(for login: Login, from peer: PeerAddress, connection number: UInt64) async throws -> Plan {
        guard let targetName = login.target else { preconditionFailure("the caller has looked for a target") }
        let store = self.store
        let request = AccessRequest(
            user: login.user, account: login.account, target: targetName, origin: peer.origin,
            time: Clock.wallNanoseconds())
        let (decision, service, emergency) = try await self.questions.run {
            let rules = try store.accessRules()
            let policy = AccessPolicy(rules: rules)
            return (policy.decide(request), rules.users[login.user]?.service, policy.emergency(for: request))
        }
        // As `sallyport explain` prints it.
        let trace = decision.summary(maximumBytes: AuditField.maximumValueBytes)
        var verdict = decision.verdict
        if case .allowed(let destination) = verdict, !destination.permitsSessions { verdict = .denied(.noGrant) }
        if case .requestable(let offer) = verdict, !offer.permitsSessions { verdict = .denied(.noGrant) }
        switch verdict {
        case .requestable(let offer):
            self.audit(
                .accessDenied(
                    user: login.user, account: offer.account, target: targetName, from: peer.description,
                    reason: AccessOffer.word, trace: trace),
                actor: login.user)
            throw ApprovalNeeded(offer: offer, emergency: emergency)
        case .denied(let reason):
            self.audit(
                .accessDenied(
                    user: login.user, account: login.account, target: targetName, from: peer.description,
                    reason: reason.word, trace: trace),
                actor: login.user)
            if case .emergencyOnly = reason, let emergency { throw EmergencyNeeded(access: emergency) }
            throw Refusal(line: Self.line(for: reason, account: login.account, target: targetName))
        case .allowed(let destination):
            guard
                self.secondFactors.isFresh(
                    user: destination.user, from: peer.host, within: destination.secondFactorSeconds)
            else {
                self.audit(
                    .accessDenied(
                        user: destination.user, account: destination.account, target: destination.target,
                        from: peer.description, reason: "second-factor-needed", trace: trace),
                    actor: login.user)
                throw Refusal(line: try await self.stepUpLine(for: destination))
            }
            guard destination.supervision.commandRules.count <= CommandRule.maximumCount else {
                throw Refusal(
                    line:
                        "your grants have more than \(CommandRule.maximumCount) command rules together: ask your administrator"
                )
            }
            if let service { try self.takePlace(of: service, at: destination, for: number, from: peer) }
            self.audit(
                .accessAllowed(
                    session: "-", user: destination.user, account: destination.account, target: destination.target,
                    from: peer.description, grants: destination.grants, trace: trace),
                actor: login.user)
            await self.awaitRotation(
                of: AccountPlace(target: destination.target, account: destination.account), for: number)
            let (target, algorithms, credential, answers) = try await self.questions.run {
                guard let target = try store.target(destination.target),
                    let credential = try store.credential(target: destination.target, account: destination.account)
                else { throw Refusal(line: "\(destination.target) was removed just now") }
                return (
                    target, try TargetAlgorithms(target.algorithms), credential,
                    AnswerBook(try store.answers(target: credential.target, account: credential.account))
                )
            }
            do throws(CredentialFailure) {
                return Plan(
                    destination: destination, target: target, algorithms: algorithms,
                    secret: try await self.credentials.secret(of: credential), answers: answers)
            } catch {
                throw self.refusal(of: credential, to: destination.user, error)
            }
        }
    }

    /// What to do for somebody who has not proved a second factor, or not lately: at the menu there is no asking.
    private func stepUpLine(for destination: AuthorizedTarget) async throws -> String {
        let store = self.store
        let place = "\(destination.account)@\(destination.target)"
        let isEnrolled = try await self.questions.run {
            try store.user(destination.user)?.secondFactor?.isConfirmed == true
        }
        return isEnrolled
            ? "\(place) asks for a one-time code: connect with ssh \(destination.user)@\(place)@GATEWAY"
            : "\(place) asks for a one-time code, and you have none set up: ask your administrator"
    }

    /// Puts on record why a credential can't be had, in full.
    private func refusal(of credential: StoredCredential, to user: String, _ failure: CredentialFailure) -> Refusal {
        let (target, account) = (credential.target, credential.account)
        self.log.error("the credential of \(target)/\(account) can't be had: \(failure)")
        switch failure.kind {
        case .damaged:
            self.audit(
                .vaultEntryDamaged(entry: "the credential of \(target)/\(account)", cause: failure.cause), actor: user)
        case .refused, .unreachable:
            self.audit(.credentialUnavailable(target: target, account: account, cause: failure.cause), actor: user)
        }
        return Refusal(line: failure.line(account: account, target: target))
    }

    /// Whether a target exists is no business of somebody who may not go there.
    private static func line(for reason: DenialReason, account: String?, target: String) -> String {
        let place = account.map { "\($0)@\(target)" } ?? target
        switch reason {
        case .accountNeeded(let accounts):
            return "say which account on \(target): \(accounts.joined(separator: ", "))"
        case .secondFactorOfService:
            return
                "\(place) asks for a one-time code, which a service account can't give: it needs a grant without --mfa-within"
        // Who has a grant for it may know that there is such a place.
        case .notNow: return "you have no access to \(place) at this time"
        case .notFromHere: return "you have no access to \(place) from this address"
        case .emergencyOnly: return "\(place) is for emergencies: say which account, at a terminal"
        case .unknownUser, .userDisabled, .unknownTarget, .unknownAccount, .noGrant, .deniedByRule,
            .channelNotPermitted:
            return "you have no access to \(AuditField(name: "place", value: place).value)"
        }
    }

    // MARK: Limits

    /// Audits and refuses a session that would be one too many; without an excess it does nothing.
    private func refuse(
        _ destination: AuthorizedTarget, from peer: PeerAddress, ifBeyond excess: SessionExcess?
    ) throws(Refusal) {
        guard let excess else { return }
        self.audit(
            .accessDenied(
                user: destination.user, account: destination.account, target: destination.target,
                from: peer.description, reason: excess.word),
            actor: destination.user)
        throw Refusal(line: excess.line)
    }

    // MARK: Handing over

    /// Gives the worker the target, the recording and what it logs in with. The connection has its session.
    func handOver(
        _ plan: Plan, _ opened: OpenedRecording, _ socket: SharedDescriptor, to connection: Connection
    ) throws {
        var descriptors = [opened.appender.rawValue, socket.rawValue]
        // Closed here once it is sent.
        var agentEnd: SharedDescriptor?
        defer { withExtendedLifetime(agentEnd) {} }
        let credential: TargetCredential
        switch plan.secret {
        case .password(let password):
            var message = BrokerMessage.targetPassword(password.withUnsafeBytes { Array($0) }).encoded
            _ = try? connection.socket.send(message, waiting: false)
            message.withUnsafeMutableBytes { if let start = $0.baseAddress { sp_wipe(start, $0.count) } }
            credential = .password
        case .certificate: preconditionFailure("the caller has had the certificate made")
        case .key(let identity), .issued(let identity):
            credential = identity.certificate == nil ? .agent : .certificate
            let (ours, theirs) = try SharedDescriptor.makeSocketPair(type: SOCK_STREAM)
            let agent = AgentConnection(
                socket: ours,
                responder: AgentResponder(
                    identity: identity, account: plan.destination.account,
                    signsWithSHA1: plan.algorithms.signsWithSHA1))
            connection.session?.agent = agent
            self.serveAgent(of: connection, agent)
            agentEnd = theirs
            descriptors.append(theirs.rawValue)
        }
        let restrictions = connection.login?.restrictions ?? []
        connection.permissions.opened()
        self.send(
            .targetOpened(
                TargetOpening(
                    sessionID: Array(opened.id.description.utf8), targetName: Array(plan.target.name.utf8),
                    account: Array(plan.destination.account.utf8), credential: credential,
                    hostKeys: plan.target.hostKeys.map {
                        Array("\($0.type) \(Data($0.blob).base64EncodedString())".utf8)
                    },
                    algorithms: plan.algorithms,
                    passwordPrompt: plan.target.passwordPrompt.map { Array($0.utf8) },
                    passesPrompts: plan.target.prompts == .pass && !restrictions.contains(.service),
                    channelKinds: ChannelKinds(plan.destination.channels).without(restrictions),
                    forwards: restrictions.contains(.noForwards) ? [] : self.forwards(of: plan.destination),
                    keystrokes: KeystrokePolicy(plan.destination.keystrokes),
                    omitsFileContent: plan.destination.fileContent == .omit,
                    limits: SessionLimits(plan.destination.limits),
                    heldBecause: plan.destination.supervision.isDualControl ? Array(Self.heldAtFirst.utf8) : [],
                    commandRules: plan.destination.supervision.commandRules.map { Array($0.text.utf8) },
                    frameKey: opened.frameKey.withUnsafeBytes { Array($0) },
                    inputKey: opened.inputKey?.withUnsafeBytes { Array($0) },
                    startNanoseconds: opened.startedMonotonicNanoseconds, recordedBytes: opened.writtenBytes)),
            descriptors: descriptors, to: connection)
    }

    // MARK: The way to the target

    func received(_ report: TargetReport, from connection: Connection) {
        guard let session = connection.session else { return }
        let (target, user) = (session.destination.target, session.destination.user)
        connection.loginPlace = nil
        switch report {
        case .ready:
            session.isRelaying = true
            self.stopAgent(of: connection)
            connection.robot?.post(.ready)
        case .hostKeyMismatch(let presented):
            let blob = presented.split(separator: UInt8(ascii: " ")).last.flatMap { Data(base64Encoded: Data($0)) }
            let fingerprint = OpenSSHPublicKey.fingerprint(ofBlob: blob.map { Array($0) } ?? [])
            self.log.critical("\(target) presents host key \(fingerprint), which is not pinned")
            self.audit(
                .targetHostKeyMismatch(session: session.id, target: target, presented: fingerprint), actor: user)
            session.failure = "target host key mismatch"
            connection.robot?.post(
                .failed(RobotFailure(.unknown, "\(target) presents a host key that is not pinned")))
            self.keepPending(presented, ofTarget: target)
        case .credentialRefused(let reason):
            self.audit(
                .targetCredentialRefused(
                    session: session.id, target: target, account: session.destination.account,
                    cause: String(decoding: reason, as: UTF8.self)),
                actor: user)
            session.failure = "target refused the credential"
            connection.robot?.post(.failed(RobotFailure(.refused, String(decoding: reason, as: UTF8.self))))
        case .connectionFailed(let reason):
            self.audit(
                .targetConnectionFailed(
                    session: session.id, target: target, cause: String(decoding: reason, as: UTF8.self)),
                actor: user)
            session.failure = "target connection failed"
            connection.robot?.post(
                .failed(RobotFailure(.unknown, "the connection to \(target) failed")))
        }
    }

    /// Keeps the presented key for an administrator to judge. It proves nothing by itself.
    private func keepPending(_ presented: [UInt8], ofTarget name: String) {
        let line = String(decoding: presented, as: UTF8.self)
        // The worker has accepted its length already.
        let bits = TargetAlgorithms.legacy.minimumRSABits
        guard let key = try? OpenSSHPublicKey(line: line, minimumRSABits: bits) else { return }
        let (store, log) = (self.store, self.log)
        Task {
            do {
                try await self.questions.run { try store.keepPendingHostKey(StoredKey(key), ofTarget: name) }
            } catch {
                log.error("the presented host key of \(name) can't be kept: \(error)")
            }
        }
    }
}

extension KeystrokePolicy {
    /// The policy's words, as the worker protocol writes them.
    init(_ keystrokes: KeystrokeRecording) {
        self =
            switch keystrokes {
            case .all: .all
            case .maskSecrets: .maskSecrets
            case .none: .none
            }
    }
}

extension ChannelKinds {
    /// The policy's kinds, as the worker protocol writes them.
    init(_ kinds: Set<ChannelKind>) {
        self = []
        for kind in kinds {
            switch kind {
            case .shell: self.insert(.shell)
            case .exec: self.insert(.exec)
            case .sftp: self.insert(.sftp)
            case .scp: self.insert(.scp)
            case .localForward: self.insert(.localForward)
            case .remoteForward: self.insert(.remoteForward)
            case .agent: self.insert(.agent)
            case .x11: self.insert(.x11)
            case .checkout: break
            }
        }
    }
}

extension ChannelKinds {
    /// Without what a certificate, or being a service account, takes away.
    fileprivate func without(_ restrictions: LoginRestrictions) -> ChannelKinds {
        var kinds = self
        if restrictions.contains(.noTerminal) || restrictions.contains(.service) && !kinds.contains(.shell) {
            kinds.insert(.withoutTerminal)
        }
        if restrictions.contains(.noForwards) { kinds.subtract([.localForward, .remoteForward]) }
        if restrictions.contains(.noAgent) { kinds.remove(.agent) }
        if restrictions.contains(.noDisplay) { kinds.remove(.x11) }
        return kinds
    }
}
