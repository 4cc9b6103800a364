import AdminAPI
import Hummingbird

extension AdminRouter {
    func addAudit(to routes: AdminRouteTable) {
        let service = self.service
        let limits = 1...AuditQuery.maximumLimit
        routes.on(
            .get, AdminRoutes.audit, .auditRead, "List the newest events of the audit log",
            query: [
                .number("limit", limits, "at most so many"), .text("code", "only events of this code"),
                .text("session", "only events about this session"),
            ]
        ) { call in
            var query = AuditQuery(code: call.query("code"), session: call.query("session"))
            if let limit = try call.query("limit", in: limits) { query.limit = limit }
            return try await service.listAuditEvents(query, by: call.actor)
        }
        let pages = 1...AuditPage.maximumRows
        routes.on(
            .get, AdminRoutes.auditPage, .auditRead, "A stretch of the audit log, with all that it takes to check it",
            query: [.position("after", "a row's position"), .number("limit", pages, "at most so many rows")]
        ) { call in
            let limit = try call.query("limit", in: pages) ?? pages.upperBound
            return try await service.auditPage(
                after: call.position("after", "a row's position"), limit: limit, by: call.actor)
        }
    }
}
