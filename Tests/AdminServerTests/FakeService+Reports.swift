import AdminAPI

/// Reports.
extension FakeService {
    func accessReport(by actor: AdminActor) async throws -> [AccessReportRow] {
        self.note("accessReport", actor)
        return [
            AccessReportRow(
                user: "alice", enabled: true, groups: ["ops"], account: "root", target: "web1", grant: "day",
                allow: ["shell", "sftp"], terms: ["mon-fri 08:00-18:00 Europe/Berlin", "idle at most 15 min"],
                deniedBy: ["no-files"], open: true)
        ]
    }

    func activityReport(_ query: ReportQuery, by actor: AdminActor) async throws -> [ActivityReportRow] {
        self.note("activityReport \(query.since?.description ?? "-")", actor)
        return [
            ActivityReportRow(
                user: "=cmd|x", account: "root", target: "web1", sessions: 2, running: 1, first: Self.time,
                last: Self.time, seconds: 60, bytes: 4096)
        ]
    }

    func unusedGrantsReport(_ query: ReportQuery, by actor: AdminActor) async throws -> [UnusedGrantRow] {
        self.note("unusedGrantsReport \(query.since?.description ?? "-")", actor)
        return []
    }
}

/// The document of access.
extension FakeService {
    func apply(_ request: ApplyRequest, by actor: AdminActor) async throws -> ApplyResult {
        self.note("apply \(request.prune) \(request.dryRun) \(request.plan ?? [])", actor)
        if request.document.grants?["bad"] != nil {
            throw AdminError(.invalidInput, "grants.bad: the days of a window are such as mon-fri")
        }
        return ApplyResult(
            plan: request.document.users == nil ? [] : ["add user alice"], warnings: [],
            withdrawal: Withdrawal(endedSessions: [], endedConnections: 0))
    }

    func exportDocument(by actor: AdminActor) async throws -> AccessDocument {
        self.note("exportDocument", actor)
        return AccessDocument(users: ["alice": .init(enabled: true, keys: [], require: [])])
    }
}
