import AccessPolicy
import GRDB

extension SessionStore {
    /// What grants ask for before they open anything, by the grant's id.
    static func approvalRules(_ database: Database) throws -> [Int64: ApprovalRule] {
        let rows = try Row.fetchAll(database, sql: "SELECT * FROM grant_approvals")
        guard !rows.isEmpty else { return [:] }
        var groups: [Int64: (approvers: Set<String>, deputies: Set<String>)] = [:]
        for row in try Row.fetchAll(
            database,
            sql: """
                SELECT grant_id, is_deputy, groups.name AS name FROM grant_approvers JOIN groups ON groups.id = group_id
                """)
        {
            var both = groups[row["grant_id"]] ?? ([], [])
            if row["is_deputy"] { both.deputies.insert(row["name"]) } else { both.approvers.insert(row["name"]) }
            groups[row["grant_id"]] = both
        }
        return rows.reduce(into: [:]) { rules, row in
            let id: Int64 = row["grant_id"]
            rules[id] = ApprovalRule(
                approvals: row["approvals"], approvers: groups[id]?.approvers ?? [],
                deputies: groups[id]?.deputies ?? [], deputySeconds: row["deputy_seconds"],
                waitSeconds: row["wait_seconds"], longestSeconds: row["longest_seconds"],
                requiresReason: row["requires_reason"], ticketPattern: row["ticket_pattern"])
        }
    }

    /// Throws `notFound` for groups that don't exist.
    static func insert(_ rule: ApprovalRule, ofGrant id: Int64, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO grant_approvals (grant_id, approvals, deputy_seconds, wait_seconds, longest_seconds,
                    requires_reason, ticket_pattern) VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id, rule.approvals, rule.deputySeconds, rule.waitSeconds, rule.longestSeconds, rule.requiresReason,
                rule.ticketPattern,
            ])
        for (names, isDeputy) in [(rule.approvers, false), (rule.deputies, true)] {
            for name in names.sorted() {
                try database.execute(
                    sql: "INSERT INTO grant_approvers (grant_id, group_id, is_deputy) VALUES (?, ?, ?)",
                    arguments: [id, try Self.requiredGroupID(name, database), isDeputy])
            }
        }
    }
}
