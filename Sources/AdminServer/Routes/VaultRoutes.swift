import AdminAPI
import Hummingbird

extension AdminRouter {
    func addVault(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(.get, AdminRoutes.vault, .vaultRead, "Try every stored secret") { call in
            try await service.vaultStatus(by: call.actor)
        }
        routes.on(
            .put, AdminRoutes.vaultKey, .vaultChange, "Give the vault a new key", taking: RekeyVaultRequest.self
        ) { body, call in try await service.rekeyVault(body, by: call.actor) }
        routes.stream(
            .get, AdminRoutes.backup, .backupMake, "A backup as it is now, with secrets sealed",
            answers: "application/x-tar"
        ) { call in
            let content = try await service.backup(by: call.actor)
            return Response(
                status: .ok, headers: [.contentType: "application/x-tar"],
                body: Self.streamed(content, for: call.request))
        }
    }
}
