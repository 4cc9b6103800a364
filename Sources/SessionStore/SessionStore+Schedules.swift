import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// Sets when and how the account's secret is changed by itself. Throws `notFound` for an account without a
    /// credential.
    public func setRotationSchedule(_ schedule: StoredRotationSchedule, by actor: String) throws(StoreError) {
        if let via = schedule.via { try Self.validate(via, as: .account) }
        try self.change(by: actor) { database in
            let id = try Self.requiredTargetID(schedule.target, database)
            guard
                try Bool.fetchOne(
                    database, sql: "SELECT 1 FROM credentials WHERE target = ? AND account = ?",
                    arguments: [id, schedule.account]) != nil
            else { throw StoreError(.notFound, "there is no credential for \(schedule.target)/\(schedule.account)") }
            try database.execute(
                sql: """
                    INSERT INTO rotation_schedules (target, account, every_seconds, after_sessions, via, keys_file, tried)
                    VALUES (?, ?, ?, ?, ?, ?, 0)
                    ON CONFLICT (target, account) DO UPDATE SET every_seconds = excluded.every_seconds,
                        after_sessions = excluded.after_sessions, via = excluded.via, keys_file = excluded.keys_file
                    """,
                arguments: [
                    id, schedule.account, schedule.everySeconds, schedule.isAfterSessions, schedule.via,
                    schedule.keysFile,
                ])
            return (
                .rotationScheduled(
                    target: schedule.target, account: schedule.account,
                    everySeconds: schedule.everySeconds.map { UInt64(max(0, $0)) },
                    afterSessions: schedule.isAfterSessions, via: schedule.via, keysFile: schedule.keysFile), ()
            )
        }
    }

    /// Nil for an account of which nothing was said.
    public func rotationSchedule(target: String, account: String) throws(StoreError) -> StoredRotationSchedule? {
        try self.read { database in
            try Row.fetchOne(
                database, sql: "\(Self.selectSchedules) WHERE targets.name = ? AND account = ?",
                arguments: [target, account]
            ).map(Self.schedule)
        }
    }

    /// Accounts whose secret is older than their schedule permits, and that were not tried since `retry` (UTC,
    /// nanoseconds).
    public func dueRotations(at now: Int64, notTriedSince retry: Int64) throws(StoreError) -> [StoredRotationSchedule] {
        try self.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    \(Self.selectSchedules)
                    JOIN credentials ON credentials.target = rotation_schedules.target
                    AND credentials.account = rotation_schedules.account
                    WHERE every_seconds IS NOT NULL AND credentials.changed + every_seconds * 1000000000 <= ?
                    AND tried <= ? ORDER BY credentials.changed
                    """, arguments: [now, retry]
            ).map(Self.schedule)
        }
    }

    /// It is being tried now.
    public func noteRotationTried(target: String, account: String) throws(StoreError) {
        try self.write { database in
            let id = try Self.requiredTargetID(target, database)
            try database.execute(
                sql: "UPDATE rotation_schedules SET tried = ? WHERE target = ? AND account = ?",
                arguments: [Clock.wallNanoseconds(), id, account])
        }
    }

    private static let selectSchedules = """
        SELECT rotation_schedules.*, targets.name AS target_name FROM rotation_schedules
        JOIN targets ON targets.id = rotation_schedules.target
        """

    private static func schedule(_ row: Row) -> StoredRotationSchedule {
        StoredRotationSchedule(
            target: row["target_name"], account: row["account"], everySeconds: row["every_seconds"],
            isAfterSessions: row["after_sessions"], via: row["via"], keysFile: row["keys_file"],
            triedNanoseconds: row["tried"])
    }
}
