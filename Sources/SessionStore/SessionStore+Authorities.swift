import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// Nil when there is none of that name.
    public func authority(_ name: String) throws(StoreError) -> StoredAuthority? {
        try self.read { database in
            try Row.fetchOne(
                database, sql: "SELECT * FROM certificate_authorities WHERE name = ?", arguments: [name]
            ).map { try Self.authority($0, database) }
        }
    }

    /// In order of name.
    public func authorities() throws(StoreError) -> [StoredAuthority] {
        try self.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM certificate_authorities ORDER BY name")
                .map { try Self.authority($0, database) }
        }
    }

    /// Throws `conflict` while an account uses it.
    public func removeAuthority(_ name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredAuthorityID(name, database)
            let users = try Self.accounts(ofAuthority: id, database)
            guard users.isEmpty else {
                let more = users.count > 1 ? " and \(users.count - 1) more" : ""
                throw StoreError(.conflict, "certificate authority \(name) signs for \(users[0])\(more)")
            }
            let key = try String.fetchOne(
                database, sql: "DELETE FROM certificate_authorities WHERE id = ? RETURNING key_fingerprint",
                arguments: [id])
            return (.authorityRemoved(authority: name, key: key ?? ""), ())
        }
    }

    /// A serial number that the authority has never used: microseconds since 1970, or one more than the last. So it
    /// stays unique when the database is restored from a backup, or loses its last moment in a power cut.
    public func nextSerial(ofAuthority name: String) throws(StoreError) -> UInt64 {
        let now = Clock.wallNanoseconds() / 1000
        return try self.write { database in
            let serial = try Int64.fetchOne(
                database,
                sql: """
                    UPDATE certificate_authorities SET last_serial = max(last_serial + 1, ?) WHERE name = ?
                    RETURNING last_serial
                    """,
                arguments: [now, name])
            guard let serial else { throw Self.missing(authority: name) }
            return UInt64(serial)
        }
    }

    static func add(
        _ authority: NewAuthority, by actor: String, at time: Int64, _ database: Database
    ) throws {
        let exists = try Bool.fetchOne(
            database, sql: "SELECT 1 FROM certificate_authorities WHERE name = ?", arguments: [authority.name])
        guard exists == nil else {
            throw StoreError(.conflict, "there is a certificate authority \(authority.name) already")
        }
        let key = authority.publicKey
        try database.execute(
            sql: """
                INSERT INTO certificate_authorities
                (name, sealed, key_type, key_blob, key_comment, key_fingerprint, added) VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                authority.name, Blob(authority.sealed), key.type, Blob(key.blob), key.comment, key.fingerprint, time,
            ])
        _ = try Self.append(
            .authorityAdded(authority: authority.name, key: key.fingerprint, origin: authority.origin.rawValue),
            actor: actor, timeNanoseconds: time, to: database)
    }

    static func requiredAuthorityID(_ name: String, _ database: Database) throws -> Int64 {
        let id = try Int64.fetchOne(
            database, sql: "SELECT id FROM certificate_authorities WHERE name = ?", arguments: [name])
        guard let id else { throw Self.missing(authority: name) }
        return id
    }

    private static func missing(authority name: String) -> StoreError {
        StoreError(.notFound, "there is no certificate authority \(name)")
    }

    private static func accounts(ofAuthority id: Int64, _ database: Database) throws -> [String] {
        try String.fetchAll(
            database,
            sql: """
                SELECT targets.name || '/' || account FROM credentials JOIN targets ON targets.id = target
                WHERE authority = ? ORDER BY targets.name, account
                """,
            arguments: [id])
    }

    private static func authority(_ row: Row, _ database: Database) throws -> StoredAuthority {
        StoredAuthority(
            name: row["name"], sealed: row.bytes("sealed"),
            publicKey: StoredKey(
                type: row["key_type"], blob: row.bytes("key_blob"), comment: row["key_comment"],
                fingerprint: row["key_fingerprint"]),
            accounts: try Self.accounts(ofAuthority: row["id"], database), addedNanoseconds: row["added"])
    }
}
