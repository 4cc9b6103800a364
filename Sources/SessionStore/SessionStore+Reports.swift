import GRDB

/// What one user did with one account, as the catalogue of sessions knows it.
public struct SessionActivity: Hashable, Sendable {
    public let user: String
    public let account: String
    public let target: String
    public let sessions: Int
    /// Of them, those without an end.
    public let running: Int
    /// UTC: when the first and the last of them began.
    public let firstNanoseconds: Int64
    public let lastNanoseconds: Int64
    /// Of those that have ended.
    public let totalNanoseconds: Int64
    /// Of their recordings.
    public let bytes: Int64
}

extension SessionStore {
    /// In order of user, account and target.
    ///
    /// - parameter since: UTC, in nanoseconds: sessions that began before are left out.
    public func activity(since: Int64) throws(StoreError) -> [SessionActivity] {
        try self.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT user, account, target, count(*) AS sessions, sum(ended IS NULL) AS running,
                        min(started) AS first, max(started) AS last,
                        sum(coalesce(max(ended - started, 0), 0)) AS total, sum(coalesce(bytes, 0)) AS bytes
                    FROM sessions WHERE started >= ? GROUP BY user, account, target ORDER BY user, account, target
                    """,
                arguments: [since]
            ).map { row in
                SessionActivity(
                    user: row["user"], account: row["account"], target: row["target"], sessions: row["sessions"],
                    running: row["running"], firstNanoseconds: row["first"], lastNanoseconds: row["last"],
                    totalNanoseconds: row["total"], bytes: row["bytes"])
            }
        }
    }

    /// When the last session began that a grant allowed, UTC, in nanoseconds; by the grant's name. Sessions before the
    /// grant was added belong to another one of its name.
    public func grantUses() throws(StoreError) -> [String: Int64] {
        try self.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT name, (
                        SELECT max(started) FROM sessions
                        WHERE started >= added AND instr(',' || sessions.grants || ',', ',' || grants.name || ',') > 0
                    ) AS used FROM grants
                    """
            ).reduce(into: [:]) { uses, row in
                if let used: Int64 = row["used"] { uses[row["name"]] = used }
            }
        }
    }
}
