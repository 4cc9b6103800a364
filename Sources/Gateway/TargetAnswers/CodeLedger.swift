/// Which one-time codes were given to targets: none is given twice, since a target may take each code once only.
/// Kept in memory: who logs in twice within one period around a restart of the gateway may be refused once.
struct CodeLedger: Sendable {
    /// Whose codes.
    struct Owner: Hashable, Sendable {
        var target: String
        var account: String
        var question: String
    }

    /// Most codes that may be given ahead of their time, in periods: so long do logins wait for a code of their own.
    static let maximumAhead: UInt64 = 2
    /// Owners that are remembered.
    static let maximumOwners = 4096

    private var last: [Owner: UInt64] = [:]

    /// The number of the code that `owner` is to give: the present one, or the next that was not given yet.
    /// - returns: nil when too many logins are waiting for one already.
    mutating func next(of owner: Owner, present: UInt64) -> UInt64? {
        let step = max(present, self.last[owner].map { $0 + 1 } ?? 0)
        guard step <= present + Self.maximumAhead else { return nil }
        if self.last.count >= Self.maximumOwners, self.last[owner] == nil {
            // Whoever it hits waits a little less than it should.
            self.last.removeAll()
        }
        self.last[owner] = step
        return step
    }
}
