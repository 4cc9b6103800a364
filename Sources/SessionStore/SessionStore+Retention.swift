import AccessPolicy
import AuditLog
import GRDB
import Platform

extension SessionStore {
    // MARK: Rules

    /// Sets how long recordings of the subject are kept, in place of what was said of it. Throws `invalid` for a label that
    /// is none.
    public func setRetentionRule(
        _ subject: RetentionRule.Subject, keepSeconds: Int?, by actor: String
    ) throws(StoreError) {
        switch subject {
        case .grant(let name): try Self.validate(name, as: .grant)
        case .target(let name): try Self.validate(name, as: .target)
        case .label(let text):
            do {
                _ = try Label(parsing: text)
            } catch {
                throw StoreError(.invalid, error.message)
            }
        }
        try self.change(by: actor) { database in
            try database.execute(
                sql: """
                    INSERT INTO retention_rules (kind, subject, keep_seconds, added) VALUES (?, ?, ?, ?)
                    ON CONFLICT (kind, subject) DO UPDATE SET keep_seconds = excluded.keep_seconds
                    """, arguments: [subject.kind, subject.name, keepSeconds, Clock.wallNanoseconds()])
            return (
                .retentionRuleSet(rule: subject.text, keepSeconds: keepSeconds.map { UInt64(max(0, $0)) }), ()
            )
        }
    }

    /// Throws `notFound`.
    public func removeRetentionRule(_ subject: RetentionRule.Subject, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            try database.execute(
                sql: "DELETE FROM retention_rules WHERE kind = ? AND subject = ?",
                arguments: [subject.kind, subject.name])
            guard database.changesCount == 1 else {
                throw StoreError(.notFound, "there is no retention rule for \(subject.text)")
            }
            return (.retentionRuleRemoved(rule: subject.text), ())
        }
    }

    /// In order of kind and name.
    public func retentionRules() throws(StoreError) -> [RetentionRule] {
        try self.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM retention_rules ORDER BY kind, subject").map { row in
                let kind: String = row["kind"]
                guard let subject = RetentionRule.Subject(kind: kind, name: row["subject"]) else {
                    throw StoreError(
                        .database, "a retention rule is of the unknown kind \(kind): use the version that wrote it")
                }
                return RetentionRule(
                    subject: subject, keepSeconds: row["keep_seconds"], addedNanoseconds: row["added"])
            }
        }
    }

    // MARK: Legal holds

    /// Throws `conflict` when there is one already, `notFound` for a recording that is not there, or was deleted.
    public func placeHold(_ subject: LegalHold.Subject, reason: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            if case .recording(let id) = subject {
                let isThere = try Bool.fetchOne(
                    database,
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM sessions WHERE id = ?1)
                        AND NOT EXISTS (SELECT 1 FROM deleted_recordings WHERE session = ?1)
                        """, arguments: [id])
                guard isThere == true else { throw StoreError(.notFound, "there is no recording of this id to hold") }
            }
            let isHeld = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM legal_holds WHERE kind = ? AND subject = ?)",
                arguments: [subject.kind, subject.name])
            guard isHeld == false else { throw StoreError(.conflict, "\(subject.text) is under a legal hold already") }
            try database.execute(
                sql: "INSERT INTO legal_holds (kind, subject, reason, actor, placed) VALUES (?, ?, ?, ?, ?)",
                arguments: [subject.kind, subject.name, reason, actor, Clock.wallNanoseconds()])
            return (.legalHoldPlaced(hold: subject.text, reason: reason), ())
        }
    }

    /// Throws `notFound`.
    public func releaseHold(_ subject: LegalHold.Subject, reason: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            try database.execute(
                sql: "DELETE FROM legal_holds WHERE kind = ? AND subject = ?", arguments: [subject.kind, subject.name])
            guard database.changesCount == 1 else {
                throw StoreError(.notFound, "\(subject.text) is under no legal hold")
            }
            return (.legalHoldReleased(hold: subject.text, reason: reason), ())
        }
    }

    /// Oldest first.
    public func legalHolds() throws(StoreError) -> [LegalHold] { try self.read(Self.legalHolds) }

    static func legalHolds(_ database: Database) throws -> [LegalHold] {
        try Row.fetchAll(database, sql: "SELECT * FROM legal_holds ORDER BY placed, kind, subject").map { row in
            let kind: String = row["kind"]
            guard let subject = LegalHold.Subject(kind: kind, name: row["subject"]) else {
                throw StoreError(
                    .database, "a legal hold is of the unknown kind \(kind): use the version that wrote it")
            }
            return LegalHold(
                subject: subject, reason: row["reason"], actor: row["actor"], placedNanoseconds: row["placed"])
        }
    }
}
