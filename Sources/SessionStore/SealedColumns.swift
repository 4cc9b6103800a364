import GRDB

/// Every column that holds blobs of the vault: those named `sealed`, or with a name that ends in `_sealed`.
///
/// Found by their names, so that a table that is added to the schema takes part in changes of the vault's key without
/// being listed. A test holds every other BLOB column to a list.
struct SealedColumn {
    let table: String
    let name: String

    static func all(in database: Database) throws -> [SealedColumn] {
        var found: [SealedColumn] = []
        let tables = try String.fetchAll(
            database,
            sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name")
        for table in tables {
            for column in try database.columns(in: table).map(\.name)
            where column == "sealed" || column.hasSuffix("_sealed") {
                found.append(SealedColumn(table: table, name: column))
            }
        }
        return found
    }

    /// Refuses a blob that was sealed under a key which has been replaced meanwhile, wherever it is written: it would
    /// never open again. The key's id are the eight bytes after the first.
    static func guardAll(in database: Database) throws {
        for column in try Self.all(in: database) {
            let value = "NEW.\"\(column.name)\""
            for (word, moment) in [("insert", "INSERT"), ("update", "UPDATE OF \"\(column.name)\"")] {
                try database.execute(
                    sql: """
                        CREATE TRIGGER IF NOT EXISTS "vault_guard_\(column.table)_\(column.name)_\(word)"
                        BEFORE \(moment) ON "\(column.table)"
                        WHEN substr(\(value), 2, 8) <> (SELECT key_id FROM vault_key)
                        BEGIN
                            SELECT RAISE(ABORT, 'the vault''s key was changed just now: do it again');
                        END
                        """)
            }
        }
    }
}
