import AccessPolicy
import AdminAPI

/// Makes a grant of what an administrator asked for. Throws `AdminError` with one line that says what to do.
enum GrantReading {
    /// Most users, targets or accounts that one grant may name.
    private static let maximumMembers = 1000

    static func grant(_ request: AddGrantRequest) throws -> Grant {
        guard
            [request.users, request.groups ?? [], request.targets, request.accounts].allSatisfy({
                $0.count <= Self.maximumMembers
            })
        else {
            throw AdminError(.invalidInput, "a grant may name at most \(Self.maximumMembers) of a kind")
        }
        let terms = request.terms ?? GrantTerms()
        let effect: Grant.Effect = try self.value(terms.effect, orSay: "has an effect that there is not") ?? .allow
        let channels = Set(
            try request.allow.compactMap { name -> ChannelKind? in
                try self.value(
                    name, orSay: "\(effect == .allow ? "allows" : "denies") something that is no kind of channel")
            })
        let labels = try (terms.targetLabels ?? []).map { text in
            try self.reading { () throws(Label.Invalid) in try Label(parsing: text) }
        }
        guard labels.count <= Label.maximumCount else {
            throw AdminError(.invalidInput, "a grant may name at most \(Label.maximumCount) labels")
        }
        let limits = try self.limits(terms)
        let supervision = try self.reading { () throws(Supervision.Invalid) in
            try Supervision(parsing: terms.supervision ?? [])
        }
        if effect == .deny {
            let asksForMore =
                !(request.forwards ?? []).isEmpty || !(request.listens ?? []).isEmpty || request.nestedSSH == true
                || request.keystrokes != nil || request.fileContent != nil || request.secondFactorSeconds != nil
                || limits != .none || terms.approval != nil || terms.breakGlass != nil || supervision != .none
            guard !asksForMore else {
                throw AdminError(
                    .invalidInput, "a grant that denies asks for nothing else",
                    hint: "leave out forwards, recording, second factor, limits, approval and supervision")
            }
        }
        return Grant(
            name: request.name, effect: effect, users: Set(request.users), groups: Set(request.groups ?? []),
            targets: Set(request.targets), targetLabels: LabelSelector(Set(labels)), accounts: Set(request.accounts),
            channels: channels, forwards: effect == .deny ? [] : try self.forwards(of: request, channels),
            keystrokes: try self.value(request.keystrokes, orSay: "names no policy for keystrokes") ?? .standard,
            fileContent: try self.value(request.fileContent, orSay: "names no policy for the content of files")
                ?? .standard,
            secondFactorSeconds: try self.secondFactorSeconds(request.secondFactorSeconds),
            conditions: try self.conditions(terms), limits: limits, approval: try self.approval(terms.approval),
            breakGlass: try self.breakGlass(terms.breakGlass), supervision: supervision)
    }

    private static func breakGlass(_ terms: BreakGlassTerms?) throws -> BreakGlassRule? {
        guard let terms else { return nil }
        let rule = BreakGlassRule(
            seconds: terms.seconds ?? BreakGlassRule.standardSeconds, reviewers: Set(terms.reviewers))
        try self.reading { () throws(ApprovalRule.Invalid) in try rule.validate() }
        return rule
    }

    private static func approval(_ terms: ApprovalTerms?) throws -> ApprovalRule? {
        guard let terms else { return nil }
        let rule = ApprovalRule(
            approvals: terms.approvals, approvers: Set(terms.approvers), deputies: Set(terms.deputies ?? []),
            deputySeconds: terms.deputySeconds ?? ApprovalRule.standardDeputySeconds,
            waitSeconds: terms.waitSeconds ?? ApprovalRule.standardWaitSeconds,
            longestSeconds: terms.longestSeconds ?? ApprovalRule.standardLongestSeconds,
            requiresReason: terms.requiresReason ?? false, ticketPattern: terms.ticket)
        try self.reading { () throws(ApprovalRule.Invalid) in try rule.validate() }
        return rule
    }

