import AccessPolicy
import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// Throws `conflict` when the name is taken, `invalid` without a host key: an unpinned target can't be trusted.
    public func addTarget(
        _ name: String, host: String, port: UInt16, hostKeys: [StoredKey], algorithms: String = "modern",
        passwordPrompt: String? = nil, prompts: PromptPassing = .refuse, labels: [Label] = [], by actor: String
    ) throws(StoreError) {
        try Self.validate(name, as: .target)
        try Self.validate(labels, ofTarget: name)
        try self.change(by: actor) { database in
            guard try Self.targetID(name, database) == nil else {
                throw StoreError(.conflict, "target \(name) exists already")
            }
            try database.execute(
                sql: """
                    INSERT INTO targets (name, host, port, algorithms, password_prompt, prompts, added)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    name, host, Int64(port), algorithms, passwordPrompt, prompts.rawValue, Clock.wallNanoseconds(),
                ])
            let id = database.lastInsertedRowID
            try Self.pin(hostKeys, toTarget: id, name: name, database)
            try Self.setLabels(labels, ofTarget: id, database)
            let address = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            return (.targetAdded(target: name, address: address, hostKeys: hostKeys.map(\.fingerprint)), ())
        }
    }

    /// Nil when there is no such target.
    public func target(_ name: String) throws(StoreError) -> StoredTarget? {
        try self.read { database in
            guard let row = try Row.fetchOne(database, sql: "SELECT * FROM targets WHERE name = ?", arguments: [name])
            else { return nil }
            return try Self.target(row, database)
        }
    }

    /// In order of name.
    public func targets() throws(StoreError) -> [StoredTarget] {
        try self.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM targets ORDER BY name").map { try Self.target($0, database) }
        }
    }

    /// Removes the target, with pins, credentials and every mention in grants.
    public func removeTarget(_ name: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredTargetID(name, database)
            try database.execute(sql: "DELETE FROM targets WHERE id = ?", arguments: [id])
            return (.targetRemoved(target: name), ())
        }
    }

    /// Changes what is given: `algorithms` in their text form; an empty `passwordPrompt` brings the usual prompts back;
    /// `labels` replace those there are.
    public func changeTarget(
        _ name: String, algorithms: String?, passwordPrompt: String?, prompts: PromptPassing? = nil,
        labels: [Label]? = nil, by actor: String
    ) throws(StoreError) {
        if let labels { try Self.validate(labels, ofTarget: name) }
        try self.change(by: actor) { database in
            let id = try Self.requiredTargetID(name, database)
            var changes: [String] = []
            if let algorithms {
                try database.execute(
                    sql: "UPDATE targets SET algorithms = ? WHERE id = ?", arguments: [algorithms, id])
                changes.append("algorithms \(algorithms)")
            }
            if let passwordPrompt {
                try database.execute(
                    sql: "UPDATE targets SET password_prompt = nullif(?, '') WHERE id = ?",
                    arguments: [passwordPrompt, id])
                changes.append("password prompt \(passwordPrompt.isEmpty ? "as usual" : passwordPrompt)")
            }
            if let prompts {
                try database.execute(
                    sql: "UPDATE targets SET prompts = ? WHERE id = ?", arguments: [prompts.rawValue, id])
                changes.append("prompts \(prompts.rawValue)")
            }
            if let labels {
                try Self.setLabels(labels, ofTarget: id, database)
                changes.append("labels \(labels.isEmpty ? "none" : labels.sorted().map(\.text).joined(separator: ","))")
            }
            guard !changes.isEmpty else { throw StoreError(.invalid, "nothing of target \(name) is to be changed") }
            return (.targetChanged(target: name, change: changes.joined(separator: ", "), hostKeys: []), ())
        }
    }

    /// Says that the target is at another address. Its pins stay.
    public func moveTarget(_ name: String, host: String, port: UInt16, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            let id = try Self.requiredTargetID(name, database)
            try database.execute(
                sql: "UPDATE targets SET host = ?, port = ? WHERE id = ?", arguments: [host, Int64(port), id])
            let address = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            return (.targetChanged(target: name, change: "address \(address)", hostKeys: []), ())
        }
    }

    static func policyTargets(_ database: Database) throws -> [PolicyTarget] {
        var accounts: [Int64: [String]] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT target, account FROM credentials ORDER BY account") {
            accounts[row["target"], default: []].append(row["account"])
        }
        var labels: [Int64: [String: String]] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT target, key, value FROM target_labels") {
            labels[row["target"], default: [:]][row["key"]] = row["value"]
        }
        return try Row.fetchAll(database, sql: "SELECT id, name FROM targets").map {
            PolicyTarget(name: $0["name"], accounts: accounts[$0["id"]] ?? [], labels: labels[$0["id"]] ?? [:])
        }
    }

    private static func validate(_ labels: [Label], ofTarget name: String) throws(StoreError) {
        guard labels.count <= Label.maximumCount else {
            throw StoreError(.invalid, "target \(name) would have more than \(Label.maximumCount) labels")
        }
        guard Set(labels.map(\.key)).count == labels.count else {
            throw StoreError(.invalid, "a label of target \(name) is given twice")
        }
    }

    private static func setLabels(_ labels: [Label], ofTarget id: Int64, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM target_labels WHERE target = ?", arguments: [id])
        for label in labels {
            try database.execute(
                sql: "INSERT INTO target_labels (target, key, value) VALUES (?, ?, ?)",
                arguments: [id, label.key, label.value])
        }
    }

    static func requiredTargetID(_ name: String, _ database: Database) throws -> Int64 {
        guard let id = try Self.targetID(name, database) else {
            throw StoreError(.notFound, "there is no target \(name)")
        }
        return id
    }

    private static func targetID(_ name: String, _ database: Database) throws -> Int64? {
        try Int64.fetchOne(database, sql: "SELECT id FROM targets WHERE name = ?", arguments: [name])
    }

    private static func target(_ row: Row, _ database: Database) throws -> StoredTarget {
        let id: Int64 = row["id"]
        let accounts = try String.fetchAll(
            database, sql: "SELECT account FROM credentials WHERE target = ? ORDER BY account", arguments: [id])
        let port: Int64 = row["port"]
        return StoredTarget(
            name: row["name"], host: row["host"], port: UInt16(truncatingIfNeeded: port),
            hostKeys: try Self.keys(in: "host_keys", ofTarget: id, database),
            pendingHostKeys: try Self.keys(in: "pending_host_keys", ofTarget: id, database),
            algorithms: row["algorithms"], passwordPrompt: row["password_prompt"],
            prompts: PromptPassing(rawValue: row["prompts"]) ?? .refuse, accounts: accounts,
            labels: try Row.fetchAll(
                database, sql: "SELECT key, value FROM target_labels WHERE target = ? ORDER BY key", arguments: [id]
            ).map { "\($0["key"] as String)=\($0["value"] as String)" },
            addedNanoseconds: row["added"])
    }
}
