import AdminAPI
import Hummingbird
import Logging

/// Routes of the administration API over a service.
struct AdminRouter: Sendable {
    let service: any AdministrationService
    let identify: PeerIdentification
    let allowedUsers: Set<UInt32>

    func build(requests: RequestsInFlight) -> Router<AdminRequestContext> {
        let router = Router(context: AdminRequestContext.self)
        router.add(middleware: requests)
        router.add(middleware: ErrorMiddleware())
        router.add(
            middleware: PeerMiddleware(
                service: self.service, identify: self.identify, allowedUsers: self.allowedUsers))
        self.addStatus(to: router)
        self.addUsers(to: router)
        self.addGroups(to: router)
        self.addDirectory(to: router)
        self.addUserAuthorities(to: router)
        self.addTargets(to: router)
        self.addCredentials(to: router)
        self.addRotation(to: router)
        self.addVault(to: router)
        self.addGrants(to: router)
        self.addReports(to: router)
        self.addAccessDocument(to: router)
        self.addSessions(to: router)
        self.addRecordings(to: router)
        self.addRetention(to: router)
        self.addAudit(to: router)
        return router
    }

    private func addStatus(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.get(AdminRoutes.status.routerPath) { _, context in
            try await Response.json(service.status(by: context.actor))
        }
    }

    private func addTargets(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.get(AdminRoutes.targets.routerPath) { _, context in
            try await Response.json(service.listTargets(by: context.actor))
        }
        router.post(AdminRoutes.targets.routerPath) { request, context in
            try await Response.json(
                service.addTarget(request.decoded(AddTargetRequest.self), by: context.actor),
                status: .created)
        }
        router.get(AdminRoutes.target.routerPath) { _, context in
            try await Response.json(service.showTarget(context.parameter("name"), by: context.actor))
        }
        router.patch(AdminRoutes.target.routerPath) { request, context in
            try await Response.json(
                service.changeTarget(
                    request.decoded(ChangeTargetRequest.self), named: context.parameter("name"), by: context.actor))
        }
        router.delete(AdminRoutes.target.routerPath) { _, context in
            try await service.removeTarget(context.parameter("name"), by: context.actor)
            return Response(status: .noContent)
        }
        router.put(AdminRoutes.targetHostKeys.routerPath) { request, context in
            try await Response.json(
                service.pinHostKeys(
                    request.decoded(PinHostKeysRequest.self), ofTarget: context.parameter("name"),
                    by: context.actor))
        }
        router.post(AdminRoutes.targetHostKeys.routerPath) { request, context in
            try await Response.json(
                service.addHostKeys(
                    request.decoded(PinHostKeysRequest.self), toTarget: context.parameter("name"),
                    by: context.actor))
        }
        router.post(AdminRoutes.targetHostKeyVerdict.routerPath) { request, context in
            try await Response.json(
                service.judgeHostKey(
                    request.decoded(JudgeHostKeyRequest.self), ofTarget: context.parameter("name"),
                    by: context.actor))
        }
        router.post(AdminRoutes.hostKeyScan.routerPath) { request, context in
            try await Response.json(
                service.scanHostKeys(request.decoded(ScanHostKeysRequest.self), by: context.actor))
        }
    }

    private func addGrants(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.get(AdminRoutes.grants.routerPath) { _, context in
            try await Response.json(service.listGrants(by: context.actor))
        }
        router.post(AdminRoutes.grants.routerPath) { request, context in
            try await Response.json(
                service.addGrant(request.decoded(AddGrantRequest.self), by: context.actor),
                status: .created)
        }
        router.delete(AdminRoutes.grant.routerPath) { request, context in
            try await Response.json(
                service.removeGrant(context.parameter("name"), reason: request.reason, by: context.actor))
        }
        router.post(AdminRoutes.explain.routerPath) { request, context in
            try await Response.json(service.explain(request.decoded(ExplainRequest.self), by: context.actor))
        }
    }

    private func addSessions(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.get(AdminRoutes.sessions.routerPath) { _, context in
            try await Response.json(service.listSessions(by: context.actor))
        }
        router.get(AdminRoutes.session.routerPath) { _, context in
            try await Response.json(service.showSession(context.parameter("id"), by: context.actor))
        }
        router.post(AdminRoutes.sessionKill.routerPath) { request, context in
            try await Response.json(
                service.killSession(
                    context.parameter("id"), request.decoded(KillSessionRequest.self), by: context.actor))
        }
        router.post(AdminRoutes.sessionLock.routerPath) { request, context in
            try await Response.json(
                service.lockSession(
                    context.parameter("id"), request.decoded(LockSessionRequest.self), by: context.actor))
        }
        router.post(AdminRoutes.sessionUnlock.routerPath) { _, context in
            try await Response.json(service.unlockSession(context.parameter("id"), by: context.actor))
        }
        router.post(AdminRoutes.sessionMessage.routerPath) { request, context in
            try await Response.json(
                service.messageSession(
                    context.parameter("id"), request.decoded(MessageSessionRequest.self), by: context.actor))
        }
    }

    private func addAudit(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.get(AdminRoutes.audit.routerPath) { request, context in
            let parameters = request.uri.queryParameters
            var query = AuditQuery(code: parameters.get("code"), session: parameters.get("session"))
            if let text = request.uri.queryParameters.get("limit") {
                guard let limit = Int(text), (1...AuditQuery.maximumLimit).contains(limit) else {
                    throw AdminError(.invalidInput, "limit must be from 1 to \(AuditQuery.maximumLimit)")
                }
                query.limit = limit
            }
            return try await Response.json(service.listAuditEvents(query, by: context.actor))
        }
        router.get(AdminRoutes.auditPage.routerPath) { request, context in
            let parameters = request.uri.queryParameters
            let limits = 1...AuditPage.maximumRows
            guard let after = UInt64(parameters.get("after") ?? "0"),
                let limit = Int(parameters.get("limit") ?? String(limits.upperBound)), limits.contains(limit)
            else {
                throw AdminError(
                    .invalidInput, "after must be a row's position, limit from 1 to \(limits.upperBound)")
            }
            return try await Response.json(service.auditPage(after: after, limit: limit, by: context.actor))
        }
    }
}

extension AdminRoute {
    var routerPath: RouterPath { RouterPath(self.template) }
}
