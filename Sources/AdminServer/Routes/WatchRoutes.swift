import AdminAPI
import Hummingbird

/// Routes about who watches sessions.
extension AdminRouter {
    func addWatching(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(
            .post, AdminRoutes.sessionWatchers, .recordingsOpen, "Take a place among those who watch a session",
            status: .created
        ) { call in try await service.issueWatch(ofSession: call.parameter("id"), by: call.actor) }
        routes.on(
            .post, AdminRoutes.sessionCommands, .sessionsControl, "Let a command that waits run, or not",
            taking: DecideCommandRequest.self
        ) { body, call in try await service.decideCommand(body, ofSession: call.parameter("id"), by: call.actor) }
        routes.on(
            .post, AdminRoutes.sessionInput, .sessionsJoin, "Type along in a session", taking: TypedKeys.self
        ) { body, call in
            guard let number = UInt64(try call.parameter("number")) else {
                throw AdminError(.invalidInput, "a watcher is a number")
            }
            return try await service.typeAlong(number, body, ofSession: call.parameter("id"), by: call.actor)
        }
        routes.on(
            .post, AdminRoutes.sessionWatcher, .recordingsOpen, "Give a sign of life as a watcher",
            taking: WatchBeat.self
        ) { body, call in
            guard let number = UInt64(try call.parameter("number")) else {
                throw AdminError(.invalidInput, "a watcher is a number")
            }
            return try await service.beatWatch(number, body, ofSession: call.parameter("id"), by: call.actor)
        }
    }
}
