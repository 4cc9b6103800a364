import AccessPolicy
import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// Throws `conflict` when the name is taken, `notFound` for members that don't exist.
    public func addGroup(
        _ name: String, comment: String, members: [String], by actor: String
    ) throws(StoreError) {
        try Self.validate(name, as: .group)
        try self.change(by: actor) { database in
            guard try Self.groupID(name, database) == nil else {
                throw StoreError(.conflict, "group \(name) exists already")
            }
            try database.execute(
                sql: "INSERT INTO groups (name, comment, added) VALUES (?, ?, ?)",
                arguments: [name, comment, Clock.wallNanoseconds()])
            let id = database.lastInsertedRowID
            for member in Set(members) { try Self.insertMember(member, ofGroup: id, database) }
            return (.groupAdded(group: name, members: Set(members).sorted()), ())
        }
    }

    /// In order of name.
    public func groups() throws(StoreError) -> [StoredGroup] {
        try self.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM groups ORDER BY name").map { try Self.group($0, database) }
        }
    }

    /// Nil when there is no such group.
    public func group(_ name: String) throws(StoreError) -> StoredGroup? {
        try self.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM groups WHERE name = ?", arguments: [name])
                .map { try Self.group($0, database) }
        }
    }

    /// What is to be different about a group. Members who are there, or gone, already are no error.
    public struct GroupChange: Hashable, Sendable {
        public var comment: String?
        public var added: [String]
        public var removed: [String]

        public var isEmpty: Bool { self.comment == nil && self.added.isEmpty && self.removed.isEmpty }

        public init(comment: String? = nil, added: [String] = [], removed: [String] = []) {
            self.comment = comment
            self.added = added
            self.removed = removed
        }
    }

    /// Throws `notFound` for a group or users that don't exist, `invalid` when nothing is to be changed.
    public func changeGroup(_ name: String, _ change: GroupChange, by actor: String) throws(StoreError) {
        let (added, removed) = (Set(change.added), Set(change.removed))
        guard added.isDisjoint(with: removed) else {
            throw StoreError(.invalid, "a user can't be added to group \(name) and removed from it at once")
        }
        try self.change(by: actor) { database in
            let id = try Self.requiredGroupID(name, database)
            var words: [String] = []
            if let comment = change.comment {
                try database.execute(sql: "UPDATE groups SET comment = ? WHERE id = ?", arguments: [comment, id])
                words.append("comment \(comment)")
            }
            for member in added { try Self.insertMember(member, ofGroup: id, database) }
            if !added.isEmpty { words.append("members added: \(added.sorted().joined(separator: ","))") }
            for member in removed {
                try database.execute(
                    sql: "DELETE FROM group_members WHERE group_id = ? AND user = ?",
                    arguments: [id, try Self.requiredUserID(member, database)])
            }
            if !removed.isEmpty { words.append("members removed: \(removed.sorted().joined(separator: ","))") }
            guard !words.isEmpty else { throw StoreError(.invalid, "nothing of group \(name) is to be changed") }
            return (.groupChanged(group: name, change: words.joined(separator: "; ")), ())
        }
    }

    /// Removes the group and every mention in grants; its members stay.
    public func removeGroup(_ name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredGroupID(name, database)
            try database.execute(sql: "DELETE FROM groups WHERE id = ?", arguments: [id])
            return (.groupRemoved(group: name), ())
        }
    }

    static func requiredGroupID(_ name: String, _ database: Database) throws -> Int64 {
        guard let id = try Self.groupID(name, database) else {
            throw StoreError(.notFound, "there is no group \(name)")
        }
        return id
    }

    private static func groupID(_ name: String, _ database: Database) throws -> Int64? {
        try Int64.fetchOne(database, sql: "SELECT id FROM groups WHERE name = ?", arguments: [name])
    }

    private static func insertMember(_ user: String, ofGroup id: Int64, _ database: Database) throws {
        try database.execute(
            // Who was a member by a directory's word is one by the administrator's from now on.
            sql: """
                INSERT INTO group_members (group_id, user) VALUES (?, ?)
                ON CONFLICT (group_id, user) DO UPDATE SET source = 'local'
                """,
            arguments: [id, try Self.requiredUserID(user, database)])
    }

    private static func group(_ row: Row, _ database: Database) throws -> StoredGroup {
        let id: Int64 = row["id"]
        let members = try String.fetchAll(
            database, sql: "SELECT name FROM users JOIN group_members ON user = id WHERE group_id = ? ORDER BY name",
            arguments: [id])
        return StoredGroup(
            name: row["name"], comment: row["comment"], members: members, requirement: try Self.requirement(row),
            addedNanoseconds: row["added"])
    }
}
