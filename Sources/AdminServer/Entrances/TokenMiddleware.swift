import AdminAPI
import Hummingbird

/// HTTPS: lets in whoever shows a token that is good (RFC 6750 section 2.1), for what that token permits, and the pages
/// of the web console, for what whoever has signed in there may do.
struct TokenMiddleware: RouterMiddleware {
    let service: any AdministrationService
    /// No token is longer, and no longer header is looked at.
    private static let longestToken = 256

    func handle(
        _ request: Request, context: AdminRequestContext,
        next: (Request, AdminRequestContext) async throws -> Response
    ) async throws -> Response {
        guard let token = Self.token(request.headers[values: .authorization]) else {
            if request.headers[.authorization] == nil, let cookie = ConsoleCookie.value(in: request) {
                let holder = try await self.holder(of: cookie, request, from: context.clientAddress)
                return try await next(request, context.identified(as: holder.actor))
            }
            throw AdminError(
                .unauthenticated, "this needs a token", hint: "send it as Authorization: Bearer spt_…")
        }
        let actor = try await self.service.holder(ofToken: token, from: context.clientAddress)
        return try await next(request, context.identified(as: actor))
    }

    /// A page's script. What changes something has to come from a page of this console, and to show its token.
    private func holder(of cookie: SecretField, _ request: Request, from host: String) async throws -> ConsoleHolder {
        let isReading = request.method == .get || request.method == .head
        let holder = try await self.service.holder(ofConsoleSession: cookie, from: host, isUse: !isReading)
        let shown = request.headers[.init("X-Sallyport-CSRF")!] ?? ""
        guard isReading || (RequestOrigin.isOwn(request) && ConstantTime.equal(shown, holder.csrf)) else {
            throw AdminError(
                .denied, "this does not come from a page of the console that is still good",
                hint: "open the page again")
        }
        return holder
    }

    private static func token(_ headers: [String]) -> SecretField? {
        // Several would leave it open which one counts.
        guard headers.count == 1, let header = headers.first else { return nil }
        let words = header.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer", words[1].utf8.count <= Self.longestToken else {
            return nil
        }
        return SecretField(Array(words[1].utf8))
    }
}
