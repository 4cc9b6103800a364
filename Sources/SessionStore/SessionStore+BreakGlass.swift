import AccessPolicy
import AuditLog
import Foundation
import GRDB
import Platform

extension SessionStore {
    /// Opens emergency access, which the caller has held against the policy. It is on the disk, with its alarm, when this
    /// returns. Throws `notFound` when what it is about was removed just now.
    public func breakGlass(
        _ access: EmergencyAccess, reason: String, method: StoredBreakGlassUse.Method, from address: String
    ) throws(StoreError) -> StoredBreakGlassUse {
        try self.change(by: access.user) { database in
            let ids = try Row.fetchOne(
                database,
                sql: """
                    SELECT (SELECT id FROM users WHERE name = ?) AS user, (SELECT id FROM targets WHERE name = ?) AS target,
                        (SELECT id FROM grants WHERE name = ?) AS "grant"
                    """, arguments: [access.user, access.target, access.grant])
            guard let user = ids?["user"] as Int64?, let target = ids?["target"] as Int64?,
                let grant = ids?["grant"] as Int64?
            else { throw StoreError(.notFound, "what was asked for was removed just now") }
            let now = Clock.wallNanoseconds()
            let until = now + Int64(access.rule.seconds) * 1_000_000_000
            try database.execute(
                sql: """
                    INSERT INTO break_glass_uses (user, user_id, account, target, target_id, "grant", grant_id, reviewers,
                        reason, method, from_address, opened, until, reminded)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    access.user, user, access.account, access.target, target, access.grant, grant,
                    access.rule.reviewers.sorted().joined(separator: ","), reason, method.rawValue, address, now,
                    until, now,
                ])
            let use = try Self.use(database.lastInsertedRowID, database)
            return (
                .breakGlass(
                    .opened(
                        use.audited, from: address, method: method.rawValue, reason: reason,
                        until: Self.moment(until))), use
            )
        }
    }

    /// Nil when there is none.
    public func breakGlassUse(_ number: Int64) throws(StoreError) -> StoredBreakGlassUse? {
        try self.read { try Self.uses($0, "break_glass_uses.id = ?", [number]).first }
    }

    /// Newest first; those that need a review, or are open, alone, or up to 1000 of all.
    public func breakGlassUses(unreviewedOnly: Bool) throws(StoreError) -> [StoredBreakGlassUse] {
        try self.read { try Self.uses($0, unreviewedOnly ? "reviewed IS NULL" : "1", []) }
    }

    /// Somebody, who has signed in, says that a use was looked into. Throws `conflict` with a line for them when they may
    /// not, or have done so.
    public func reviewBreakGlass(
        _ number: Int64, text: String, by name: String, from address: String
    ) throws(StoreError) -> StoredBreakGlassUse {
        try self.change(by: name) { database in
            let use = try Self.use(number, database)
            let person = try Self.policyUsers(database).first { $0.name == name }
            guard name != use.user else { throw StoreError(.conflict, "nobody reviews what they did themselves") }
            guard let person, use.rule.mayReview(person, useBy: use.user) else {
                throw StoreError(.conflict, "you are in none of the groups that review it")
            }
            guard !use.reviews.contains(where: { $0.reviewer == name }) else {
                throw StoreError(.conflict, "you have reviewed it already: it needs somebody else")
            }
            let now = Clock.wallNanoseconds()
            try database.execute(
                sql: "INSERT INTO break_glass_reviews (use, reviewer, time, text) VALUES (?, ?, ?, ?)",
                arguments: [number, name, now, text])
            let missing = max(0, use.missing - 1)
            if missing == 0 {
                try database.execute(
                    sql: "UPDATE break_glass_uses SET reviewed = ? WHERE id = ? AND reviewed IS NULL",
                    arguments: [now, number])
            }
            let event: BreakGlassEvent =
                missing == 0
                ? .reviewDone(use.audited, from: address, text: text)
                : .reviewed(use.audited, from: address, text: text, missing: missing)
            return (.breakGlass(event), try Self.use(number, database))
        }
    }

    /// Ends an access before its time. Throws `conflict` when it is over.
    public func endBreakGlass(_ number: Int64, cause: String, by actor: String) throws(StoreError)
        -> StoredBreakGlassUse
    {
        try self.change(by: actor) { database in
            let use = try Self.use(number, database)
            let now = Clock.wallNanoseconds()
            guard now < use.untilNanoseconds else { throw StoreError(.conflict, "it is over already") }
            try database.execute(
                sql: "UPDATE break_glass_uses SET until = ? WHERE id = ?", arguments: [now, number])
            return (.breakGlass(.ended(use.audited, cause: cause)), try Self.use(number, database))
        }
    }

    /// Says again what has waited for a review for so long since it was last said.
    public func remindOfReviews(everyNanoseconds interval: Int64) throws(StoreError) {
        let due = Clock.wallNanoseconds() - interval
        let condition = "reviewed IS NULL AND reminded <= \(due)"
        guard try self.read({ try !Self.uses($0, condition, []).isEmpty }) else { return }
        try self.changes(by: "gateway") { database in
            let uses = try Self.uses(database, condition, [])
            for use in uses {
                try database.execute(
                    sql: "UPDATE break_glass_uses SET reminded = ? WHERE id = ?",
                    arguments: [Clock.wallNanoseconds(), use.number])
            }
            return (
                uses.map {
                    .breakGlass(
                        .unreviewed($0.audited, opened: Self.moment($0.openedNanoseconds), missing: $0.missing))
                }, ()
            )
        }
    }

    // MARK: Codes

    /// In the place of the set that there was.
    public func setSealedCodes(threshold: Int, count: Int, verifier: String, by actor: String) throws(StoreError) {
        try self.change(by: actor) { database in
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO break_glass_codes (id, threshold, count, verifier, made) VALUES (1, ?, ?, ?, ?)
                    """, arguments: [threshold, count, verifier, Clock.wallNanoseconds()])
            return (.breakGlass(.codesMade(threshold: threshold, count: count)), ())
        }
    }

