import AccessPolicy
import AuditLog
import GRDB
import Platform

extension SessionStore {
    /// Throws `conflict` when the name is taken, `notFound` for users or targets that don't exist.
    public func addGrant(_ grant: Grant, by actor: String) throws(StoreError) {
        try Self.validate(grant)
        try self.change(by: actor) { database in
            try Self.insert(grant, database)
            return (.grantAdded(grant), ())
        }
    }

    /// Checks what can be checked without the database.
    static func validate(_ grant: Grant) throws(StoreError) {
        try Self.validate(grant.name, as: .grant)
        for account in grant.accounts where account != Grant.anyAccount { try Self.validate(account, as: .account) }
        for (isEmpty, word) in [
            (grant.users.isEmpty && grant.groups.isEmpty, "user or group"),
            (grant.targets.isEmpty && grant.targetLabels.isEmpty, "target"), (grant.accounts.isEmpty, "account"),
        ]
        where isEmpty {
            throw StoreError(.invalid, "grant \(grant.name) names no \(word)")
        }
        guard grant.effect == .deny || !grant.channels.isEmpty else {
            throw StoreError(.invalid, "grant \(grant.name) permits no kind of channel")
        }
        if let start = grant.conditions.notBefore, let end = grant.conditions.notAfter, start >= end {
            throw StoreError(.invalid, "grant \(grant.name) ends before it begins")
        }
        do throws(ApprovalRule.Invalid) {
            try grant.approval?.validate()
            try grant.breakGlass?.validate()
        } catch {
            throw StoreError(.invalid, error.message)
        }
        guard grant.approval == nil || grant.breakGlass == nil else {
            throw StoreError(.invalid, "a grant is on approval or for emergencies, not both")
        }
        try Self.validateForwards(of: grant)
    }

