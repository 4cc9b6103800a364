import AdminAPI
import Hummingbird

extension AdminRouter {
    func addRequests(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(
            .get, AdminRoutes.requests, .requestsRead, "List requests for access, newest first",
            query: [.flag("all", "also those that neither wait nor permit now")]
        ) { call in
            try await service.listRequests(all: call.query("all") == "true", by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.requests, .requestsFile, "File a request in the name of a user",
            taking: CreateRequestRequest.self, status: .created
        ) { body, call in try await service.createRequest(body, by: call.actor) }
        routes.on(.get, AdminRoutes.request, .requestsRead, "Show a request") { call in
            try await service.showRequest(call.number("id", "a request"), by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.requestApproval, .requestsOverride,
            "Let a request pass in the place of those who have to approve it", taking: DecideRequestRequest.self
        ) { body, call in try await service.approveRequest(call.number("id", "a request"), body, by: call.actor) }
        routes.on(
            .post, AdminRoutes.requestDenial, .requestsDecide, "Deny a request", taking: DecideRequestRequest.self
        ) { body, call in try await service.denyRequest(call.number("id", "a request"), body, by: call.actor) }
        routes.on(
            .post, AdminRoutes.requestRevocation, .requestsDecide, "Take back what was approved, and end its sessions",
            taking: DecideRequestRequest.self
        ) { body, call in try await service.revokeRequest(call.number("id", "a request"), body, by: call.actor) }
    }

    func addEmergencies(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(
            .get, AdminRoutes.emergencies, .requestsRead, "List uses of emergency access, newest first",
            query: [.flag("all", "also those that are reviewed")]
        ) { call in
            try await service.listEmergencies(all: call.query("all") == "true", by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.emergencies, .emergenciesOpen, "Open emergency access by sealed codes",
            taking: OpenEmergencyRequest.self, status: .created
        ) { body, call in try await service.openEmergency(body, by: call.actor) }
        routes.on(
            .delete, AdminRoutes.emergency, .sessionsKill, "End emergency access, and its sessions", query: [.reason]
        ) { call in
            try await service.endEmergency(
                call.number("id", "an emergency"), reason: call.reason ?? "ended by the operator", by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.sealedCodes, .sealedCodesMake, "Make sealed codes in the place of those there are",
            taking: MakeSealedCodesRequest.self, status: .created
        ) { body, call in try await service.makeSealedCodes(body, by: call.actor) }
    }
}
