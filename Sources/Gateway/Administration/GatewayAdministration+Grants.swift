import AccessPolicy
import AdminAPI
import SessionStore

extension GatewayAdministration {
    /// Most users, targets or accounts that one grant may name.
    private static let maximumMembers = 1000

    func addGrant(_ request: AddGrantRequest, by actor: AdminActor) async throws -> GrantInfo {
        guard
            [request.users, request.groups ?? [], request.targets, request.accounts].allSatisfy({
                $0.count <= Self.maximumMembers
            })
        else {
            throw AdminError(.invalidInput, "a grant may name at most \(Self.maximumMembers) of a kind")
        }
        let channels = try Self.channels(request.allow)
        let grant = Grant(
            name: request.name, users: Set(request.users), groups: Set(request.groups ?? []),
            targets: Set(request.targets), accounts: Set(request.accounts), channels: channels,
            forwards: try Self.forwards(of: request, channels),
            keystrokes: try Self.keystrokes(request.keystrokes),
            fileContent: try Self.fileContent(request.fileContent),
            secondFactorSeconds: try Self.secondFactorSeconds(request.secondFactorSeconds))
        let store = self.store
        return try await self.perform {
            try store.addGrant(grant, by: actor.name)
            guard let stored = try store.grants().first(where: { $0.grant.name == request.name }) else {
                throw AdminError(.conflict, "grant \(request.name) was removed just now")
            }
            return GrantInfo(stored)
        }
    }

    func listGrants(by actor: AdminActor) async throws -> [GrantInfo] {
        let store = self.store
        return try await self.perform { try store.grants().map(GrantInfo.init) }
    }

    func removeGrant(_ name: String, reason: String?, by actor: AdminActor) async throws -> Withdrawal {
        let store = self.store
        return try await self.withdrawing(reason: reason, by: actor) { try store.removeGrant(name, by: actor.name) }
    }

    /// What the policy would say. Existing sessions and the vault's state play no part.
    func explain(_ request: ExplainRequest, by actor: AdminActor) async throws -> Explanation {
        let store = self.store
        let asked = AccessRequest(
            user: request.user, account: request.account.isEmpty ? nil : request.account, target: request.target)
        let decision = try await self.perform { AccessPolicy(rules: try store.accessRules()).decide(asked) }
        let trace = decision.trace.map {
            Explanation.Step(rule: $0.rule, matched: $0.isFavourable, reason: $0.finding)
        }
        switch decision.verdict {
        case .allowed(let destination):
            return Explanation(
                allowed: true, reason: "allowed by \(destination.grants.joined(separator: ", "))",
                allow: Self.names(of: destination.channels),
                forwards: destination.forwards.map { "\($0.direction.rawValue) \($0.text)" },
                keystrokes: destination.keystrokes.rawValue, fileContent: destination.fileContent.rawValue,
                trace: trace)
        case .denied(let reason):
            return Explanation(allowed: false, reason: reason.sentence, allow: [], trace: trace)
        }
    }

    func listDestinations(ofUser name: String, by actor: AdminActor) async throws -> [DestinationInfo] {
        let store = self.store
        return try await self.perform {
            let rules = try store.accessRules()
            guard rules.users[name] != nil else { throw AdminError(.notFound, "there is no user \(name)") }
            return AccessPolicy(rules: rules).destinations(of: name).map {
                DestinationInfo(target: $0.target, account: $0.account, allow: Self.names(of: $0.channels))
            }
        }
    }

    /// In the policy's own order.
    fileprivate static func names(of channels: Set<ChannelKind>) -> [String] {
        ChannelKind.allCases.filter(channels.contains).map(\.rawValue)
    }

    private static func keystrokes(_ name: String?) throws -> KeystrokeRecording {
        try name.map { try Self.value($0, orSay: "names no policy for keystrokes") } ?? .standard
    }

    private static func fileContent(_ name: String?) throws -> FileContentRecording {
        try name.map { try Self.value($0, orSay: "names no policy for the content of files") } ?? .standard
    }

    private static func channels(_ names: [String]) throws -> Set<ChannelKind> {
        Set(try names.map { try Self.value($0, orSay: "allows something that is no kind of channel") })
    }

    /// The value with this name.
    private static func value<Value: RawRepresentable & CaseIterable>(
        _ name: String, orSay problem: String
    ) throws -> Value where Value.RawValue == String {
        guard let value = Value(rawValue: name) else {
            throw AdminError(
                .invalidInput, "the grant \(problem)",
                hint: "use \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }

    /// The rules that the request names; for a direction that it permits without naming one, the target itself.
    private static func forwards(
        of request: AddGrantRequest, _ channels: Set<ChannelKind>
    ) throws -> [ForwardRule] {
        var rules: [ForwardRule] = []
        for (direction, kind, named) in [
            (ForwardRule.Direction.local, ChannelKind.localForward, request.forwards ?? []),
            (.remote, .remoteForward, request.listens ?? []),
        ] {
            let isImplied = named.isEmpty && channels.contains(kind)
            for text in isImplied ? ForwardRule.targetItself : named {
                do {
                    rules.append(
                        try ForwardRule(
                            parsing: text, direction: direction, allowsNestedSSH: request.nestedSSH ?? false))
                } catch { throw AdminError(.invalidInput, error.message) }
            }
        }
        if request.nestedSSH == true, rules.isEmpty {
            throw AdminError(.invalidInput, "the grant permits SSH inside forwards, but no forwards")
        }
        return rules
    }

    private static func secondFactorSeconds(_ seconds: Int?) throws -> Int? {
        guard let seconds else { return nil }
        // A connection takes a while from the code to the session.
        guard (30...86_400).contains(seconds) else {
            throw AdminError(.invalidInput, "the second factor may be 30 seconds to 24 hours old")
        }
        return seconds
    }
}

extension GrantInfo {
    fileprivate init(_ stored: StoredGrant) {
        let grant = stored.grant
        self.init(
            name: grant.name, users: grant.users.sorted(), groups: grant.groups.sorted(),
            targets: grant.targets.sorted(),
            accounts: grant.accounts.sorted(), allow: GatewayAdministration.names(of: grant.channels),
            forwards: grant.forwards.filter { $0.direction == .local }.map(\.text).sorted(),
            listens: grant.forwards.filter { $0.direction == .remote }.map(\.text).sorted(),
            nestedSSH: grant.forwards.contains(where: \.allowsNestedSSH),
            keystrokes: grant.keystrokes.rawValue, fileContent: grant.fileContent.rawValue,
            secondFactorSeconds: grant.secondFactorSeconds,
            added: Timestamp(nanosecondsSince1970: stored.addedNanoseconds))
    }
}
