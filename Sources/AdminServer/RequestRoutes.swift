import AdminAPI
import Hummingbird

extension AdminRouter {
    func addRequests(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.get(AdminRoutes.requests.routerPath) { request, context in
            let all = request.uri.queryParameters.get("all") == "true"
            return try await Response.json(service.listRequests(all: all, by: context.actor))
        }
        router.post(AdminRoutes.requests.routerPath) { request, context in
            try await Response.json(
                service.createRequest(request.decoded(CreateRequestRequest.self), by: context.actor), status: .created)
        }
        router.get(AdminRoutes.request.routerPath) { _, context in
            try await Response.json(service.showRequest(context.requestNumber(), by: context.actor))
        }
        router.post(AdminRoutes.requestApproval.routerPath) { request, context in
            try await Response.json(
                service.approveRequest(
                    context.requestNumber(), request.decoded(DecideRequestRequest.self), by: context.actor))
        }
        router.post(AdminRoutes.requestDenial.routerPath) { request, context in
            try await Response.json(
                service.denyRequest(
                    context.requestNumber(), request.decoded(DecideRequestRequest.self), by: context.actor))
        }
        router.post(AdminRoutes.requestRevocation.routerPath) { request, context in
            try await Response.json(
                service.revokeRequest(
                    context.requestNumber(), request.decoded(DecideRequestRequest.self), by: context.actor))
        }
    }
}

extension AdminRequestContext {
    /// The number of the request in the path.
    fileprivate func requestNumber() throws -> Int64 {
        guard let number = Int64(try self.parameter("id")), number > 0 else {
            throw AdminError(.invalidInput, "the number of a request is a number", hint: "see sallyport request list")
        }
        return number
    }
}
