import AdminAPI
import Hummingbird

extension AdminRouter {
    func addTargets(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(.get, AdminRoutes.targets, .targetsRead, "List targets") { call in
            try await service.listTargets(by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.targets, .targetsChange, "Add a target", taking: AddTargetRequest.self, status: .created
        ) { body, call in try await service.addTarget(body, by: call.actor) }
        routes.on(.get, AdminRoutes.target, .targetsRead, "Show a target") { call in
            try await service.showTarget(call.parameter("name"), by: call.actor)
        }
        routes.on(
            .patch, AdminRoutes.target, .targetsChange, "Change a target", taking: ChangeTargetRequest.self
        ) { body, call in try await service.changeTarget(body, named: call.parameter("name"), by: call.actor) }
        routes.onWithoutAnswer(
            .delete, AdminRoutes.target, .targetsChange, "Remove a target, and end the sessions on it"
        ) { call in try await service.removeTarget(call.parameter("name"), by: call.actor) }
        routes.on(
            .put, AdminRoutes.targetHostKeys, .targetsChange, "Pin host keys in place of all others",
            taking: PinHostKeysRequest.self
        ) { body, call in try await service.pinHostKeys(body, ofTarget: call.parameter("name"), by: call.actor) }
        routes.on(
            .post, AdminRoutes.targetHostKeys, .targetsChange, "Pin further host keys", taking: PinHostKeysRequest.self
        ) { body, call in try await service.addHostKeys(body, toTarget: call.parameter("name"), by: call.actor) }
        routes.on(
            .post, AdminRoutes.targetHostKeyVerdict, .targetsChange, "Decide about one host key",
            taking: JudgeHostKeyRequest.self
        ) { body, call in try await service.judgeHostKey(body, ofTarget: call.parameter("name"), by: call.actor) }
        routes.on(
            .post, AdminRoutes.hostKeyScan, .targetsChange, "Look at the host keys of an address",
            taking: ScanHostKeysRequest.self
        ) { body, call in try await service.scanHostKeys(body, by: call.actor) }
        routes.on(
            .post, AdminRoutes.accountDiscovery, .credentialsRotate, "Look at the accounts of a target",
            taking: DiscoverAccountsRequest.self
        ) { body, call in try await service.discoverAccounts(body, onTarget: call.parameter("name"), by: call.actor) }
    }
}
