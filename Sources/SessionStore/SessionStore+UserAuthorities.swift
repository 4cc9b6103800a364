import AccessPolicy
import AuditLog
import GRDB
import Platform

/// An authority whose certificates let users in.
public struct StoredUserAuthority: Hashable, Sendable {
    public let name: String
    public let key: StoredKey
    public let principals: PrincipalMap
    /// UTC.
    public let addedNanoseconds: Int64
}

extension SessionStore {
    /// Throws `conflict` when the name or the key is taken.
    public func addUserAuthority(
        _ name: String, key: StoredKey, principals: PrincipalMap, by actor: String
    ) throws(StoreError) {
        try Self.validate(name, as: .authority)
        try self.change(by: actor) { database in
            let taken = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM user_authorities WHERE name = ? OR blob = ?)",
                arguments: [name, Blob(key.blob)])
            guard taken == false else {
                throw StoreError(.conflict, "user authority \(name), or one with its key, exists already")
            }
            try database.execute(
                sql: """
                    INSERT INTO user_authorities (name, type, blob, comment, fingerprint, principals, added)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    name, key.type, Blob(key.blob), key.comment, key.fingerprint, principals.text,
                    Clock.wallNanoseconds(),
                ])
            return (.userAuthorityAdded(authority: name, key: key.fingerprint, principals: principals.entries), ())
        }
    }

    /// In order of name.
    public func userAuthorities() throws(StoreError) -> [StoredUserAuthority] {
        try self.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM user_authorities ORDER BY name").map { row in
                let text: String = row["principals"]
                guard let principals = try? PrincipalMap(parsing: text.split(separator: ",").map(String.init)) else {
                    throw StoreError(.database, "a user authority can't be read: use the version that wrote it")
                }
                return StoredUserAuthority(
                    name: row["name"], key: StoredKey(row), principals: principals, addedNanoseconds: row["added"])
            }
        }
    }

    public func removeUserAuthority(_ name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            try database.execute(sql: "DELETE FROM user_authorities WHERE name = ?", arguments: [name])
            guard database.changesCount > 0 else { throw StoreError(.notFound, "there is no user authority \(name)") }
            return (.userAuthorityRemoved(authority: name), ())
        }
    }
}

extension PrincipalMap {
    fileprivate var text: String { self.entries.joined(separator: ",") }
}
