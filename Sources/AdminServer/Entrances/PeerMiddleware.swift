import AdminAPI
import Hummingbird

/// The control socket: lets in root and the gateway's own user, for everything; the service audits everybody else.
struct PeerMiddleware: RouterMiddleware {
    let service: any AdministrationService
    let identify: PeerIdentification
    let allowedUsers: Set<UInt32>

    func handle(
        _ request: Request, context: AdminRequestContext,
        next: (Request, AdminRequestContext) async throws -> Response
    ) async throws -> Response {
        let peer = try await self.identify(context.channel)
        guard self.allowedUsers.contains(peer.uid) else {
            let denied = DeniedAdminRequest(
                method: request.method.rawValue, path: request.uri.path, pid: peer.pid)
            await self.service.denied(denied, by: peer.actor)
            throw AdminError(
                .denied, "user \(peer.actor.name) may not administer this gateway",
                hint: "run sallyport as root or as the user that runs sallyportd")
        }
        return try await next(request, context.identified(as: peer.actor, process: peer.pid))
    }
}