    private static func conditions(_ terms: GrantTerms) throws -> AccessConditions {
        let (windows, sources) = (terms.windows ?? [], terms.from ?? [])
        guard windows.count <= WeeklyWindow.maximumInGrant else {
            throw AdminError(.invalidInput, "a grant may have at most \(WeeklyWindow.maximumInGrant) windows")
        }
        guard sources.count <= AccessConditions.maximumSources else {
            throw AdminError(.invalidInput, "a grant may name at most \(AccessConditions.maximumSources) networks")
        }
        return AccessConditions(
            windows: try windows.map { text in
                try self.reading { () throws(WeeklyWindow.Invalid) in try WeeklyWindow(parsing: text) }
            },
            notBefore: terms.notBefore?.nanosecondsSince1970, notAfter: terms.notAfter?.nanosecondsSince1970,
            sources: try sources.map { text in
                try self.reading { () throws(IPNetwork.Invalid) in try IPNetwork(parsing: text) }
            })
    }

    private static func limits(_ terms: GrantTerms) throws -> AccessLimits {
        func checked(_ value: Int?, _ range: ClosedRange<Int>, _ problem: String) throws -> Int? {
            guard value.map(range.contains) ?? true else { throw AdminError(.invalidInput, problem) }
            return value
        }
        return AccessLimits(
            sessionSeconds: try checked(
                terms.sessionSeconds, 10...31_536_000, "a session may last 10 seconds to 365 days"),
            idleSeconds: try checked(terms.idleSeconds, 5...86_400, "a session may be idle for 5 seconds to 24 hours"),
            sessionsPerUser: try checked(terms.sessionsPerUser, 1...10_000, "a user may have 1 to 10000 sessions"),
            sessionsPerTarget: try checked(
                terms.sessionsPerTarget, 1...10_000, "a target may have 1 to 10000 sessions"),
            bytes: Set(
                try (terms.byteLimits ?? []).map { text in
                    try self.reading { () throws(ByteLimit.Invalid) in try ByteLimit(parsing: text) }
                }))
    }

    /// The value with this name.
    private static func value<Value: RawRepresentable & CaseIterable>(
        _ name: String?, orSay problem: String
    ) throws -> Value? where Value.RawValue == String {
        guard let name else { return nil }
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

    /// Reads a text of the policy's, whose errors are for people.
    static func reading<Value, Failure: PolicyTextError>(_ read: () throws(Failure) -> Value) throws -> Value {
        do { return try read() } catch { throw AdminError(.invalidInput, error.message) }
    }
}

/// Why a text of the policy's can't be read.
protocol PolicyTextError: Error {
    /// One line that says what to do.
    var message: String { get }
}

extension Label.Invalid: PolicyTextError {}
extension IPNetwork.Invalid: PolicyTextError {}
extension WeeklyWindow.Invalid: PolicyTextError {}
extension ByteLimit.Invalid: PolicyTextError {}
extension ApprovalRule.Invalid: PolicyTextError {}

extension ApprovalTerms {
    init(_ rule: ApprovalRule) {
        let hasDeputies = !rule.deputies.isEmpty
        self.init(
            approvals: rule.approvals, approvers: rule.approvers.sorted(),
            deputies: hasDeputies ? rule.deputies.sorted() : nil, deputySeconds: hasDeputies ? rule.deputySeconds : nil,
            waitSeconds: rule.waitSeconds, longestSeconds: rule.longestSeconds,
            requiresReason: rule.requiresReason ? true : nil, ticket: rule.ticketPattern)
    }
}
extension Supervision.Invalid: PolicyTextError {}

extension GrantTerms {
    /// nil for a grant that says nothing of it.
    init?(_ grant: Grant) {
        guard !grant.terms.isEmpty else { return nil }
        func some(_ texts: [String]) -> [String]? { texts.isEmpty ? nil : texts }
        let (conditions, limits) = (grant.conditions, grant.limits)
        self.init(
            effect: grant.effect == .allow ? nil : grant.effect.rawValue, targetLabels: some(grant.targetLabels.words),
            windows: some(conditions.windows.map(\.text)),
            notBefore: conditions.notBefore.map(Timestamp.init(nanosecondsSince1970:)),
            notAfter: conditions.notAfter.map(Timestamp.init(nanosecondsSince1970:)),
            from: some(conditions.sources.map(\.text)), sessionSeconds: limits.sessionSeconds,
            idleSeconds: limits.idleSeconds, sessionsPerUser: limits.sessionsPerUser,
            sessionsPerTarget: limits.sessionsPerTarget, byteLimits: some(limits.bytes.map(\.text).sorted()),
            approval: grant.approval.map(ApprovalTerms.init),
            breakGlass: grant.breakGlass.map {
                BreakGlassTerms(seconds: $0.seconds, reviewers: $0.reviewers.sorted())
            },
            supervision: some(grant.supervision.terms))
    }
}
