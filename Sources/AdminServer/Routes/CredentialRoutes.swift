import AdminAPI
import Hummingbird

extension AdminRouter {
    func addCredentials(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(.get, AdminRoutes.credentials, .credentialsRead, "List credentials, without their secrets") { call in
            try await service.listCredentials(by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.credentials, .credentialsChange, "Set or replace a credential",
            taking: SetCredentialRequest.self
        ) { body, call in try await service.setCredential(body, by: call.actor) }
        routes.on(.get, AdminRoutes.credential, .credentialsRead, "Show a credential, without its secret") { call in
            try await service.showCredential(
                target: call.parameter("target"), account: call.parameter("account"), by: call.actor)
        }
        routes.onWithoutAnswer(.delete, AdminRoutes.credential, .credentialsChange, "Remove a credential") { call in
            try await service.removeCredential(
                target: call.parameter("target"), account: call.parameter("account"), by: call.actor)
        }
        routes.on(.get, AdminRoutes.credentialHistory, .credentialsRead, "How a credential changed") { call in
            try await service.credentialHistory(
                target: call.parameter("target"), account: call.parameter("account"), by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.credentialAnswers, .credentialsChange, "Set what a login answers to a question",
            taking: SetAnswerRequest.self
        ) { body, call in
            try await service.setAnswer(
                body, target: call.parameter("target"), account: call.parameter("account"), by: call.actor)
        }
        routes.onWithoutAnswer(
            .delete, AdminRoutes.credentialAnswers, .credentialsChange, "Remove such an answer",
            query: [.text("question", "as it was set; empty for the usual questions for a one-time code")]
        ) { call in
            try await service.removeAnswer(
                question: call.query("question") ?? "", target: call.parameter("target"),
                account: call.parameter("account"), by: call.actor)
        }
        routes.on(.get, AdminRoutes.authorities, .credentialsRead, "List the authorities of session certificates") {
            call in try await service.listAuthorities(by: call.actor)
        }
        routes.onWithoutAnswer(
            .delete, AdminRoutes.authority, .credentialsChange, "Remove an authority that no account uses"
        ) {
            call in try await service.removeAuthority(call.parameter("name"), by: call.actor)
        }
    }
}
