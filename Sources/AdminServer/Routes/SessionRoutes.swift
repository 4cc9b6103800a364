import AdminAPI
import Hummingbird

extension AdminRouter {
    func addSessions(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(.get, AdminRoutes.sessions, .sessionsRead, "List the sessions that run now") { call in
            try await service.listSessions(by: call.actor)
        }
        routes.on(.get, AdminRoutes.session, .sessionsRead, "Show a session") { call in
            try await service.showSession(call.parameter("id"), by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.sessionKill, .sessionsKill, "End a session, and prove it",
            taking: KillSessionRequest.self
        ) { body, call in try await service.killSession(call.parameter("id"), body, by: call.actor) }
        routes.on(
            .post, AdminRoutes.sessionLock, .sessionsControl, "Lock a session", taking: LockSessionRequest.self
        ) { body, call in try await service.lockSession(call.parameter("id"), body, by: call.actor) }
        routes.on(.post, AdminRoutes.sessionUnlock, .sessionsControl, "Unlock a session") { call in
            try await service.unlockSession(call.parameter("id"), by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.sessionMessage, .sessionsControl, "Show a message in a session",
            taking: MessageSessionRequest.self
        ) { body, call in try await service.messageSession(call.parameter("id"), body, by: call.actor) }
    }
}
