import AdminAPI
import Hummingbird

/// Routes of the administration API over a service.
struct AdminRouter: Sendable {
    /// How it becomes known who asks.
    enum Entrance: Sendable {
        case socket(identify: PeerIdentification, allowedUsers: Set<UInt32>)
        case tokens
    }

    let service: any AdministrationService
    let entrance: Entrance
    /// File of the certificate that the API shows over HTTPS; nil where it isn't served.
    var certificate: String?
    /// What is served beside the API, over HTTPS.
    var pages: (any HTTPSPages)?
    /// Of streams of events.
    var pace = ServerSentEvents.Pace()

    func build(requests: RequestsInFlight) -> Router<AdminRequestContext> {
        let router = Router(context: AdminRequestContext.self)
        router.add(middleware: requests)
        if case .tokens = self.entrance { router.add(middleware: SecurityHeaders()) }
        router.add(middleware: ErrorMiddleware())
        router.add(middleware: HealthMiddleware(service: self.service))
        switch self.entrance {
        case .socket(let identify, let allowedUsers):
            router.add(
                middleware: PeerMiddleware(service: self.service, identify: identify, allowedUsers: allowedUsers))
        case .tokens:
            // A middleware is for the routes that are added after it: pages see to it themselves who asks.
            self.pages?.add(to: router)
            router.add(middleware: TokenMiddleware(service: self.service))
        }
        _ = self.addRoutes(to: router)
        return router
    }

    /// Everything that can be asked for, which is what the OpenAPI document tells of.
    var operations: [AdminRouteTable.Operation] {
        self.addRoutes(to: Router(context: AdminRequestContext.self)).operations
    }

    private func addRoutes(to router: Router<AdminRequestContext>) -> AdminRouteTable {
        let routes = AdminRouteTable(router, service: self.service)
        self.addStatus(to: routes)
        self.addUsers(to: routes)
        self.addGroups(to: routes)
        self.addDirectory(to: routes)
        self.addUserAuthorities(to: routes)
        self.addTargets(to: routes)
        self.addCredentials(to: routes)
        self.addRotation(to: routes)
        self.addVault(to: routes)
        self.addGrants(to: routes)
        self.addRequests(to: routes)
        self.addEmergencies(to: routes)
        self.addReports(to: routes)
        self.addAccessDocument(to: routes)
        self.addSessions(to: routes)
        self.addWatching(to: routes)
        self.addRecordings(to: routes)
        self.addRetention(to: routes)
        self.addAudit(to: routes)
        self.addTokens(to: routes)
        self.addRoles(to: routes)
        self.addHealth(to: routes)
        self.addEvents(to: routes)
        return routes
    }

    private func addStatus(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(.get, AdminRoutes.status, .statusRead, "The running gateway and its public keys") { call in
            try await service.status(by: call.actor)
        }
        routes.stream(
            .get, AdminRoutes.openAPI, .statusRead, "This document", answers: "application/json",
            schema: { _ in ["type": "object"] },
            { _ in try Response.json(try OpenAPIDocument(self.operations).value) })
    }
}
