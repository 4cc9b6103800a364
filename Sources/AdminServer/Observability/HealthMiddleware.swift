import AdminAPI
import Hummingbird

/// `/healthz` and `/readyz`, for load balancers and supervisors: without a token, and telling no more than a word.
struct HealthMiddleware: RouterMiddleware {
    let service: any AdministrationService

    func handle(
        _ request: Request, context: AdminRequestContext,
        next: (Request, AdminRequestContext) async throws -> Response
    ) async throws -> Response {
        guard request.method == .get || request.method == .head else { return try await next(request, context) }
        switch request.uri.path {
        case "/healthz": return Self.answer(.ok, "ok")
        case "/readyz":
            guard let trouble = await self.service.trouble() else { return Self.answer(.ok, "ready") }
            return Self.answer(.serviceUnavailable, trouble)
        default: return try await next(request, context)
        }
    }

    private static func answer(_ status: HTTPResponse.Status, _ word: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: word + "\n")))
    }
}
