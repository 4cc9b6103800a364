import GRDB

extension SessionStore {
    /// Position of the log's newest row; 0 for an empty log.
    public func newestAuditRow() throws(StoreError) -> UInt64 {
        try self.read { UInt64(try Self.newestAuditRow($0)) }
    }

    /// Position of the last row that a receiver has. One that is new begins at the newest row.
    public func auditPosition(of receiver: String) throws(StoreError) -> UInt64 {
        try self.write { database in
            try database.execute(
                sql: "INSERT OR IGNORE INTO audit_receivers (name, position) VALUES (?, ?)",
                arguments: [receiver, Self.newestAuditRow(database)])
            let position = try Int64.fetchOne(
                database, sql: "SELECT position FROM audit_receivers WHERE name = ?", arguments: [receiver])
            return UInt64(position ?? 0)
        }
    }

    public func setAuditPosition(_ sequence: UInt64, of receiver: String) throws(StoreError) {
        try self.write { database in
            try database.execute(
                sql: "UPDATE audit_receivers SET position = ? WHERE name = ?",
                arguments: [Int64(clamping: sequence), receiver])
        }
    }

    private static func newestAuditRow(_ database: Database) throws -> Int64 {
        try Int64.fetchOne(database, sql: "SELECT max(sequence) FROM audit") ?? 0
    }
}
