import AdminAPI
import AdminServer
import Hummingbird

/// Signing in and out.
enum SignInPage {
    struct View: Sendable {
        let passwords: Bool
        let provider: String?
        let user: String
        let problem: String?
        /// Where to go then.
        let next: String
    }

    /// Keeps what begins at the OIDC provider in the browser that began it.
    static let proofCookie = "__Host-sallyport-sign-in"

    /// To the sign-in page, and back then.
    static func redirection(from request: Request) -> Response {
        let path = request.method == .get ? request.uri.path : "/"
        let next = self.checked(path)
        return Response(
            status: .seeOther, headers: [.location: next == "/" ? "/sign-in" : "/sign-in?next=\(next)"])
    }

    /// A path of this console; the start page for anything else, such as another site's address.
    static func checked(_ path: String?) -> String {
        guard let path, path.hasPrefix("/"), path.utf8.count <= 200,
            path.utf8.allSatisfy({ byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"),
                    UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }), !path.hasPrefix("//")
        else { return "/" }
        return path
    }
}

extension WebConsole {
    func addSignIn(to router: RouterGroup<AdminRequestContext>) {
        router.get("sign-in") { request, context in
            if try await self.call(request, context) != nil { return Redirection("/").response }
            return try await self.signInPage(request, next: request.uri.queryParameters.get("next"))
        }
        router.post("sign-in") { request, context in try await self.signIn(request, context) }
        router.post("sign-in/provider") { request, _ in
            guard RequestOrigin.isOwn(request) else { return Redirection("/sign-in").response }
            do {
                let begun = try await self.service.beginSignIn()
                // No redirection: the policy lets forms lead nowhere else.
                var response = try Layout(
                    Page("away", title: "Sign in", ["location": begun.location]), request: request
                ).response(status: .ok, assets: self.assets)
                response.headers[.init("Refresh")!] = "0; url=\(begun.location)"
                response.headers[values: .setCookie] = [
                    ConsoleCookie.keeping(begun.proof, named: SignInPage.proofCookie, crossing: true)
                ]
                return response
            } catch let error as AdminError {
                return try await self.signInPage(request, problem: error)
            }
        }
        router.get("sign-in/callback") { request, context in try await self.finishSignIn(request, context) }
        router.post("sign-out") { request, context in
            if let call = try await self.call(request, context), let cookie = ConsoleCookie.value(in: request) {
                _ = try await call.form()
                await self.service.signOut(cookie, from: context.clientAddress)
            }
            var response = Redirection("/sign-in").response
            response.headers[values: .setCookie] = [ConsoleCookie.forgetting()]
            return response
        }
    }

    private func signIn(_ request: Request, _ context: AdminRequestContext) async throws -> Response {
        var user = ""
        var next: String?
        do {
            guard RequestOrigin.isOwn(request) else {
                throw AdminError(.denied, "another site sent this form", hint: "sign in here")
            }
            let form = try await FormFields(of: request)
            next = form["next"]
            user = form["user"] ?? ""
            let session = try await self.service.signIn(
                ConsoleSignIn(
                    user: try form.required("user", "the user"),
                    password: SecretField(Array(try form.required("password", "the password").utf8)),
                    code: SecretField(Array(try form.required("code", "the code").utf8))),
                from: context.clientAddress)
            return Self.signedIn(session, next: next)
        } catch let error as AdminError {
            return try await self.signInPage(request, user: user, next: next, problem: error)
        }
    }

    private func finishSignIn(_ request: Request, _ context: AdminRequestContext) async throws -> Response {
        do {
            let query = request.uri.queryParameters
            guard let proof = ConsoleCookie.value(in: request, named: SignInPage.proofCookie),
                let code = query.get("code"), let state = query.get("state")
            else { throw AdminError(.unauthenticated, "the provider let nobody in", hint: "try again") }
            let session = try await self.service.finishSignIn(
                code: SecretField(Array(code.utf8)), state: state, proof: proof, from: context.clientAddress)
            return try self.signedInByProvider(session, request)
        } catch let error as AdminError {
            return try await self.signInPage(request, problem: error)
        }
    }

    /// Always a new cookie: one that somebody planted before is worth nothing.
    private static func signedIn(_ session: ConsoleSession, next: String?) -> Response {
        var response = Redirection(SignInPage.checked(next)).response
        response.headers[values: .setCookie] = [ConsoleCookie.keeping(session.cookie)]
        return response
    }

    /// A page that goes on by itself. Browsers would send no SameSite=Strict cookie along with a redirection, since it
    /// was another site that the whole way began at.
    private func signedInByProvider(_ session: ConsoleSession, _ request: Request) throws -> Response {
        var response = try Layout(Page("signed-in", title: "Signed in", [String: String]()), request: request)
            .response(status: .ok, assets: self.assets)
        response.headers[.init("Refresh")!] = "0; url=/"
        response.headers[values: .setCookie] = [
            ConsoleCookie.keeping(session.cookie), ConsoleCookie.forgetting(named: SignInPage.proofCookie),
        ]
        return response
    }

    private func signInPage(
        _ request: Request, user: String = "", next: String? = nil, problem: AdminError? = nil
    ) async throws -> Response {
        let methods = await self.service.signInMethods()
        let view = SignInPage.View(
            passwords: methods.passwords, provider: methods.provider, user: user, problem: problem?.message,
            next: SignInPage.checked(next))
        return try Layout(Page("sign-in", title: "Sign in", view), request: request).response(
            status: problem.map { .init(code: $0.code.httpStatus) } ?? .ok, assets: self.assets)
    }
}
