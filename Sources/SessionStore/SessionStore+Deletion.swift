import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// Enters that a recording is deleted, and takes its text out of the search index, before its file goes: on the disk
    /// when this returns. Whoever deletes removes the file then, and calls ``noteGone(_:)``.
    ///
    /// Throws `conflict` for a session that runs, a recording that is damaged, or under a legal hold, or deleted already.
    /// - parameters:
    ///   - bytes, head: of the seal.
    ///   - firstRecord, lastRecord: the header and the seal.
    public func beginDeletion(
        of id: RecordingID, rule: String, reason: String?, bytes: UInt64, head: String, firstRecord: [UInt8],
        lastRecord: [UInt8], by actor: String
    ) throws(StoreError) {
        try self.change(by: actor) { database in
            guard
                let session = try Row.fetchOne(
                    database, sql: "SELECT * FROM sessions WHERE id = ?", arguments: [id.description]
                ).map(Self.session)
            else { throw StoreError(.notFound, "there is no recording \(id)") }
            guard let ending = session.ending else {
                throw StoreError(.conflict, "the session of recording \(id) has not ended")
            }
            guard ending.how != .quarantined else {
                throw StoreError(.conflict, "recording \(id) is damaged, and is kept as it is")
            }
            if let hold = try Self.legalHolds(database).first(where: { $0.subject.covers(session) }) {
                throw StoreError(
                    .conflict, "recording \(id) is under a legal hold of \(hold.subject.text): \(hold.reason)")
            }
            try database.execute(
                sql: """
                    INSERT OR IGNORE INTO deleted_recordings
                    (session, rule, reason, actor, time, is_gone, first_record, last_record)
                    VALUES (?, ?, ?, ?, ?, 0, ?, ?)
                    """,
                arguments: [
                    id.description, rule, reason, actor, Clock.wallNanoseconds(), Blob(firstRecord), Blob(lastRecord),
                ])
            guard database.changesCount == 1 else {
                throw StoreError(.conflict, "recording \(id) was deleted already")
            }
            try database.execute(sql: "DELETE FROM search WHERE session = ?", arguments: [id.description])
            try database.execute(
                sql: """
                    INSERT INTO search_coverage (session, coverage) VALUES (?1, ?2)
                    ON CONFLICT (session) DO UPDATE SET coverage = ?2
                    """, arguments: [id.description, SearchCoverage.deleted.rawValue])
            return (
                .recordingDeleted(
                    session: id.description, rule: rule, reason: reason, bytes: bytes, head: head), ()
            )
        }
    }

    /// The file of a deleted recording is not there any more.
    public func noteGone(_ id: RecordingID) throws(StoreError) {
        try self.write {
            try $0.execute(
                sql: "UPDATE deleted_recordings SET is_gone = 1 WHERE session = ?", arguments: [id.description])
        }
    }

    /// Nil for one that is there.
    public func deletedRecording(_ id: RecordingID) throws(StoreError) -> DeletedRecording? {
        try self.read { database in
            try Row.fetchOne(
                database, sql: "SELECT * FROM deleted_recordings WHERE session = ?", arguments: [id.description]
            ).map(Self.deletedRecording)
        }
    }

    public func deletedRecordings() throws(StoreError) -> [RecordingID: DeletedRecording] {
        try self.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM deleted_recordings").reduce(into: [:]) { found, row in
                if let id = RecordingID(row["session"] as String) { found[id] = Self.deletedRecording(row) }
            }
        }
    }

    /// Brings words of deleted recordings out of the index's inner pages, a little at a time, so that nobody waits long.
    public func condenseSearchIndex() throws(StoreError) {
        // The first step, negative, begins to merge all segments; the next ones go on until there is nothing to do.
        for step in 0..<Self.mostMergeSteps {
            let changes = try self.write { database in
                let before = database.totalChangesCount
                try database.execute(
                    sql: "INSERT INTO search (search, rank) VALUES ('merge', ?)",
                    arguments: [step == 0 ? -Self.mergePages : Self.mergePages])
                return database.totalChangesCount - before
            }
            if changes < 2 { return }
        }
    }

    private static let mergePages = 200
    private static let mostMergeSteps = 10_000

    private static func deletedRecording(_ row: Row) -> DeletedRecording {
        DeletedRecording(
            rule: row["rule"], reason: row["reason"], actor: row["actor"], timeNanoseconds: row["time"],
            isGone: row["is_gone"], firstRecord: row.bytes("first_record"), lastRecord: row.bytes("last_record"))
    }
}
