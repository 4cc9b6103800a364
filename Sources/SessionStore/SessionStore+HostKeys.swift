import AuditLog
import GRDB
import Platform

/// The pinned host keys of targets, and keys that targets presented which nobody has judged yet.
extension SessionStore {
    /// Most keys of one target that wait for a judgement; the oldest goes first.
    public static let maximumPendingHostKeys = 8

    /// Replaces every pinned host key.
    public func pinHostKeys(_ hostKeys: [StoredKey], ofTarget name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredTargetID(name, database)
            try database.execute(sql: "DELETE FROM host_keys WHERE target = ?", arguments: [id])
            try Self.pin(hostKeys, toTarget: id, name: name, database)
            return (.targetChanged(target: name, change: "host keys pinned", hostKeys: Self.fingerprints(hostKeys)), ())
        }
    }

    /// Pins more host keys, beside those that are.
    public func addHostKeys(_ hostKeys: [StoredKey], ofTarget name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredTargetID(name, database)
            try Self.pin(hostKeys, toTarget: id, name: name, database)
            return (.targetChanged(target: name, change: "host keys added", hostKeys: Self.fingerprints(hostKeys)), ())
        }
    }

    /// Throws `invalid` for the last one: an unpinned target can't be trusted.
    public func removeHostKey(_ fingerprint: String, ofTarget name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredTargetID(name, database)
            guard try Self.key(fingerprint, in: "host_keys", ofTarget: id, database) != nil else {
                throw StoreError(.notFound, "target \(name) has no host key \(fingerprint)")
            }
            let sql = "DELETE FROM host_keys WHERE target = ? AND fingerprint = ?"
            try database.execute(sql: sql, arguments: [id, fingerprint])
            let left = "SELECT count(*) FROM host_keys WHERE target = ?"
            guard try Int.fetchOne(database, sql: left, arguments: [id]) ?? 0 > 0 else {
                throw StoreError(.invalid, "target \(name) needs at least one host key")
            }
            return (.targetChanged(target: name, change: "host key removed", hostKeys: [fingerprint]), ())
        }
    }

    /// Keeps a key that a target presented and that isn't pinned. The caller has audited it.
    public func keepPendingHostKey(_ key: StoredKey, ofTarget name: String) throws(StoreError) {
        try self.write { database in
            let id = try Self.requiredTargetID(name, database)
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO pending_host_keys (target, type, blob, comment, fingerprint, seen)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [id, key.type, Blob(key.blob), key.comment, key.fingerprint, Clock.wallNanoseconds()])
            try database.execute(
                sql: """
                    DELETE FROM pending_host_keys WHERE target = ? AND id NOT IN
                    (SELECT id FROM pending_host_keys WHERE target = ? ORDER BY id DESC LIMIT ?)
                    """,
                arguments: [id, id, Self.maximumPendingHostKeys])
        }
    }

    /// Pins a pending key, in place of the pinned ones of its type or, with `keepsOthers`, beside them.
    public func approveHostKey(
        _ fingerprint: String, ofTarget name: String, keepsOthers: Bool, by actor: String
    ) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredTargetID(name, database)
            guard let key = try Self.key(fingerprint, in: "pending_host_keys", ofTarget: id, database) else {
                throw Self.nothingPending(fingerprint, name)
            }
            if !keepsOthers {
                let sql = "DELETE FROM host_keys WHERE target = ? AND type = ?"
                try database.execute(sql: sql, arguments: [id, key.type])
            }
            try Self.pin([key], toTarget: id, name: name, database)
            return (.targetChanged(target: name, change: "host key approved", hostKeys: [fingerprint]), ())
        }
    }

    /// Forgets a pending key.
    public func dropPendingHostKey(_ fingerprint: String, ofTarget name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredTargetID(name, database)
            let sql = "DELETE FROM pending_host_keys WHERE target = ? AND fingerprint = ?"
            try database.execute(sql: sql, arguments: [id, fingerprint])
            guard database.changesCount > 0 else { throw Self.nothingPending(fingerprint, name) }
            return (.targetChanged(target: name, change: "host key dropped", hostKeys: [fingerprint]), ())
        }
    }

    static func pin(_ keys: [StoredKey], toTarget id: Int64, name: String, _ database: Database) throws {
        guard !keys.isEmpty else { throw StoreError(.invalid, "target \(name) needs at least one host key") }
        for key in keys {
            // The same key twice pins it once.
            try database.execute(
                sql: """
                    INSERT OR IGNORE INTO host_keys (target, type, blob, comment, fingerprint) VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [id, key.type, Blob(key.blob), key.comment, key.fingerprint])
            try database.execute(
                sql: "DELETE FROM pending_host_keys WHERE target = ? AND blob = ?", arguments: [id, Blob(key.blob)])
        }
    }

    /// In order of addition.
    static func keys(in table: String, ofTarget id: Int64, _ database: Database) throws -> [StoredKey] {
        try Row.fetchAll(database, sql: "SELECT * FROM \(table) WHERE target = ? ORDER BY id", arguments: [id])
            .map(StoredKey.init)
    }

    private static func key(
        _ fingerprint: String, in table: String, ofTarget id: Int64, _ database: Database
    ) throws -> StoredKey? {
        try self.keys(in: table, ofTarget: id, database).first { $0.fingerprint == fingerprint }
    }

    private static func fingerprints(_ keys: [StoredKey]) -> [String] { keys.map(\.fingerprint) }

    private static func nothingPending(_ fingerprint: String, _ name: String) -> StoreError {
        StoreError(.notFound, "target \(name) has no pending host key \(fingerprint)")
    }
}
