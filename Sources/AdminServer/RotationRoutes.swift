import AdminAPI
import Hummingbird

extension AdminRouter {
    func addRotation(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.post(AdminRoutes.credentialRotation.routerPath) { request, context in
            try await Response.json(
                service.rotateCredential(
                    request.decoded(RotateCredentialRequest.self), target: context.parameter("target"),
                    account: context.parameter("account"), by: context.actor))
        }
        router.put(AdminRoutes.credentialSchedule.routerPath) { request, context in
            try await Response.json(
                service.scheduleRotation(
                    request.decoded(RotationSchedule.self), target: context.parameter("target"),
                    account: context.parameter("account"), by: context.actor))
        }
        router.post(AdminRoutes.credentialRestoration.routerPath) { request, context in
            try await Response.json(
                service.restoreCredential(
                    request.decoded(RestoreCredentialRequest.self), target: context.parameter("target"),
                    account: context.parameter("account"), by: context.actor))
        }
        router.get(AdminRoutes.checkouts.routerPath) { _, context in
            try await Response.json(service.listCheckouts(by: context.actor))
        }
        router.delete(AdminRoutes.credentialCheckout.routerPath) { _, context in
            try await Response.json(
                service.checkIn(
                    target: context.parameter("target"), account: context.parameter("account"), by: context.actor))
        }
        router.post(AdminRoutes.accountDiscovery.routerPath) { request, context in
            try await Response.json(
                service.discoverAccounts(
                    request.decoded(DiscoverAccountsRequest.self), onTarget: context.parameter("name"),
                    by: context.actor))
        }
    }
}
