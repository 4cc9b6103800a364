import AdminAPI
import Hummingbird

extension AdminRouter {
    func addGrants(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(.get, AdminRoutes.grants, .grantsRead, "List grants") { call in
            try await service.listGrants(by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.grants, .grantsChange, "Add a grant", taking: AddGrantRequest.self, status: .created
        ) { body, call in try await service.addGrant(body, by: call.actor) }
        routes.on(
            .delete, AdminRoutes.grant, .grantsChange, "Remove a grant, and end what only it permits",
            query: [.reason]
        ) { call in try await service.removeGrant(call.parameter("name"), reason: call.reason, by: call.actor) }
        routes.on(
            .post, AdminRoutes.explain, .grantsRead, "Explain a decision of the policy", taking: ExplainRequest.self
        ) { body, call in try await service.explain(body, by: call.actor) }
    }
}
