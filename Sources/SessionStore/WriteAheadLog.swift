import GRDB
import Glibc
import Platform

/// SQLite's log of what was committed, which is brought to the disk without a lock on the database: a login that writes
/// a row must not wait for a slow disk.
///
/// By itself SQLite syncs the log, and moves it into the database, while it holds up all writers. Here a commit syncs
/// nothing; ``sync()`` does, through a descriptor of its own; and what makes the log shorter has a connection of its own.
/// See sqlite.org/wal.html.
struct WriteAheadLog: Sendable {
    private let path: String
    private let checkpointer: DatabaseQueue

    /// The log is moved into the database when it is longer, in bytes. Rarely: the first commit afterwards begins the
    /// log anew, and that one is synced by SQLite.
    private static let maximumBytes = 8 << 20

    /// For each connection. A power cut may lose what ``sync()`` has not covered, and never corrupts. The last line cuts
    /// a log that is begun anew, so that its size tells how much is in it.
    static let settings = """
        PRAGMA synchronous = NORMAL;
        PRAGMA wal_autocheckpoint = 0;
        PRAGMA journal_size_limit = \(WriteAheadLog.maximumBytes / 2);
        """

    /// - parameter database: of a database that is open in this process, and stays so.
    init(ofDatabase database: String, _ configuration: Configuration) throws {
        self.path = database + "-wal"
        self.checkpointer = try DatabaseQueue(path: database, configuration: configuration)
    }

    /// Brings all that is committed to the disk. Blocks for the disk, and no other call.
    func sync() throws {
        let log = OwnedDescriptor(
            takingOwnershipOf: try SystemError.check(
                open(self.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), "open the database's log"))
        try SystemError.check(fdatasync(log.rawValue), "bring the database's log to the disk")
        var status = stat()
        try SystemError.check(fstat(log.rawValue, &status), "look at the database's log")
        guard status.st_size > Self.maximumBytes else { return }
        try self.checkpointer.writeWithoutTransaction { _ = try $0.checkpoint(.passive) }
    }
}
