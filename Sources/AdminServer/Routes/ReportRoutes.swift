import AdminAPI
import Hummingbird

/// Routes of the reports.
extension AdminRouter {
    func addReports(to routes: AdminRouteTable) {
        let service = self.service
        let since = QueryParameter.time("since", "only what happened from then on")
        routes.on(.get, AdminRoutes.accessReport, .reportsRead, "Who can reach what, and why") { call in
            try await service.accessReport(by: call.actor)
        }
        routes.on(.get, AdminRoutes.activityReport, .reportsRead, "What was done", query: [since]) { call in
            try await service.activityReport(call.reportQuery(), by: call.actor)
        }
        routes.on(.get, AdminRoutes.unusedGrantsReport, .reportsRead, "Grants that nobody used", query: [since]) {
            call in try await service.unusedGrantsReport(call.reportQuery(), by: call.actor)
        }
    }
}

extension AdminCall {
    fileprivate func reportQuery() throws -> ReportQuery {
        guard let text = self.query("since") else { return ReportQuery() }
        guard let since = Timestamp(text) else {
            throw AdminError(.invalidInput, "since is no time", hint: "write it like 2026-01-31T00:00:00Z")
        }
        return ReportQuery(since: since)
    }
}
