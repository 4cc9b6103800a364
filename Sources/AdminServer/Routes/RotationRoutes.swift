import AdminAPI
import Hummingbird

extension AdminRouter {
    func addRotation(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(
            .post, AdminRoutes.credentialRotation, .credentialsRotate, "Change a secret on its target, and prove it",
            taking: RotateCredentialRequest.self
        ) { body, call in
            try await service.rotateCredential(
                body, target: call.parameter("target"), account: call.parameter("account"), by: call.actor)
        }
        routes.on(
            .put, AdminRoutes.credentialSchedule, .credentialsChange, "Say when a secret is changed",
            taking: RotationSchedule.self
        ) { body, call in
            try await service.scheduleRotation(
                body, target: call.parameter("target"), account: call.parameter("account"), by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.credentialRestoration, .credentialsRotate, "Take a former secret that the target takes",
            taking: RestoreCredentialRequest.self
        ) { body, call in
            try await service.restoreCredential(
                body, target: call.parameter("target"), account: call.parameter("account"), by: call.actor)
        }
        routes.on(.get, AdminRoutes.checkouts, .credentialsRead, "List passwords that people have") { call in
            try await service.listCheckouts(by: call.actor)
        }
        routes.on(.delete, AdminRoutes.credentialCheckout, .credentialsRotate, "Take a password back") { call in
            try await service.checkIn(
                target: call.parameter("target"), account: call.parameter("account"), by: call.actor)
        }
    }
}
