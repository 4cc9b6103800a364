import AdminServer
import Hummingbird

/// What every page says to browsers beside what the API says: nothing of another origin, no inline script, in no
/// frame.
struct PageHeaders: RouterMiddleware {
    static let policy =
        "default-src 'none'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    /// xterm.js makes style sheets, which browsers take with the page's nonce alone.
    static func policy(nonce: String?) -> String {
        self.policy + "; style-src 'self'" + (nonce.map { " 'nonce-\($0)'" } ?? "")
    }

    func handle(
        _ request: Request, context: AdminRequestContext,
        next: (Request, AdminRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        if response.headers[.contentSecurityPolicy] == nil {
            response.headers[.contentSecurityPolicy] = Self.policy(nonce: nil)
        }
        response.headers[.init("Referrer-Policy")!] = "same-origin"
        response.headers[.init("Cross-Origin-Opener-Policy")!] = "same-origin"
        response.headers[.init("Cross-Origin-Resource-Policy")!] = "same-origin"
        return response
    }
}
