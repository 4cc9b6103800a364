import AdminAPI
import Hummingbird

extension AdminRouter {
    func addRetention(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.get(AdminRoutes.retention.routerPath) { _, context in
            try await Response.json(service.listRetention(by: context.actor))
        }
        router.put(AdminRoutes.retention.routerPath) { request, context in
            try await Response.json(
                service.setRetention(request.decoded(RetentionRuleInfo.self), by: context.actor))
        }
        router.delete(AdminRoutes.retention.routerPath) { request, context in
            let query = request.uri.queryParameters
            return try await Response.json(
                service.removeRetention(
                    kind: query.get("kind") ?? "", subject: query.get("subject") ?? "", by: context.actor))
        }
        router.post(AdminRoutes.retentionRun.routerPath) { request, context in
            try await Response.json(
                service.runRetention(request.decoded(RunRetentionRequest.self), by: context.actor))
        }
        router.delete(AdminRoutes.recording.routerPath) { request, context in
            try await Response.json(
                service.deleteRecording(context.parameter("id"), reason: request.reason, by: context.actor))
        }
        router.get(AdminRoutes.legalHolds.routerPath) { _, context in
            try await Response.json(service.listHolds(by: context.actor))
        }
        router.post(AdminRoutes.legalHolds.routerPath) { request, context in
            try await service.placeHold(request.decoded(LegalHoldRequest.self), by: context.actor)
            return Response(status: .noContent)
        }
        router.post(AdminRoutes.legalHoldRelease.routerPath) { request, context in
            try await service.releaseHold(request.decoded(LegalHoldRequest.self), by: context.actor)
            return Response(status: .noContent)
        }
    }
}
