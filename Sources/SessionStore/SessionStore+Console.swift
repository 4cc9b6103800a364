import AuditLog
import GRDB

/// A sign-in to the web console. Times are in UTC.
public struct StoredConsoleSession: Hashable, Sendable {
    /// SHA-256 of the cookie.
    public var hash: [UInt8]
    public var user: String
    /// Where they signed in, without a port.
    public var from: String
    public var beganNanoseconds: Int64
    public var expiresNanoseconds: Int64
    /// To the minute.
    public var lastUsedNanoseconds: Int64

    public init(
        hash: [UInt8], user: String, from: String, beganNanoseconds: Int64, expiresNanoseconds: Int64
    ) {
        self.hash = hash
        self.user = user
        self.from = from
        self.beganNanoseconds = beganNanoseconds
        self.expiresNanoseconds = expiresNanoseconds
        self.lastUsedNanoseconds = beganNanoseconds
    }
}

extension SessionStore {
    /// Throws `notFound` for a user that there is not. Forgets those that are over.
    /// - parameter event: what is audited with it, in the user's name.
    public func addConsoleSession(
        _ session: StoredConsoleSession, audited event: AuditEvent
    ) throws(StoreError) {
        try self.change(by: session.user) { database in
            let user = try Self.requiredUserID(session.user, database)
            try database.execute(
                sql: "DELETE FROM console_sessions WHERE expires <= ?", arguments: [session.beganNanoseconds])
            try database.execute(
                sql: """
                    INSERT INTO console_sessions (hash, user, from_address, began, expires, last_used)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    Blob(session.hash), user, session.from, session.beganNanoseconds, session.expiresNanoseconds,
                    session.lastUsedNanoseconds,
                ])
            return (event, ())
        }
    }

    public func consoleSession(_ hash: [UInt8]) throws(StoreError) -> StoredConsoleSession? {
        try self.read { database in
            let sql = """
                SELECT c.*, u.name FROM console_sessions c JOIN users u ON u.id = c.user WHERE hash = ?
                """
            return try Row.fetchOne(database, sql: sql, arguments: [Blob(hash)]).map { row in
                var session = StoredConsoleSession(
                    hash: hash, user: row["name"], from: row["from_address"], beganNanoseconds: row["began"],
                    expiresNanoseconds: row["expires"])
                session.lastUsedNanoseconds = row["last_used"]
                return session
            }
        }
    }

    /// Who is signed in at a time, in UTC.
    public func consoleUsers(atNanoseconds time: Int64) throws(StoreError) -> Set<String> {
        try self.read { database in
            try String.fetchSet(
                database,
                sql: "SELECT DISTINCT u.name FROM console_sessions c JOIN users u ON u.id = c.user WHERE expires > ?",
                arguments: [time])
        }
    }

    /// Not audited, and not worth a sync of its own.
    public func noteUse(ofConsoleSession hash: [UInt8], atNanoseconds time: Int64) throws(StoreError) {
        try self.write { database in
            try database.execute(
                sql: "UPDATE console_sessions SET last_used = ? WHERE hash = ?", arguments: [time, Blob(hash)])
        }
    }

    /// One that isn't there is no error, and not audited.
    public func endConsoleSession(_ session: StoredConsoleSession, audited event: AuditEvent) throws(StoreError) {
        try self.change(by: session.user) { database in
            try database.execute(
                sql: "DELETE FROM console_sessions WHERE hash = ?", arguments: [Blob(session.hash)])
            return (event, ())
        }
    }

    /// Not audited: for a database that is another one than it was.
    public func endAllConsoleSessions() throws(StoreError) {
        try self.write { try $0.execute(sql: "DELETE FROM console_sessions") }
    }

    /// What somebody signed in with is no longer theirs: whoever did so by it is out.
    static func endConsoleSessions(ofUser id: Int64, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM console_sessions WHERE user = ?", arguments: [id])
    }
}
