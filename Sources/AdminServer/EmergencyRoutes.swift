import AdminAPI
import Hummingbird

extension AdminRouter {
    func addEmergencies(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.get(AdminRoutes.emergencies.routerPath) { request, context in
            let all = request.uri.queryParameters.get("all") == "true"
            return try await Response.json(service.listEmergencies(all: all, by: context.actor))
        }
        router.post(AdminRoutes.emergencies.routerPath) { request, context in
            try await Response.json(
                service.openEmergency(request.decoded(OpenEmergencyRequest.self), by: context.actor), status: .created)
        }
        router.delete(AdminRoutes.emergency.routerPath) { request, context in
            guard let id = Int64(try context.parameter("id")) else {
                throw AdminError(.invalidInput, "the number of an emergency is a number")
            }
            return try await Response.json(
                service.endEmergency(id, reason: request.reason ?? "ended by the operator", by: context.actor))
        }
        router.post(AdminRoutes.sealedCodes.routerPath) { request, context in
            try await Response.json(
                service.makeSealedCodes(request.decoded(MakeSealedCodesRequest.self), by: context.actor),
                status: .created)
        }
    }
}
