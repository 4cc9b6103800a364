import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// Appends an event to the audit log, in the name of `actor`.
    @discardableResult
    public func audit(
        _ event: AuditEvent, actor: String, timeNanoseconds: Int64 = Clock.wallNanoseconds()
    ) throws(StoreError) -> AuditRecord {
        try self.write { try Self.append(event, actor: actor, timeNanoseconds: timeNanoseconds, to: $0) }
    }

    /// The newest `limit` rows, oldest first; of one code only, and with one session in their fields only.
    public func auditRecords(
        limit: Int, code: String? = nil, session: RecordingID? = nil
    ) throws(StoreError) -> [AuditRecord] {
        try self.read { database in
            let name = session.map { AuditField(name: "session", value: $0.description) }
            // The bytes of a session's field stand in the row as they are.
            let needle = name.map { Blob(AuditField.encode([$0])) }
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM audit WHERE (?1 IS NULL OR code = ?1) AND (?2 IS NULL OR instr(fields, ?2) > 0)
                    ORDER BY sequence DESC LIMIT ?3
                    """,
                arguments: [code, needle, limit])
            return try rows.reversed().map(Self.auditRecord)
        }
    }

    @discardableResult
    static func append(
        _ event: AuditEvent, actor: String, timeNanoseconds: Int64, to database: Database
    ) throws -> AuditRecord {
        let last = try Row.fetchOne(database, sql: "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1")
        let sequence: Int64 = last?["sequence"] ?? 0
        let record = AuditRecord(
            sequence: UInt64(sequence) + 1, timeNanoseconds: timeNanoseconds, event: event, actor: actor,
            previousHash: last.map { $0.bytes("hash") } ?? AuditRecord.chainStart)
        try database.execute(
            sql: "INSERT INTO audit (sequence, time, code, actor, fields, hash) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                Int64(record.sequence), record.timeNanoseconds, record.code, record.actor,
                Blob(AuditField.encode(record.fields)), Blob(record.hash),
            ])
        return record
    }

    static func auditRecord(_ row: Row) throws -> AuditRecord {
        let sequence: Int64 = row["sequence"]
        guard sequence > 0,
            let record = AuditRecord(
                sequence: UInt64(sequence), timeNanoseconds: row["time"], code: row["code"], actor: row["actor"],
                encodedFields: row.bytes("fields"), hash: row.bytes("hash"))
        else { throw StoreError(.database, "audit log: row \(sequence) can't be read") }
        return record
    }
}
