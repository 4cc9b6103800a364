/// Which users the principals of an authority's certificates may be.
public struct PrincipalMap: Hashable, Sendable {
    /// As they were written, each one of:
    /// - `alice`: the principal of this name is the user of this name;
    /// - `robot=deploy`: principal, then user;
    /// - a rule with one `*` for any characters, which stand for the `*` of the user: `*@corp.example=*`, `ci-*=ci`.
    ///   `*` alone lets each principal be the user of its own name.
    public let entries: [String]

    /// Why a map can't be read: one line that says what to do.
    public struct Invalid: Error, Hashable, Sendable {
        public let message: String
    }

    private struct Rule: Hashable, Sendable {
        let principal: Substring
        let user: Substring

        init(_ entry: String) {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            self.principal = parts[0]
            self.user = parts.count == 2 ? parts[1] : parts[0]
        }

        var isExact: Bool { !self.principal.contains("*") }

        /// nil when the rule doesn't speak of this principal.
        func user(of principal: String) -> String? {
            guard let star = self.principal.firstIndex(of: "*") else {
                return self.principal == principal ? String(self.user) : nil
            }
            let (head, tail) = (self.principal[..<star], self.principal[self.principal.index(after: star)...])
            guard principal.count > head.count + tail.count, principal.hasPrefix(head), principal.hasSuffix(tail) else {
                return nil
            }
            let middle = principal.dropFirst(head.count).dropLast(tail.count)
            return self.user.split(separator: "*", omittingEmptySubsequences: false).joined(separator: String(middle))
        }

        /// Whether some principal could be this user.
        func leads(to user: String) -> Bool {
            guard let star = self.user.firstIndex(of: "*") else { return self.user == user }
            let (head, tail) = (self.user[..<star], self.user[self.user.index(after: star)...])
            return user.count > head.count + tail.count && user.hasPrefix(head) && user.hasSuffix(tail)
        }
    }

    private let rules: [Rule]

    /// Most entries.
    public static let maximumEntries = 1000

    public init(parsing entries: [String]) throws(Invalid) {
        guard (1...Self.maximumEntries).contains(entries.count) else {
            throw Invalid(message: "name 1 to \(Self.maximumEntries) principals, or * for all")
        }
        for entry in entries where !Self.isRule(entry) {
            throw Invalid(
                message: "a principal is a user's name, or PRINCIPAL=USER with one * at most on each side, or * for all"
            )
        }
        self.entries = entries
        self.rules = entries.map(Rule.init)
    }

    private static func isRule(_ entry: String) -> Bool {
        let rule = Rule(entry)
        let stars = [rule.principal, rule.user].map { text in text.count(where: { $0 == "*" }) }
        guard !rule.principal.isEmpty, !rule.user.contains("="), !entry.contains(","), stars[0] <= 1,
            stars[1] <= stars[0]
        else { return false }
        // What a star stands for has to make a user's name, too, and is looked at when it does.
        let sample = rule.user.split(separator: "*", omittingEmptySubsequences: false).joined(separator: "x")
        return (try? ObjectName.validate(sample, as: .user)) != nil
    }

    /// Whether a certificate for `principal` may be `user`. A principal that is given users by its whole name may be
    /// those alone, whatever the rules with a `*` say.
    public func permits(_ principal: String, toBe user: String) -> Bool {
        let exact = self.rules.filter { $0.isExact && $0.principal == principal }
        return (exact.isEmpty ? self.rules : exact).contains { $0.user(of: principal) == user }
    }

    /// Whether some certificate of the authority could be `user`.
    public func leads(to user: String) -> Bool { self.rules.contains { $0.leads(to: user) } }
}
