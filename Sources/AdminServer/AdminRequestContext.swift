import AdminAPI
import Hummingbird
import NIOCore

struct AdminRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// Set by `PeerMiddleware` once the peer is known and allowed.
    fileprivate var identifiedActor: AdminActor?

    init(source: ApplicationRequestContextSource) {
        self.coreContext = .init(source: source)
        self.channel = source.channel
    }

    /// Throws `AdminError` (denied) for a request that no middleware let in.
    var actor: AdminActor {
        get throws {
            guard let actor = self.identifiedActor else {
                throw AdminError(.denied, "the peer was not identified")
            }
            return actor
        }
    }

    /// A parameter of the route's template, decoded.
    func parameter(_ name: String) throws -> String {
        guard let value = PercentEncoding.decode(try self.parameters.require(name)) else {
            throw AdminError(.invalidInput, "the path is not percent-encoded UTF-8")
        }
        return value
    }
}

/// Lets in root and the gateway's own user; the service audits everybody else.
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
        var context = context
        context.identifiedActor = peer.actor
        return try await next(request, context)
    }
}
