import AdminAPI
import Hummingbird

extension AdminRouter {
    func addTokens(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(.get, AdminRoutes.tokens, .tokensRead, "List the tokens of this API") { call in
            try await service.listTokens(by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.tokens, .tokensCreate, "Make a token, and show it this once",
            taking: CreateTokenRequest.self, status: .created
        ) { body, call in try await service.createToken(body, by: call.actor) }
        routes.on(.delete, AdminRoutes.token, .tokensRevoke, "Revoke a token") { call in
            try await service.revokeToken(call.parameter("name"), by: call.actor)
        }
    }
}
