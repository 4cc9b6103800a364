import AccessPolicy
import AuditLog
import GRDB
import Glibc
import Platform
import Synchronization

/// Users, targets, sealed credentials, grants, the catalogue of sessions and the audit log, in one SQLite database.
///
/// The only writer of its file. Every change of configuration is audited in the transaction that makes it. Calls
/// block for the disk and may come from any thread.
public final class SessionStore: Sendable {
    private let pool: DatabasePool
    private let log: WriteAheadLog
    private let cachedRules = Mutex(CachedRules())

    /// The policy's view of the database; nil after a change until somebody asks.
    private struct CachedRules {
        var rules: AccessRules?
        /// Counts changes, so that nobody keeps what was read before one.
        var generation: UInt64 = 0
    }

    /// Opens the database at `path`, making it (mode 0600) or bringing its schema up to date where needed.
    public init(path: String) throws(StoreError) {
        // SQLite gives its side files the mode of the main file, so that one must be right from the start.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw StoreError(.database, "database \(path): \(String(cString: strerror(errno)))")
        }
        close(descriptor)

        var configuration = Configuration()
        configuration.label = "sallyport"
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { try $0.execute(sql: WriteAheadLog.settings) }
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            guard try pool.read(SchemaMigrations.migrator.hasBeenSuperseded) == false else {
                throw StoreError(.database, "database \(path) was written by a later version: use that version")
            }
            try SchemaMigrations.migrator.migrate(pool)
            try pool.write { try SealedColumn.guardAll(in: $0) }
            self.pool = pool
            self.log = try WriteAheadLog(ofDatabase: path, configuration)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.database, "database \(path): \(Self.words(error))")
        }
    }

    /// What the access policy decides by. A snapshot, shared until something changes.
    public func accessRules() throws(StoreError) -> AccessRules {
        precondition(self.currentBatch == nil, "rules that may be rolled back are nobody's to decide by")
        let cached = self.cachedRules.withLock { $0 }
        if let rules = cached.rules { return rules }
        let rules = try self.read { database in
            AccessRules(
                users: try Self.policyUsers(database), targets: try Self.policyTargets(database),
                grants: try Self.storedGrants(database).map(\.grant),
                approved: try Self.approvedAccess(database).union(Self.emergencyAccess(database)))
        }
        self.cachedRules.withLock { current in
            if current.generation == cached.generation { current.rules = rules }
        }
        return rules
    }

    /// Brings everything written so far to the disk. Cheap when nothing was; nobody else waits for it.
    public func flush() throws(StoreError) {
        do {
            try self.log.sync()
        } catch let error as SystemError {
            throw StoreError(.database, "\(error)")
        } catch {
            throw StoreError(.database, "the database can't be brought to disk: \(Self.words(error))")
        }
    }

    /// A copy of the database as it is now, in a new file for its owner alone; others go on writing meanwhile. What
    /// was deleted is not in it.
    public func snapshot(to path: String) throws(StoreError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw StoreError(.database, "\(path): \(String(cString: strerror(errno)))") }
        close(descriptor)
        do {
            // A connection of its own: it reads for as long as it takes, and holds no writer up.
            var configuration = Configuration()
            configuration.readonly = true
            let queue = try DatabaseQueue(path: self.pool.path, configuration: configuration)
            try queue.inDatabase { try $0.execute(sql: "VACUUM INTO ?", arguments: [path]) }
            try queue.close()
        } catch {
            unlink(path)
            throw StoreError(.database, "the database can't be copied: \(Self.words(error))")
        }
    }

    /// Throws `database` when SQLite finds the file inconsistent. Reads all of it.
    public func checkIntegrity() throws(StoreError) {
        let found = try self.read { try String.fetchOne($0, sql: "PRAGMA integrity_check(1)") }
        guard found == "ok" else {
            throw StoreError(.database, "the database is damaged: \(found ?? "no answer")")
        }
    }

    func read<Result>(_ body: (Database) throws -> Result) throws(StoreError) -> Result {
        do {
            if let database = self.currentBatch { return try body(database) }
            return try self.pool.read(body)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.database, "the database can't be read: \(Self.words(error))")
        }
    }

    /// One transaction, rolled back when `body` throws.
    func write<Result>(_ body: (Database) throws -> Result) throws(StoreError) -> Result {
        do {
            if let database = self.currentBatch { return try body(database) }
            return try self.pool.write(body)
        } catch let error as StoreError {
            throw error
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_TRIGGER {
            throw StoreError(.conflict, Self.words(error))
        } catch {
            throw StoreError(.database, "the database can't be written: \(Self.words(error))")
        }
    }

    /// A change of configuration with its audit event, on disk when this returns.
    func change<Result>(
        by actor: String, _ body: (Database) throws -> (event: AuditEvent, result: Result)
    ) throws(StoreError) -> Result {
        try self.changes(by: actor) { database in
            let (event, result) = try body(database)
            return ([event], result)
        }
    }

    /// The same with an event for each part of the change.
    func changes<Result>(
        by actor: String, _ body: (Database) throws -> (events: [AuditEvent], result: Result)
    ) throws(StoreError) -> Result {
        let result = try self.write { database in
            let (events, result) = try body(database)
            for event in events {
                try Self.append(event, actor: actor, timeNanoseconds: Clock.wallNanoseconds(), to: database)
            }
            return result
        }
        // Of a batch, its end sees to that.
        guard self.currentBatch == nil else { return result }
        self.forgetRules()
        try self.flush()
        return result
    }

    /// After what was changed is there for everybody.
    func forgetRules() {
        self.cachedRules.withLock { $0 = CachedRules(rules: nil, generation: $0.generation + 1) }
    }

    /// One transaction, rolled back when `body` throws, which is passed on.
    func transaction<Result>(_ body: (Database) throws -> Result) throws -> Result { try self.pool.write(body) }

    static func validate(_ name: String, as kind: ObjectName.Kind) throws(StoreError) {
        do {
            try ObjectName.validate(name, as: kind)
        } catch {
            throw StoreError(.invalid, error.message)
        }
    }

    private static func words(_ error: any Error) -> String {
        guard let error = error as? DatabaseError else { return "unexpected failure" }
        // The statement's arguments stay out: they may be hashes or sealed secrets.
        return error.message ?? "SQLite error \(error.resultCode.rawValue)"
    }
}
