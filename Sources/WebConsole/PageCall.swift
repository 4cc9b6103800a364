import AdminAPI
import AdminServer
import Hummingbird

/// One request of somebody who has signed in.
struct PageCall: Sendable {
    let console: WebConsole
    let holder: ConsoleHolder
    let request: Request
    let context: AdminRequestContext

    var actor: AdminActor { self.holder.actor }
    var service: any AdministrationService { self.console.service }

    func parameter(_ name: String) throws -> String { try self.context.parameter(name) }

    /// A field of the query; nil for one that is empty too.
    func query(_ name: String) -> String? {
        self.request.uri.queryParameters.get(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    func may(_ permission: Permission) -> Bool { self.actor.permissions.contains(permission) }

    /// The form that was sent. Throws `denied` for one that another site made the browser send.
    func form() async throws -> FormFields {
        let form = try await FormFields(of: self.request)
        guard RequestOrigin.isOwn(self.request), ConstantTime.equal(form["csrf"] ?? "", self.holder.csrf) else {
            throw AdminError(
                .denied, "this form is not of a page of this console that is still good",
                hint: "open the page again")
        }
        return form
    }

    func response(to page: Page, status: HTTPResponse.Status = .ok) throws -> Response {
        try Layout(page, self).response(status: status, assets: self.console.assets)
    }

    func response(toError error: any Error) throws -> Response {
        let shown = error as? AdminError
        if shown == nil { self.context.logger.error("page failed", metadata: ["error": "\(error)"]) }
        let told = shown ?? AdminError(.failed, "the gateway failed to do it", hint: "its log says why")
        return try self.response(
            to: Page("error", title: "That did not work", ErrorView(message: told.message, hint: told.hint)),
            status: .init(code: told.code.httpStatus))
    }

    private struct ErrorView: Sendable {
        let message: String
        let hint: String?
    }
}

extension WebConsole {
    /// Nil for who has not signed in, or whose sign-in is over.
    func call(_ request: Request, _ context: AdminRequestContext) async throws -> PageCall? {
        // A page that looks for news by itself says so.
        let isUse = request.headers[.init("X-Sallyport-Unasked")!] == nil
        guard let cookie = ConsoleCookie.value(in: request) else { return nil }
        do {
            let holder = try await self.service.holder(
                ofConsoleSession: cookie, from: context.clientAddress, isUse: isUse)
            return PageCall(console: self, holder: holder, request: request, context: context)
        } catch let error as AdminError where error.code == .unauthenticated {
            return nil
        }
    }
}

/// Where a browser goes after a form.
struct Redirection: Sendable {
    let path: String
    /// A line that the next page shows.
    var note: String?

    init(_ path: String, note: String? = nil) {
        self.path = path
        self.note = note
    }

    var response: Response {
        var response = Response(status: .seeOther, headers: [.location: self.path])
        // Not in the address, where others could put words into the console's mouth.
        if let note = self.note {
            response.headers[values: .setCookie] = [FlashNote.keeping(note)]
        }
        return response
    }
}
