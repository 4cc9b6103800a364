import AdminAPI
import Hummingbird

/// Routes about who watches sessions.
extension AdminRouter {
    func addWatching(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.post(AdminRoutes.sessionWatchers.routerPath) { _, context in
            try await Response.json(
                service.issueWatch(ofSession: context.parameter("id"), by: context.actor), status: .created)
        }
        router.post(AdminRoutes.sessionCommands.routerPath) { request, context in
            try await Response.json(
                service.decideCommand(
                    request.decoded(DecideCommandRequest.self), ofSession: context.parameter("id"), by: context.actor))
        }
        router.post(AdminRoutes.sessionWatcher.routerPath) { request, context in
            guard let number = UInt64(try context.parameter("number")) else {
                throw AdminError(.invalidInput, "a watcher is a number")
            }
            return try await Response.json(
                service.beatWatch(
                    number, request.decoded(WatchBeat.self), ofSession: context.parameter("id"), by: context.actor))
        }
    }
}
