import AccessPolicy
import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// Throws `conflict` when the name is taken.
    public func addUser(
        _ name: String, keys: [StoredUserKey], passwordHash: String?, by actor: String
    ) throws(StoreError) {
        try Self.validate(name, as: .user)
        try self.change(by: actor) { database in
            guard try Self.userID(name, database) == nil else {
                throw StoreError(.conflict, "user \(name) exists already")
            }
            try database.execute(
                sql: "INSERT INTO users (name, password_hash, added) VALUES (?, ?, ?)",
                arguments: [name, passwordHash, Clock.wallNanoseconds()])
            let id = database.lastInsertedRowID
            for key in keys { try Self.insert(key, ofUser: id, name: name, database) }
            let event = AuditEvent.userAdded(
                user: name, keys: keys.map(\.key.fingerprint), hasPassword: passwordHash != nil)
            return (event, ())
        }
    }

    /// Nil when there is no such user.
    public func user(_ name: String) throws(StoreError) -> StoredUser? {
        try self.read { database in
            guard let row = try Row.fetchOne(database, sql: "SELECT * FROM users WHERE name = ?", arguments: [name])
            else { return nil }
            return try Self.user(row, database)
        }
    }

    /// In order of name.
    public func users() throws(StoreError) -> [StoredUser] {
        try self.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM users ORDER BY name").map { try Self.user($0, database) }
        }
    }

    /// Removes the user, with keys and every mention in grants.
    public func removeUser(_ name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredUserID(name, database)
            try database.execute(sql: "DELETE FROM users WHERE id = ?", arguments: [id])
            return (.userRemoved(user: name), ())
        }
    }

    /// Nil takes the password away.
    public func setPasswordHash(_ hash: String?, ofUser name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredUserID(name, database)
            try database.execute(sql: "UPDATE users SET password_hash = ? WHERE id = ?", arguments: [hash, id])
            return (.userChanged(user: name, change: hash == nil ? "password removed" : "password set"), ())
        }
    }

    /// Lets the user sign in, or not. Throws `conflict` when it is so already.
    public func setUser(_ name: String, enabled: Bool, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredUserID(name, database)
            let word = enabled ? "enabled" : "disabled"
            try database.execute(
                sql: "UPDATE users SET enabled = ? WHERE id = ? AND enabled <> ?", arguments: [enabled, id, enabled])
            guard database.changesCount > 0 else { throw StoreError(.conflict, "user \(name) is \(word) already") }
            return (.userChanged(user: name, change: word), ())
        }
    }

    /// Throws `conflict` when the user has one of the keys already.
    public func addKeys(_ keys: [StoredUserKey], toUser name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredUserID(name, database)
            for key in keys { try Self.insert(key, ofUser: id, name: name, database) }
            let change = "keys added: \(keys.map(\.key.fingerprint).joined(separator: ","))"
            return (.userChanged(user: name, change: change), ())
        }
    }

    /// Throws `notFound` when the user has no key of this fingerprint.
    public func removeKey(_ fingerprint: String, ofUser name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredUserID(name, database)
            try database.execute(
                sql: "DELETE FROM user_keys WHERE user = ? AND fingerprint = ?", arguments: [id, fingerprint])
            guard database.changesCount > 0 else {
                throw StoreError(.notFound, "user \(name) has no key \(fingerprint)")
            }
            return (.userChanged(user: name, change: "key removed: \(fingerprint)"), ())
        }
    }

    static func policyUsers(_ database: Database) throws -> [PolicyUser] {
        let groups = try Row.fetchAll(
            database, sql: "SELECT user, groups.name AS name FROM group_members JOIN groups ON groups.id = group_id"
        ).reduce(into: [Int64: Set<String>]()) { found, row in
            found[row["user"], default: []].insert(row["name"])
        }
        return try Row.fetchAll(database, sql: "SELECT id, name, enabled FROM users")
            .map { PolicyUser(name: $0["name"], isEnabled: $0["enabled"], groups: groups[$0["id"]] ?? []) }
    }

    static func requiredUserID(_ name: String, _ database: Database) throws -> Int64 {
        guard let id = try Self.userID(name, database) else { throw StoreError(.notFound, "there is no user \(name)") }
        return id
    }

    private static func userID(_ name: String, _ database: Database) throws -> Int64? {
        try Int64.fetchOne(database, sql: "SELECT id FROM users WHERE name = ?", arguments: [name])
    }

    private static func insert(_ entry: StoredUserKey, ofUser id: Int64, name: String, _ database: Database) throws {
        let key = entry.key
        let known = try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM user_keys WHERE user = ? AND blob = ?)",
            arguments: [id, Blob(key.blob)])
        guard known == false else { throw StoreError(.conflict, "user \(name) has the key \(key.fingerprint) already") }
        try database.execute(
            sql: "INSERT INTO user_keys (user, type, blob, comment, fingerprint, expires) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [id, key.type, Blob(key.blob), key.comment, key.fingerprint, entry.expiresNanoseconds])
    }

    private static func user(_ row: Row, _ database: Database) throws -> StoredUser {
        let id: Int64 = row["id"]
        let keys = try Row.fetchAll(
            database, sql: "SELECT * FROM user_keys WHERE user = ? ORDER BY id", arguments: [id])
        let groups = try String.fetchAll(
            database,
            sql: "SELECT name FROM groups JOIN group_members ON group_id = id WHERE user = ? ORDER BY name",
            arguments: [id])
        return StoredUser(
            name: row["name"], isEnabled: row["enabled"], passwordHash: row["password_hash"],
            keys: keys.map { StoredUserKey(key: StoredKey($0), expiresNanoseconds: $0["expires"]) }, groups: groups,
            addedNanoseconds: row["added"])
    }
}

extension StoredKey {
    init(_ row: Row) {
        self.init(
            type: row["type"], blob: row.bytes("blob"), comment: row["comment"], fingerprint: row["fingerprint"])
    }
}
