import AccessPolicy
import AdminAPI
import Platform
import SessionStore

extension GatewayAdministration {
    func addGrant(_ request: AddGrantRequest, by actor: AdminActor) async throws -> GrantInfo {
        let grant = try GrantReading.grant(request)
        let store = self.store
        let info = try await self.perform {
            try store.addGrant(grant, by: actor.name)
            guard let stored = try store.grants().first(where: { $0.grant.name == request.name }) else {
                throw AdminError(.conflict, "grant \(request.name) was removed just now")
            }
            return GrantInfo(stored)
        }
        // One that denies takes access away, and each may change when a session's time is over.
        _ = try await self.live.review(by: actor.name, reason: nil)
        return info
    }

    func listGrants(by actor: AdminActor) async throws -> [GrantInfo] {
        let store = self.store
        return try await self.perform { try store.grants().map(GrantInfo.init) }
    }

    func removeGrant(_ name: String, reason: String?, by actor: AdminActor) async throws -> Withdrawal {
        let store = self.store
        return try await self.withdrawing(reason: reason, by: actor) { try store.removeGrant(name, by: actor.name) }
    }

    /// How far the end of an access is looked for, in nanoseconds: a week and a day.
    private static let explainedHorizon: Int64 = 8 * 86_400 * 1_000_000_000

    /// What the policy would say. Existing sessions and the vault's state play no part.
    func explain(_ request: ExplainRequest, by actor: AdminActor) async throws -> Explanation {
        let store = self.store
        let asked = try Self.accessRequest(request)
        return try await self.perform {
            let policy = AccessPolicy(rules: try store.accessRules())
            let decision = policy.decide(asked)
            let trace = decision.trace.map {
                Explanation.Step(rule: $0.rule, matched: $0.isFavourable, reason: $0.finding)
            }
            switch decision.verdict {
            case .allowed(let destination):
                let end = policy.end(
                    of: destination, from: asked.origin, after: asked.time, before: asked.time + Self.explainedHorizon)
                return Explanation(
                    allowed: true, reason: decision.sentence, verdict: "allowed",
                    allow: GrantInfo.names(of: destination.channels),
                    forwards: destination.forwards.map { "\($0.direction.rawValue) \($0.text)" },
                    keystrokes: destination.keystrokes.rawValue, fileContent: destination.fileContent.rawValue,
                    limits: destination.limits.words + destination.supervision.words,
                    ends: end.map(Timestamp.init(nanosecondsSince1970:)),
                    trace: trace)
            case .requestable(let offer):
                return Explanation(
                    allowed: false, reason: offer.sentence, verdict: AccessOffer.word, allow: [], trace: trace)
            case .denied(let reason):
                return Explanation(
                    allowed: false, reason: reason.sentence, verdict: reason.word, allow: [], trace: trace)
            }
        }
    }

    private static func accessRequest(_ request: ExplainRequest) throws -> AccessRequest {
        let origin = try request.from.map { text throws -> AccessOrigin in
            guard let address = IPAddress(text) else {
                throw AdminError(
                    .invalidInput, "the source is no address", hint: "write it like 192.0.2.7 or 2001:db8::1")
            }
            return .address(address)
        }
        let channel = try request.channel.map { name throws -> ChannelKind in
            guard let kind = ChannelKind(rawValue: name) else {
                throw AdminError(
                    .invalidInput, "there is no such kind of channel",
                    hint: "use \(ChannelKind.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return kind
        }
        return AccessRequest(
            user: request.user, account: request.account.isEmpty ? nil : request.account, target: request.target,
            origin: origin ?? .anywhere, time: request.at?.nanosecondsSince1970 ?? Clock.wallNanoseconds(),
            channel: channel)
    }

    func listDestinations(ofUser name: String, by actor: AdminActor) async throws -> [DestinationInfo] {
        let store = self.store
        return try await self.perform {
            let rules = try store.accessRules()
            guard rules.users[name] != nil else { throw AdminError(.notFound, "there is no user \(name)") }
            return AccessPolicy(rules: rules).destinations(of: name, from: .anywhere, at: Clock.wallNanoseconds()).map {
                DestinationInfo(target: $0.target, account: $0.account, allow: GrantInfo.names(of: $0.channels))
            }
        }
    }
}

extension GrantInfo {
    /// In the policy's own order.
    static func names(of channels: Set<ChannelKind>) -> [String] {
        ChannelKind.allCases.filter(channels.contains).map(\.rawValue)
    }

    init(_ stored: StoredGrant) {
        let grant = stored.grant
        self.init(
            name: grant.name, users: grant.users.sorted(), groups: grant.groups.sorted(),
            targets: grant.targets.sorted(),
            accounts: grant.accounts.sorted(), allow: Self.names(of: grant.channels),
            forwards: grant.forwards.filter { $0.direction == .local }.map(\.text).sorted(),
            listens: grant.forwards.filter { $0.direction == .remote }.map(\.text).sorted(),
            nestedSSH: grant.forwards.contains(where: \.allowsNestedSSH),
            keystrokes: grant.keystrokes.rawValue, fileContent: grant.fileContent.rawValue,
            secondFactorSeconds: grant.secondFactorSeconds, terms: GrantTerms(grant), summary: grant.terms,
            added: Timestamp(nanosecondsSince1970: stored.addedNanoseconds))
    }
}
