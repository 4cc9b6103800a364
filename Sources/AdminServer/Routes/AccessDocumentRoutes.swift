import AdminAPI
import Hummingbird

/// Routes of the document of access.
extension AdminRouter {
    func addAccessDocument(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(.get, AdminRoutes.accessDocument, .grantsRead, "Export access as a document") { call in
            try await service.exportDocument(by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.accessDocument, .documentApply, "Bring access to what a document says",
            taking: ApplyRequest.self, upTo: AccessDocument.maximumBytes
        ) { body, call in try await service.apply(body, by: call.actor) }
    }
}
