/// Which users the principals of an authority's certificates may be.
public struct PrincipalMap: Hashable, Sendable {
    /// `alice` for the user of that name, `robot=deploy` for user deploy, `*` for the user of whatever name.
    public let entries: [String]

    /// Why a map can't be read: one line that says what to do.
    public struct Invalid: Error, Hashable, Sendable {
        public let message: String
    }

    /// Most entries.
    public static let maximumEntries = 1000

    public init(parsing entries: [String]) throws(Invalid) {
        guard (1...Self.maximumEntries).contains(entries.count) else {
            throw Invalid(message: "name 1 to \(Self.maximumEntries) principals, or * for all")
        }
        for entry in entries where entry != "*" {
            let parts = entry.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }), !entry.contains(where: { $0 == "," }),
                let user = parts.last, (try? ObjectName.validate(String(user), as: .user)) != nil
            else {
                throw Invalid(message: "a principal is a user's name, or PRINCIPAL=USER, or * for all")
            }
        }
        self.entries = entries
    }

    /// Whether a certificate for `principal` may be `user`. A principal that is given a user by name is that one alone.
    public func permits(_ principal: String, toBe user: String) -> Bool {
        let named = self.entries.compactMap { entry -> String? in
            let parts = entry.split(separator: "=")
            return parts.count == 2 && parts[0] == principal ? String(parts[1]) : nil
        }
        if !named.isEmpty { return named.contains(user) }
        return principal == user && (self.entries.contains(user) || self.entries.contains("*"))
    }
}
