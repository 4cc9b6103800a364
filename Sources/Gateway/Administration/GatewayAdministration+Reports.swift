import AccessPolicy
import AdminAPI
import Platform
import SessionStore

extension GatewayAdministration {
    /// Most rows of one report.
    private static let maximumRows = 200_000

    func accessReport(by actor: AdminActor) async throws -> [AccessReportRow] {
        let store = self.store
        return try await self.perform {
            let reach = AccessPolicy(rules: try store.accessRules()).reach(at: Clock.wallNanoseconds())
            guard reach.count <= Self.maximumRows else {
                throw AdminError(.failed, "the report would have more than \(Self.maximumRows) rows")
            }
            return reach.map { way in
                AccessReportRow(
                    user: way.user, enabled: way.isEnabled, groups: way.groups, account: way.account,
                    target: way.target, grant: way.grant, allow: way.channels.map(\.rawValue), terms: way.terms,
                    deniedBy: way.denials, open: way.isOpen, onApproval: way.isOnApproval,
                    forEmergencies: way.isForEmergencies)
            }
        }
    }

    func activityReport(_ query: ReportQuery, by actor: AdminActor) async throws -> [ActivityReportRow] {
        let store = self.store
        return try await self.perform {
            try store.activity(since: query.since?.nanosecondsSince1970 ?? .min).map { row in
                ActivityReportRow(
                    user: row.user, account: row.account, target: row.target, sessions: row.sessions,
                    running: row.running, first: Timestamp(nanosecondsSince1970: row.firstNanoseconds),
                    last: Timestamp(nanosecondsSince1970: row.lastNanoseconds),
                    seconds: row.totalNanoseconds / 1_000_000_000, bytes: UInt64(max(0, row.bytes)))
            }
        }
    }

    func unusedGrantsReport(_ query: ReportQuery, by actor: AdminActor) async throws -> [UnusedGrantRow] {
        let store = self.store
        let since = query.since?.nanosecondsSince1970
        return try await self.perform {
            let uses = try store.grantUses()
            return try store.grants().filter { $0.grant.effect == .allow }.compactMap { stored in
                let used = uses[stored.grant.name]
                // One that is younger than the time that is asked about has had no chance yet.
                guard since.map({ stored.addedNanoseconds < $0 && used ?? .min < $0 }) ?? (used == nil) else {
                    return nil
                }
                return UnusedGrantRow(
                    grant: stored.grant.name, added: Timestamp(nanosecondsSince1970: stored.addedNanoseconds),
                    lastUsed: used.map(Timestamp.init(nanosecondsSince1970:)), users: stored.grant.users.sorted(),
                    groups: stored.grant.groups.sorted())
            }
        }
    }
}
