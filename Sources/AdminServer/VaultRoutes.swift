import AdminAPI
import Hummingbird

extension AdminRouter {
    func addVault(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.get(AdminRoutes.vault.routerPath) { _, context in
            try await Response.json(service.vaultStatus(by: context.actor))
        }
        router.put(AdminRoutes.vaultKey.routerPath) { request, context in
            try await Response.json(
                service.rekeyVault(request.decoded(RekeyVaultRequest.self), by: context.actor))
        }
        router.get(AdminRoutes.backup.routerPath) { request, context in
            let content = try await service.backup(by: context.actor)
            return Response(
                status: .ok, headers: [.contentType: "application/x-tar"], body: Self.streamed(content, for: request))
        }
    }
}