    /// Nil when none were made.
    public func sealedCodes() throws(StoreError) -> StoredSealedCodes? {
        try self.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM break_glass_codes").map {
                StoredSealedCodes(
                    threshold: $0["threshold"], count: $0["count"], verifier: $0["verifier"],
                    madeNanoseconds: $0["made"])
            }
        }
    }

    // MARK: Grants

    /// By the grant's id.
    static func breakGlassRules(_ database: Database) throws -> [Int64: BreakGlassRule] {
        let rows = try Row.fetchAll(database, sql: "SELECT * FROM grant_break_glass")
        guard !rows.isEmpty else { return [:] }
        let reviewers = try Row.fetchAll(
            database,
            sql: "SELECT grant_id, groups.name AS name FROM grant_reviewers JOIN groups ON groups.id = group_id"
        ).reduce(into: [Int64: Set<String>]()) { $0[$1["grant_id"], default: []].insert($1["name"]) }
        return rows.reduce(into: [:]) { rules, row in
            let id: Int64 = row["grant_id"]
            rules[id] = BreakGlassRule(seconds: row["seconds"], reviewers: reviewers[id] ?? [])
        }
    }

    /// Throws `notFound` for groups that don't exist.
    static func insert(_ rule: BreakGlassRule, ofGrant id: Int64, _ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO grant_break_glass (grant_id, seconds) VALUES (?, ?)", arguments: [id, rule.seconds])
        for name in rule.reviewers.sorted() {
            try database.execute(
                sql: "INSERT INTO grant_reviewers (grant_id, group_id) VALUES (?, ?)",
                arguments: [id, try Self.requiredGroupID(name, database)])
        }
    }

    /// What is open now.
    static func emergencyAccess(_ database: Database) throws -> Set<ApprovedAccess> {
        let uses = try Self.uses(database, "until > \(Clock.wallNanoseconds())", [])
        return Set(
            uses.filter(\.isWhole).map { use in
                ApprovedAccess(
                    grant: use.grant, user: use.user, account: use.account, target: use.target,
                    from: use.openedNanoseconds, until: use.untilNanoseconds)
            })
    }

    // MARK: Reading

    private static func use(_ number: Int64, _ database: Database) throws -> StoredBreakGlassUse {
        guard let use = try Self.uses(database, "break_glass_uses.id = ?", [number]).first else {
            throw StoreError(.notFound, "there is no use \(number) of emergency access")
        }
        return use
    }

    private static func uses(
        _ database: Database, _ condition: String, _ arguments: StatementArguments
    ) throws -> [StoredBreakGlassUse] {
        try Row.fetchAll(
            database, sql: "SELECT * FROM break_glass_uses WHERE \(condition) ORDER BY id DESC LIMIT 1000",
            arguments: arguments
        ).map { row in
            let number: Int64 = row["id"]
            let reviews = try Row.fetchAll(
                database, sql: "SELECT * FROM break_glass_reviews WHERE use = ? ORDER BY time", arguments: [number])
            let reviewers: String = row["reviewers"]
            return StoredBreakGlassUse(
                number: number, user: row["user"], account: row["account"], target: row["target"],
                grant: row["grant"], reviewers: Set(reviewers.split(separator: ",").map(String.init)),
                reason: row["reason"], method: row["method"], from: row["from_address"],
                openedNanoseconds: row["opened"], untilNanoseconds: row["until"], reviewedNanoseconds: row["reviewed"],
                reviews: reviews.map {
                    StoredBreakGlassUse.Review(reviewer: $0["reviewer"], nanoseconds: $0["time"], text: $0["text"])
                },
                isWhole: row["user_id"] as Int64? != nil && row["target_id"] as Int64? != nil
                    && row["grant_id"] as Int64? != nil)
        }
    }

    private static func moment(_ time: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(time / 1_000_000_000)).formatted(.iso8601)
    }
}
