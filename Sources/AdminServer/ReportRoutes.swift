import AdminAPI
import Hummingbird

/// Routes of the reports.
extension AdminRouter {
    func addReports(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.get(AdminRoutes.accessReport.routerPath) { _, context in
            try await Response.json(service.accessReport(by: context.actor))
        }
        router.get(AdminRoutes.activityReport.routerPath) { request, context in
            try await Response.json(service.activityReport(request.reportQuery(), by: context.actor))
        }
        router.get(AdminRoutes.unusedGrantsReport.routerPath) { request, context in
            try await Response.json(service.unusedGrantsReport(request.reportQuery(), by: context.actor))
        }
    }
}

extension Request {
    fileprivate func reportQuery() throws -> ReportQuery {
        guard let text = self.uri.queryParameters.get("since") else { return ReportQuery() }
        guard let since = Timestamp(text) else {
            throw AdminError(.invalidInput, "since is no time", hint: "write it like 2026-01-31T00:00:00Z")
        }
        return ReportQuery(since: since)
    }
}
