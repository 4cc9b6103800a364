import AdminAPI
import Hummingbird

/// Routes of the document of access.
extension AdminRouter {
    func addAccessDocument(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.get(AdminRoutes.accessDocument.routerPath) { _, context in
            try await Response.json(service.exportDocument(by: context.actor))
        }
        router.post(AdminRoutes.accessDocument.routerPath) { request, context in
            try await Response.json(
                service.apply(
                    request.decoded(ApplyRequest.self, upTo: AccessDocument.maximumBytes), by: context.actor))
        }
    }
}
