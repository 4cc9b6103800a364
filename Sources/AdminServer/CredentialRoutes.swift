import AdminAPI
import Hummingbird

extension AdminRouter {
    func addCredentials(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.get(AdminRoutes.credentials.routerPath) { _, context in
            try await Response.json(service.listCredentials(by: context.actor))
        }
        router.post(AdminRoutes.credentials.routerPath) { request, context in
            try await Response.json(
                service.setCredential(request.decoded(SetCredentialRequest.self), by: context.actor))
        }
        router.get(AdminRoutes.credential.routerPath) { _, context in
            try await Response.json(
                service.showCredential(
                    target: context.parameter("target"), account: context.parameter("account"), by: context.actor))
        }
        router.delete(AdminRoutes.credential.routerPath) { _, context in
            try await service.removeCredential(
                target: context.parameter("target"), account: context.parameter("account"), by: context.actor)
            return Response(status: .noContent)
        }
        router.get(AdminRoutes.credentialHistory.routerPath) { _, context in
            try await Response.json(
                service.credentialHistory(
                    target: context.parameter("target"), account: context.parameter("account"), by: context.actor))
        }
        router.post(AdminRoutes.credentialAnswers.routerPath) { request, context in
            try await Response.json(
                service.setAnswer(
                    request.decoded(SetAnswerRequest.self), target: context.parameter("target"),
                    account: context.parameter("account"), by: context.actor))
        }
        router.delete(AdminRoutes.credentialAnswers.routerPath) { request, context in
            try await service.removeAnswer(
                question: request.uri.queryParameters.get("question") ?? "", target: context.parameter("target"),
                account: context.parameter("account"), by: context.actor)
            return Response(status: .noContent)
        }
        router.get(AdminRoutes.authorities.routerPath) { _, context in
            try await Response.json(service.listAuthorities(by: context.actor))
        }
        router.delete(AdminRoutes.authority.routerPath) { _, context in
            try await service.removeAuthority(context.parameter("name"), by: context.actor)
            return Response(status: .noContent)
        }
    }
}
