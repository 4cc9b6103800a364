import CommandRules

/// How people look after a session while it runs. Whatever is said here only ever takes freedom away from its user.
public struct Supervision: Hashable, Sendable {
    /// Nothing of the admin's arrives at the target unless a supervisor watches.
    public let isDualControl: Bool
    /// How long a supervisor's word is good for, in seconds: nil for as long as they watch. Says dual control.
    public let deadManSeconds: Int?
    /// A supervisor is a member of each of them; anybody but the session's user when there are none.
    public let supervisorGroups: Set<String>
    /// Who types along is a member of each of them; nil where nobody may.
    public let joinerGroups: Set<String>?
    /// The admin is told who watches.
    public let showsWatchers: Bool
    /// Each once, in order of their texts.
    public let commandRules: [CommandRule]

    public static let none = Supervision()

    /// In seconds.
    public static let deadManRange = 5...86_400
    public static let maximumGroups = 16

    public init(
        isDualControl: Bool = false, deadManSeconds: Int? = nil, supervisorGroups: Set<String> = [],
        joinerGroups: Set<String>? = nil, showsWatchers: Bool = false, commandRules: [CommandRule] = []
    ) {
        self.isDualControl = isDualControl || deadManSeconds != nil
        self.deadManSeconds = deadManSeconds
        self.supervisorGroups = supervisorGroups
        self.joinerGroups = joinerGroups
        self.showsWatchers = showsWatchers
        self.commandRules = Set(commandRules).sorted { $0.text < $1.text }
    }

    /// Of several grants that apply, the strictest counts: who supervises has to be in the groups of each, and who
    /// types along has to be allowed to by each.
    public static func strictest(of all: [Supervision]) -> Supervision {
        Supervision(
            isDualControl: all.contains(where: \.isDualControl), deadManSeconds: all.compactMap(\.deadManSeconds).min(),
            supervisorGroups: all.reduce(into: []) { $0.formUnion($1.supervisorGroups) },
            joinerGroups: all.isEmpty || all.contains { $0.joinerGroups == nil }
                ? nil : all.reduce(into: []) { $0.formUnion($1.joinerGroups ?? []) },
            showsWatchers: all.contains(where: \.showsWatchers), commandRules: all.flatMap(\.commandRules))
    }

    /// Whether somebody may be a supervisor of a session of `user`.
    /// - parameters:
    ///   - name: of who watches.
    ///   - groups: those that the gateway's user of this name, who is enabled, is a member of.
    public func admits(_ name: String, in groups: Set<String>, over user: String) -> Bool {
        self.isDualControl && self.mayDecide(name, in: groups, over: user)
    }

    /// Whether somebody may let a command go on that waits in a session of `user`. As ``admits(_:in:over:)``, whether or
    /// not there is dual control.
    public func mayDecide(_ name: String, in groups: Set<String>, over user: String) -> Bool {
        name != user && self.supervisorGroups.isSubset(of: groups)
    }

    /// Whether somebody may type along in a session of `user`. As ``admits(_:in:over:)``.
    public func mayJoin(_ name: String, in groups: Set<String>, over user: String) -> Bool {
        guard let joiners = self.joinerGroups, !joiners.isEmpty else { return false }
        return name != user && joiners.isSubset(of: groups)
    }

    /// Each in a few words.
    public var words: [String] {
        var words: [String] = []
        if self.isDualControl {
            let groups = self.supervisorGroups.sorted().joined(separator: " and ")
            let whose = groups.isEmpty ? "" : " of \(groups)"
            let again = self.deadManSeconds.map { " and says so each \(AccessLimits.length($0))" } ?? ""
            words.append("dual control: only while a supervisor\(whose) watches\(again)")
        }
        if let joiners = self.joinerGroups {
            words.append("members of \(joiners.sorted().joined(separator: " and ")) may type along")
        }
        if self.showsWatchers { words.append("shows who watches") }
        if !self.isDualControl, !self.supervisorGroups.isEmpty {
            words.append("supervisors of \(self.supervisorGroups.sorted().joined(separator: " and "))")
        }
        words += self.commandRules.map { "command rule \($0.text)" }
        return words
    }
}

extension Supervision {
    /// Why a term can't be read: one line that says what to do.
    public struct Invalid: Error, Hashable, Sendable {
        public let message: String
    }

    /// Reads what ``terms`` writes: `dual-control`, `dead-man SECONDS`, `supervisors GROUP`, `join GROUP`,
    /// `show-watchers`, `rule NAME ACTION PATTERN`.
    public init(parsing terms: [String]) throws(Invalid) {
        var (isDualControl, showsWatchers) = (false, false)
        var deadManSeconds: Int?
        var groups: Set<String> = []
        var joiners: Set<String>?
        var rules: [CommandRule] = []
        for term in terms {
            if term.hasPrefix("rule ") {
                do {
                    rules.append(try CommandRule(parsing: String(term.dropFirst(5))))
                } catch {
                    throw Invalid(message: error.message)
                }
                continue
            }
            let words = term.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            switch (words.first, words.count) {
            case ("dual-control", 1): isDualControl = true
            case ("show-watchers", 1): showsWatchers = true
            case ("dead-man", 2):
                guard let seconds = Int(words[1]), Self.deadManRange.contains(seconds), deadManSeconds == nil else {
                    throw Invalid(message: "a supervisor may be asked each 5 seconds to 24 hours, once in a grant")
                }
                deadManSeconds = seconds
            case ("supervisors", 2) where !words[1].isEmpty: groups.insert(words[1])
            case ("join", 2) where !words[1].isEmpty: joiners = (joiners ?? []).union([words[1]])
            default:
                throw Invalid(
                    message:
                        "supervision is dual-control, dead-man SECONDS, supervisors GROUP, join GROUP, show-watchers or rule RULE"
                )
            }
        }
        guard groups.count <= Self.maximumGroups, joiners?.count ?? 0 <= Self.maximumGroups else {
            throw Invalid(
                message:
                    "a grant may name at most \(Self.maximumGroups) groups of supervisors, and of who may type along")
        }
        guard rules.count <= CommandRule.maximumCount else {
            throw Invalid(message: "a grant may have at most \(CommandRule.maximumCount) command rules")
        }
        self.init(
            isDualControl: isDualControl, deadManSeconds: deadManSeconds, supervisorGroups: groups,
            joinerGroups: joiners, showsWatchers: showsWatchers, commandRules: rules)
    }

    /// As ``init(parsing:)`` reads them, in order; empty for ``none``.
    public var terms: [String] {
        var terms = self.isDualControl ? ["dual-control"] : []
        if let seconds = self.deadManSeconds { terms.append("dead-man \(seconds)") }
        terms += self.supervisorGroups.sorted().map { "supervisors \($0)" }
        terms += (self.joinerGroups ?? []).sorted().map { "join \($0)" }
        if self.showsWatchers { terms.append("show-watchers") }
        return terms + self.commandRules.map { "rule \($0.text)" }
    }
}
