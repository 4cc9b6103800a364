import AdminAPI
import Hummingbird

extension AdminRouter {
    func addRetention(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(.get, AdminRoutes.retention, .recordingsRead, "How long recordings are kept") { call in
            try await service.listRetention(by: call.actor)
        }
        routes.on(
            .put, AdminRoutes.retention, .retentionChange, "Set how long recordings of something are kept",
            taking: RetentionRuleInfo.self
        ) { body, call in try await service.setRetention(body, by: call.actor) }
        routes.on(
            .delete, AdminRoutes.retention, .retentionChange, "Remove such a rule",
            query: [
                .text("kind", isRequired: true, "grant, target or label"),
                .text("subject", isRequired: true, "of which the rule is"),
            ]
        ) { call in
            try await service.removeRetention(
                kind: call.query("kind") ?? "", subject: call.query("subject") ?? "", by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.retentionRun, .recordingsDelete, "Delete the recordings whose time is over",
            taking: RunRetentionRequest.self
        ) { body, call in try await service.runRetention(body, by: call.actor) }
        routes.on(
            .delete, AdminRoutes.recording, .recordingsDelete, "Delete a recording, but for its seal", query: [.reason]
        ) { call in
            try await service.deleteRecording(call.parameter("id"), reason: call.reason, by: call.actor)
        }
        routes.on(.get, AdminRoutes.legalHolds, .recordingsRead, "List legal holds, oldest first") { call in
            try await service.listHolds(by: call.actor)
        }
        routes.onWithoutAnswer(
            .post, AdminRoutes.legalHolds, .recordingsHold, "Place a legal hold", taking: LegalHoldRequest.self
        ) { body, call in try await service.placeHold(body, by: call.actor) }
        routes.onWithoutAnswer(
            .post, AdminRoutes.legalHoldRelease, .recordingsHold, "Release a legal hold", taking: LegalHoldRequest.self
        ) { body, call in try await service.releaseHold(body, by: call.actor) }
    }
}
