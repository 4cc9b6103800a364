import AuditLog
import GRDB

/// What a user may do in the administration, by names of roles.
public struct StoredRoles: Hashable, Sendable {
    /// The user's own.
    public var own: Set<String>
    /// By group.
    public var groups: [String: Set<String>]
    /// The user is enabled, and no directory says otherwise.
    public var isLetIn: Bool
}

extension SessionStore {
    /// Throws `notFound` for a user that there is not.
    public func roles(ofUser name: String) throws(StoreError) -> StoredRoles {
        try self.read { database in
            let id = try Self.requiredUserID(name, database)
            let own = try String.fetchAll(database, sql: "SELECT role FROM user_roles WHERE user = ?", arguments: [id])
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT name, role FROM group_roles JOIN group_members USING (group_id)
                    JOIN groups ON groups.id = group_id WHERE user = ?
                    """,
                arguments: [id])
            var groups: [String: Set<String>] = [:]
            for row in rows { groups[row["name"], default: []].insert(row["role"]) }
            let isLetIn = try Bool.fetchOne(
                database, sql: "SELECT enabled AND suspension IS NULL FROM users WHERE id = ?", arguments: [id])
            return StoredRoles(own: Set(own), groups: groups, isLetIn: isLetIn ?? false)
        }
    }

    public func setRoles(_ roles: Set<String>, ofUser name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredUserID(name, database)
            try database.execute(sql: "DELETE FROM user_roles WHERE user = ?", arguments: [id])
            for role in roles {
                try database.execute(
                    sql: "INSERT INTO user_roles (user, role) VALUES (?, ?)", arguments: [id, role])
            }
            return (.userChanged(user: name, change: Self.words(roles)), ())
        }
    }

    /// Throws `notFound` for a group that there is not.
    public func roles(ofGroup name: String) throws(StoreError) -> Set<String> {
        try self.read { database in
            let id = try Self.requiredGroupID(name, database)
            return Set(
                try String.fetchAll(database, sql: "SELECT role FROM group_roles WHERE group_id = ?", arguments: [id]))
        }
    }

    public func setRoles(_ roles: Set<String>, ofGroup name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredGroupID(name, database)
            try database.execute(sql: "DELETE FROM group_roles WHERE group_id = ?", arguments: [id])
            for role in roles {
                try database.execute(
                    sql: "INSERT INTO group_roles (group_id, role) VALUES (?, ?)", arguments: [id, role])
            }
            return (.groupChanged(group: name, change: Self.words(roles)), ())
        }
    }

    private static func words(_ roles: Set<String>) -> String {
        roles.isEmpty ? "roles removed" : "roles set: \(roles.sorted().joined(separator: ","))"
    }
}
