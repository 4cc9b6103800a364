import AccessPolicy
import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// Throws `conflict` when the name is taken, `notFound` for users or targets that don't exist.
    public func addGrant(_ grant: Grant, by actor: String) throws(StoreError) {
        try Self.validate(grant.name, as: .grant)
        for account in grant.accounts { try Self.validate(account, as: .account) }
        for (list, word) in [
            (grant.users.union(grant.groups), "user or group"), (grant.targets, "target"), (grant.accounts, "account"),
        ]
        where list.isEmpty {
            throw StoreError(.invalid, "grant \(grant.name) names no \(word)")
        }
        guard !grant.channels.isEmpty else {
            throw StoreError(.invalid, "grant \(grant.name) permits no kind of channel")
        }
        try Self.validateForwards(of: grant)
        let users = grant.users.sorted()
        let groups = grant.groups.sorted()
        let targets = grant.targets.sorted()
        let accounts = grant.accounts.sorted()
        let channels = ChannelKind.allCases.filter(grant.channels.contains).map(\.rawValue)
        try self.change(by: actor) { database in
            let taken = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM grants WHERE name = ?)", arguments: [grant.name])
            guard taken == false else { throw StoreError(.conflict, "grant \(grant.name) exists already") }
            try database.execute(
                sql: "INSERT INTO grants (name, added, keystrokes, file_content, nested_ssh) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    grant.name, Clock.wallNanoseconds(), grant.keystrokes.rawValue, grant.fileContent.rawValue,
                    grant.forwards.contains(where: \.allowsNestedSSH),
                ])
            let id = database.lastInsertedRowID
            for user in users {
                try database.execute(
                    sql: "INSERT INTO grant_users (grant_id, user) VALUES (?, ?)",
                    arguments: [id, try Self.requiredUserID(user, database)])
            }
            for group in groups {
                try database.execute(
                    sql: "INSERT INTO grant_groups (grant_id, group_id) VALUES (?, ?)",
                    arguments: [id, try Self.requiredGroupID(group, database)])
            }
            for target in targets {
                try database.execute(
                    sql: "INSERT INTO grant_targets (grant_id, target) VALUES (?, ?)",
                    arguments: [id, try Self.requiredTargetID(target, database)])
            }
            for account in accounts {
                try database.execute(
                    sql: "INSERT INTO grant_accounts (grant_id, account) VALUES (?, ?)", arguments: [id, account])
            }
            for channel in channels {
                try database.execute(
                    sql: "INSERT INTO grant_channels (grant_id, channel) VALUES (?, ?)", arguments: [id, channel])
            }
            for rule in grant.forwards {
                try database.execute(
                    sql: "INSERT OR IGNORE INTO grant_forwards (grant_id, direction, place) VALUES (?, ?, ?)",
                    arguments: [id, rule.direction.rawValue, rule.text])
            }
            let event = AuditEvent.grantAdded(
                grant: grant.name, users: users, groups: groups, targets: targets, accounts: accounts,
                channels: channels,
                forwards: grant.forwards.filter { $0.direction == .local }.map(\.text),
                listens: grant.forwards.filter { $0.direction == .remote }.map(\.text),
                nestedSSH: grant.forwards.contains(where: \.allowsNestedSSH), keystrokes: grant.keystrokes.rawValue,
                fileContent: grant.fileContent.rawValue)
            return (event, ())
        }
    }

    private static func validateForwards(of grant: Grant) throws(StoreError) {
        guard grant.forwards.count == grant.effectiveForwards.count else {
            throw StoreError(
                .invalid, "grant \(grant.name) names places for forwards, but does not permit that kind of channel")
        }
        for direction in ForwardRule.Direction.allCases
        where grant.forwards.count(where: { $0.direction == direction }) > ForwardRule.maximumInGrant {
            throw StoreError(
                .invalid, "grant \(grant.name) names more than \(ForwardRule.maximumInGrant) places for forwards")
        }
    }

    /// In order of name.
    public func grants() throws(StoreError) -> [StoredGrant] {
        try self.read(Self.storedGrants)
    }

    public func removeGrant(_ name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            try database.execute(sql: "DELETE FROM grants WHERE name = ?", arguments: [name])
            guard database.changesCount > 0 else { throw StoreError(.notFound, "there is no grant \(name)") }
            return (.grantRemoved(grant: name), ())
        }
    }

    static func storedGrants(_ database: Database) throws -> [StoredGrant] {
        func members(_ sql: String) throws -> [Int64: Set<String>] {
            try Row.fetchAll(database, sql: sql).reduce(into: [:]) { found, row in
                found[row["grant_id"], default: []].insert(row["member"])
            }
        }
        let users = try members(
            "SELECT grant_id, users.name AS member FROM grant_users JOIN users ON users.id = user")
        let groups = try members(
            "SELECT grant_id, groups.name AS member FROM grant_groups JOIN groups ON groups.id = group_id")
        let targets = try members(
            "SELECT grant_id, targets.name AS member FROM grant_targets JOIN targets ON targets.id = target")
        let accounts = try members("SELECT grant_id, account AS member FROM grant_accounts")
        let channels = try members("SELECT grant_id, channel AS member FROM grant_channels")
        let forwards = try Row.fetchAll(
            database,
            sql: "SELECT grant_id, direction, place, nested_ssh FROM grant_forwards JOIN grants ON id = grant_id"
        ).reduce(into: [Int64: [ForwardRule]]()) { found, row in
            // A rule of a later version permits nothing here.
            guard let direction = ForwardRule.Direction(rawValue: row["direction"]),
                let rule = try? ForwardRule(
                    parsing: row["place"], direction: direction, allowsNestedSSH: row["nested_ssh"])
            else { return }
            found[row["grant_id"], default: []].append(rule)
        }
        return try Row.fetchAll(database, sql: "SELECT * FROM grants ORDER BY name").map { row in
            let id: Int64 = row["id"]
            // A kind of channel of a later version permits nothing here.
            let kinds = (channels[id] ?? []).compactMap(ChannelKind.init(rawValue:))
            // A word of a later version keeps nothing.
            let keystrokes = KeystrokeRecording(rawValue: row["keystrokes"]) ?? .none
            let fileContent = FileContentRecording(rawValue: row["file_content"]) ?? .omit
            let grant = Grant(
                name: row["name"], users: users[id] ?? [], groups: groups[id] ?? [], targets: targets[id] ?? [],
                accounts: accounts[id] ?? [], channels: Set(kinds), forwards: forwards[id] ?? [],
                keystrokes: keystrokes,
                fileContent: fileContent)
            return StoredGrant(grant: grant, addedNanoseconds: row["added"])
        }
    }
}