    /// Throws `conflict` when the name is taken, `notFound` for users or targets that don't exist.
    static func insert(_ grant: Grant, _ database: Database) throws {
        let taken = try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM grants WHERE name = ?)", arguments: [grant.name])
        guard taken == false else { throw StoreError(.conflict, "grant \(grant.name) exists already") }
        let limits = grant.limits
        try database.execute(
            sql: """
                INSERT INTO grants (name, added, keystrokes, file_content, nested_ssh, second_factor_seconds, effect,
                    not_before, not_after, session_seconds, idle_seconds, sessions_per_user, sessions_per_target)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                grant.name, Clock.wallNanoseconds(), grant.keystrokes.rawValue, grant.fileContent.rawValue,
                grant.forwards.contains(where: \.allowsNestedSSH), grant.secondFactorSeconds, grant.effect.rawValue,
                grant.conditions.notBefore, grant.conditions.notAfter, limits.sessionSeconds, limits.idleSeconds,
                limits.sessionsPerUser, limits.sessionsPerTarget,
            ])
        let id = database.lastInsertedRowID
        for user in grant.users.sorted() {
            try database.execute(
                sql: "INSERT INTO grant_users (grant_id, user) VALUES (?, ?)",
                arguments: [id, try Self.requiredUserID(user, database)])
        }
        for group in grant.groups.sorted() {
            try database.execute(
                sql: "INSERT INTO grant_groups (grant_id, group_id) VALUES (?, ?)",
                arguments: [id, try Self.requiredGroupID(group, database)])
        }
        for target in grant.targets.sorted() {
            try database.execute(
                sql: "INSERT INTO grant_targets (grant_id, target) VALUES (?, ?)",
                arguments: [id, try Self.requiredTargetID(target, database)])
        }
        if let rule = grant.approval { try Self.insert(rule, ofGrant: id, database) }
        if let rule = grant.breakGlass { try Self.insert(rule, ofGrant: id, database) }
        for (table, values) in [
            ("grant_labels (grant_id, label)", grant.targetLabels.words),
            ("grant_accounts (grant_id, account)", grant.accounts.sorted()),
            ("grant_channels (grant_id, channel)", grant.channels.map(\.rawValue)),
            ("grant_windows (grant_id, window)", grant.conditions.windows.map(\.text)),
            ("grant_sources (grant_id, network)", grant.conditions.sources.map(\.text)),
            ("grant_byte_limits (grant_id, byte_limit)", limits.bytes.map(\.text)),
            ("grant_supervision (grant_id, term)", grant.supervision.terms),
        ] {
            for value in values {
                try database.execute(sql: "INSERT OR IGNORE INTO \(table) VALUES (?, ?)", arguments: [id, value])
            }
        }
        for group in grant.supervision.supervisorGroups.sorted() {
            _ = try Self.requiredGroupID(group, database)
        }
        for rule in grant.forwards {
            try database.execute(
                sql: "INSERT OR IGNORE INTO grant_forwards (grant_id, direction, place) VALUES (?, ?, ?)",
                arguments: [id, rule.direction.rawValue, rule.text])
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
        let labels = try members("SELECT grant_id, label AS member FROM grant_labels")
        let windows = try members("SELECT grant_id, window AS member FROM grant_windows")
        let sources = try members("SELECT grant_id, network AS member FROM grant_sources")
        let byteLimits = try members("SELECT grant_id, byte_limit AS member FROM grant_byte_limits")
        let supervision = try members("SELECT grant_id, term AS member FROM grant_supervision")
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
        let (rules, emergencies) = (try Self.approvalRules(database), try Self.breakGlassRules(database))
        return try Row.fetchAll(database, sql: "SELECT * FROM grants ORDER BY name").map { row in
            let id: Int64 = row["id"]
            // A word of a later version keeps nothing.
            let keystrokes = KeystrokeRecording(rawValue: row["keystrokes"]) ?? .none
            let fileContent = FileContentRecording(rawValue: row["file_content"]) ?? .omit
            var reading = TermsReading(effect: Grant.Effect(rawValue: row["effect"]))
            let conditions = AccessConditions(
                windows: reading.all(windows[id]) { try WeeklyWindow(parsing: $0) },
                notBefore: row["not_before"], notAfter: row["not_after"],
                sources: reading.all(sources[id]) { try IPNetwork(parsing: $0) })
            let limits = AccessLimits(
                sessionSeconds: row["session_seconds"], idleSeconds: row["idle_seconds"],
                sessionsPerUser: row["sessions_per_user"], sessionsPerTarget: row["sessions_per_target"],
                bytes: Set(reading.all(byteLimits[id]) { try ByteLimit(parsing: $0) }))
            let watching = reading.whole(supervision[id]) { try Supervision(parsing: $0) } ?? .none
            let selector = LabelSelector(Set(reading.all(labels[id]) { try Label(parsing: $0) }))
            let grant = Grant(
                name: row["name"], effect: reading.effect, users: users[id] ?? [], groups: groups[id] ?? [],
                targets: targets[id] ?? [], targetLabels: selector, accounts: accounts[id] ?? [],
                channels: reading.channels(channels[id]), forwards: forwards[id] ?? [], keystrokes: keystrokes,
                fileContent: fileContent, secondFactorSeconds: row["second_factor_seconds"],
                conditions: reading.isWhole ? conditions : AccessConditions(), limits: limits, approval: rules[id],
                breakGlass: emergencies[id], supervision: watching)
            return StoredGrant(grant: grant, addedNanoseconds: row["added"])
        }
    }
}

/// Reads the terms of one grant. What a later version, or another tz database, wrote and this one can't read takes all
/// channels from a grant that allows, and all conditions from one that denies.
private struct TermsReading {
    let effect: Grant.Effect
    private(set) var isWhole = true

    /// - parameter effect: nil for one that can't be read.
    init(effect: Grant.Effect?) {
        self.effect = effect ?? .deny
        self.isWhole = effect != nil
    }

    mutating func all<Value>(_ texts: Set<String>?, _ read: (String) throws -> Value) -> [Value] {
        let values = (texts ?? []).sorted().compactMap { try? read($0) }
        if values.count != texts?.count ?? 0 { self.isWhole = false }
        return values
    }

    /// Of texts that say something together only; nil where they say nothing that can be read.
    mutating func whole<Value>(_ texts: Set<String>?, _ read: ([String]) throws -> Value) -> Value? {
        let value = try? read((texts ?? []).sorted())
        if value == nil { self.isWhole = false }
        return value
    }

    func channels(_ names: Set<String>?) -> Set<ChannelKind> {
        // A kind of channel of a later version permits nothing here.
        let kinds = Set((names ?? []).compactMap(ChannelKind.init(rawValue:)))
        switch self.effect {
        case .allow: return self.isWhole ? kinds : []
        // No kind at all would mean all of them.
        case .deny: return self.isWhole && kinds.count == names?.count ?? 0 ? kinds : []
        }
    }
}

extension AuditEvent {
    static func grantAdded(_ grant: Grant) -> AuditEvent {
        .grantAdded(
            grant: grant.name, users: grant.users.sorted(), groups: grant.groups.sorted(),
            targets: grant.targets.sorted(), accounts: grant.accounts.sorted(),
            channels: ChannelKind.allCases.filter(grant.channels.contains).map(\.rawValue),
            forwards: grant.forwards.filter { $0.direction == .local }.map(\.text),
            listens: grant.forwards.filter { $0.direction == .remote }.map(\.text),
            nestedSSH: grant.forwards.contains(where: \.allowsNestedSSH), keystrokes: grant.keystrokes.rawValue,
            fileContent: grant.fileContent.rawValue, secondFactorSeconds: grant.secondFactorSeconds,
            terms: grant.terms)
    }
}
