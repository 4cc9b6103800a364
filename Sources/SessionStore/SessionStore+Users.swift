import AccessPolicy
import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// Throws `conflict` when the name is taken.
    /// - parameter service: set for a service account, which has no password.
    public func addUser(
        _ name: String, keys: [StoredUserKey], passwordHash: String?, source: UserSource = .local,
        service: ServiceAccount? = nil, by actor: String
    ) throws(StoreError) {
        try Self.validate(name, as: .user)
        guard service == nil || passwordHash == nil else { throw Self.serviceSecret(name) }
        try self.change(by: actor) { database in
            guard try Self.userID(name, database) == nil else {
                throw StoreError(.conflict, "user \(name) exists already")
            }
            try database.execute(
                sql: "INSERT INTO users (name, password_hash, source, added) VALUES (?, ?, ?, ?)",
                arguments: [name, passwordHash, source.rawValue, Clock.wallNanoseconds()])
            let id = database.lastInsertedRowID
            for key in keys { try Self.insert(key, ofUser: id, name: name, database) }
            let fingerprints = keys.map(\.key.fingerprint)
            guard let service else {
                return (.userAdded(user: name, keys: fingerprints, hasPassword: passwordHash != nil), ())
            }
            try Self.insert(service, ofUser: id, database)
            let event = AuditEvent.serviceAccountAdded(
                user: name, keys: fingerprints, sources: service.sources.map(\.text),
                sessions: service.maximumSessions)
            return (event, ())
        }
    }

    /// Nil when there is no such user, which takes as many looks at the database: how long a login takes must not tell.
    public func user(_ name: String) throws(StoreError) -> StoredUser? {
        try self.read { database in
            let row = try Row.fetchOne(database, sql: "SELECT * FROM users WHERE name = ?", arguments: [name])
            guard let row else {
                _ = try Self.details(ofUser: Self.nobody, database)
                return nil
            }
            return try Self.user(row, database)
        }
    }

    /// The number of no user.
    private static let nobody: Int64 = -1

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
            if hash != nil { try Self.requirePerson(id, name: name, database) }
            try database.execute(sql: "UPDATE users SET password_hash = ? WHERE id = ?", arguments: [hash, id])
            try Self.endConsoleSessions(ofUser: id, database)
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

    /// Takes note of the count that came with a security key's signature.
    /// - returns: false when it is no higher than one seen before: there may be another key that knows the secret. Keys
    ///   that don't count always say 0, which is no sign of anything.
    public func useCounter(_ counter: UInt32, ofKey blob: [UInt8], user name: String) throws(StoreError) -> Bool {
        try self.write { database in
            try database.execute(
                sql: """
                    UPDATE user_keys SET counter = ?1
                    WHERE user = ?2 AND blob = ?3 AND (counter < ?1 OR (counter = 0 AND ?1 = 0))
                    """,
                arguments: [Int64(counter), try Self.requiredUserID(name, database), Blob(blob)])
            return database.changesCount > 0
        }
    }

    static func policyUsers(_ database: Database) throws -> [PolicyUser] {
        let groups = try Row.fetchAll(
            database, sql: "SELECT user, groups.name AS name FROM group_members JOIN groups ON groups.id = group_id"
        ).reduce(into: [Int64: Set<String>]()) { found, row in
            found[row["user"], default: []].insert(row["name"])
        }
        let ofGroups = try Row.fetchAll(
            database, sql: "SELECT name, login_requirement FROM groups WHERE login_requirement IS NOT NULL"
        ).reduce(into: [String: LoginRequirement]()) { found, row in
            let name: String = row["name"]
            found[name] = try Self.requirement(row)
        }
        let services = try Self.services(database)
        return try Row.fetchAll(
            database, sql: "SELECT id, name, enabled AND suspension IS NULL AS enabled, login_requirement FROM users"
        ).map { row in
            let groups = groups[row["id"]] ?? []
            return PolicyUser(
                name: row["name"], isEnabled: row["enabled"], groups: groups,
                requirements: [try Self.requirement(row)].compactMap { $0 }
                    + groups.sorted().compactMap { ofGroups[$0] },
                service: services[row["id"]])
        }
    }

    static func requiredUserID(_ name: String, _ database: Database) throws -> Int64 {
        guard let id = try Self.userID(name, database) else { throw StoreError(.notFound, "there is no user \(name)") }
        return id
    }

    static func userID(_ name: String, _ database: Database) throws -> Int64? {
        try Int64.fetchOne(database, sql: "SELECT id FROM users WHERE name = ?", arguments: [name])
    }

    static func insert(_ entry: StoredUserKey, ofUser id: Int64, name: String, _ database: Database) throws {
        let key = entry.key
        let known = try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM user_keys WHERE user = ? AND blob = ?)",
            arguments: [id, Blob(key.blob)])
        guard known == false else { throw StoreError(.conflict, "user \(name) has the key \(key.fingerprint) already") }
        try database.execute(
            sql: """
                INSERT INTO user_keys
                    (user, type, blob, comment, fingerprint, expires, touch, verification, counter, source)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id, key.type, Blob(key.blob), key.comment, key.fingerprint, entry.expiresNanoseconds,
                entry.requiresTouch, entry.requiresVerification, Int64(entry.counter), entry.source.rawValue,
            ])
    }

    /// What other tables hold of a user.
    private struct Details {
        let keys: [StoredUserKey]
        let groups: [(name: String, source: UserSource)]
        let secondFactor: StoredSecondFactor?
        let service: ServiceAccount?
    }

    private static func details(ofUser id: Int64, _ database: Database) throws -> Details {
        Details(
            keys: try Row.fetchAll(
                database, sql: "SELECT * FROM user_keys WHERE user = ? ORDER BY id", arguments: [id]
            ).map(StoredUserKey.init),
            groups: try Row.fetchAll(
                database,
                sql: "SELECT name, source FROM groups JOIN group_members ON group_id = id WHERE user = ? ORDER BY name",
                arguments: [id]
            ).map { (name: $0["name"], source: UserSource($0)) },
            secondFactor: try Self.secondFactor(ofUser: id, database),
            service: try Self.services(database, ofUser: id)[id])
    }

    static func user(_ row: Row, _ database: Database) throws -> StoredUser {
        let details = try Self.details(ofUser: row["id"], database)
        return StoredUser(
            name: row["name"], isEnabled: row["enabled"], source: UserSource(row), directoryID: row["directory_id"],
            suspension: row["suspension"], passwordHash: row["password_hash"], keys: details.keys,
            groups: details.groups.map(\.name),
            directoryGroups: details.groups.filter { $0.source != .local }.map(\.name),
            requirement: try Self.requirement(row), secondFactor: details.secondFactor,
            service: details.service, addedNanoseconds: row["added"])
    }
}

extension StoredUserKey {
    fileprivate init(_ row: Row) {
        let counter: Int64 = row["counter"]
        self.init(
            key: StoredKey(row), expiresNanoseconds: row["expires"], requiresTouch: row["touch"],
            requiresVerification: row["verification"], counter: UInt32(clamping: counter), source: UserSource(row))
    }
}

extension UserSource {
    /// A word that only a later version could have written stands for a directory: what it keeps is not local.
    fileprivate init(_ row: Row) { self = UserSource(rawValue: row["source"]) ?? .ldap }
}

extension StoredKey {
    init(_ row: Row) {
        self.init(
            type: row["type"], blob: row.bytes("blob"), comment: row["comment"], fingerprint: row["fingerprint"])
    }
}
