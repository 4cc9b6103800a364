import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// Enters a session that begins, and audits it in the same transaction.
    public func startSession(_ session: StoredSession) throws(StoreError) {
        precondition(session.ending == nil, "a session is entered when it begins")
        try self.write { database in
            try database.execute(
                sql: """
                    INSERT INTO sessions (id, user, account, target, from_address, grants, recording_path, started)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    session.id.description, session.user, session.account, session.target, session.from,
                    session.grants.joined(separator: ","), session.recordingPath, session.startedNanoseconds,
                ])
            let event = AuditEvent.sessionStarted(
                session: session.id.description, user: session.user, account: session.account,
                target: session.target, from: session.from, recording: session.recordingPath)
            try Self.append(
                event, actor: session.user, timeNanoseconds: session.startedNanoseconds, to: database)
        }
    }

    /// Enters how a session ended. `head` is the hash (hex) in the recording's seal. Throws `conflict` the second time.
    public func endSession(
        _ id: RecordingID, _ ending: StoredSession.Ending, head: String?
    ) throws(StoreError) {
        try self.write { database in
            let session = try Self.close(id, ending, database)
            let nanoseconds = max(0, ending.endedNanoseconds - session.startedNanoseconds)
            let event = AuditEvent.sessionEnded(
                session: id.description, user: session.user, how: ending.how.rawValue, bytes: ending.bytes,
                milliseconds: UInt64(nanoseconds / 1_000_000), head: head)
            try Self.append(
                event, actor: session.user, timeNanoseconds: ending.endedNanoseconds, to: database)
        }
    }

    /// Enters that a session which a crash left open was sealed as interrupted.
    public func recoverSession(
        _ id: RecordingID, bytes: UInt64, tornBytes: UInt64, head: String?, endedNanoseconds: Int64
    ) throws(StoreError) {
        try self.write { database in
            let ending = StoredSession.Ending(how: .interrupted, bytes: bytes, endedNanoseconds: endedNanoseconds)
            _ = try Self.close(id, ending, database)
            let event = AuditEvent.sessionRecovered(
                session: id.description, bytes: bytes, tornBytes: tornBytes, head: head)
            try Self.append(event, actor: "gateway", timeNanoseconds: Clock.wallNanoseconds(), to: database)
        }
    }

    /// Enters that the recording of a session which a crash left open is damaged. Throws `conflict` the second time.
    public func quarantineSession(
        _ id: RecordingID, bytes: UInt64, cause: String, endedNanoseconds: Int64
    ) throws(StoreError) {
        try self.write { database in
            let ending = StoredSession.Ending(how: .quarantined, bytes: bytes, endedNanoseconds: endedNanoseconds)
            _ = try Self.close(id, ending, database)
            let event = AuditEvent.recordingQuarantined(session: id.description, bytes: bytes, cause: cause)
            try Self.append(event, actor: "gateway", timeNanoseconds: Clock.wallNanoseconds(), to: database)
        }
    }

    /// Nil when there is no such session.
    public func session(_ id: RecordingID) throws(StoreError) -> StoredSession? {
        try self.read { try Self.session(id, $0) }
    }

    /// Every session, oldest first.
    public func sessions() throws(StoreError) -> [StoredSession] {
        try self.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM sessions ORDER BY started, id").map(Self.session)
        }
    }

    public func sessionCount() throws(StoreError) -> Int {
        try self.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sessions") ?? 0 }
    }

    /// Sessions without an end, oldest first: the live ones, or after a crash those to recover.
    public func unfinishedSessions() throws(StoreError) -> [StoredSession] {
        try self.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM sessions WHERE ended IS NULL ORDER BY started, id")
                .map(Self.session)
        }
    }

    private static func close(
        _ id: RecordingID, _ ending: StoredSession.Ending, _ database: Database
    ) throws -> StoredSession {
        guard let session = try Self.session(id, database) else {
            throw StoreError(.notFound, "there is no session \(id)")
        }
        guard session.ending == nil else { throw StoreError(.conflict, "session \(id) has ended already") }
        try database.execute(
            sql: "UPDATE sessions SET ended = ?, how = ?, bytes = ? WHERE id = ?",
            arguments: [
                ending.endedNanoseconds, ending.how.rawValue, Int64(clamping: ending.bytes), id.description,
            ])
        return session
    }

    private static func session(_ id: RecordingID, _ database: Database) throws -> StoredSession? {
        try Row.fetchOne(database, sql: "SELECT * FROM sessions WHERE id = ?", arguments: [id.description])
            .map(Self.session)
    }

    static func session(_ row: Row) throws -> StoredSession {
        let text: String = row["id"]
        guard let id = RecordingID(text) else { throw StoreError(.database, "the session id \(text) can't be read") }
        let ended: Int64? = row["ended"]
        let how: String? = row["how"]
        let bytes: Int64? = row["bytes"]
        var ending: StoredSession.Ending?
        if let ended {
            guard let how = how.flatMap(StoredSession.How.init(rawValue:)) else {
                throw StoreError(.database, "session \(id) ended in an unknown way: use the version that wrote it")
            }
            ending = StoredSession.Ending(how: how, bytes: UInt64(clamping: bytes ?? 0), endedNanoseconds: ended)
        }
        let grants: String = row["grants"]
        return StoredSession(
            id: id, user: row["user"], account: row["account"], target: row["target"], from: row["from_address"],
            grants: grants.split(separator: ",").map(String.init), recordingPath: row["recording_path"],
            startedNanoseconds: row["started"], ending: ending)
    }
}
