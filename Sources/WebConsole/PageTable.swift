import AdminAPI
import AdminServer
import Hummingbird

/// The pages of the console. Each states what it needs, as the API's routes do.
final class PageTable {
    struct Entry: Sendable {
        let method: HTTPRequest.Method
        let path: String
        let permission: Permission
    }

    private let router: RouterGroup<AdminRequestContext>
    private let console: WebConsole
    private(set) var entries: [Entry] = []

    init(_ router: RouterGroup<AdminRequestContext>, _ console: WebConsole) {
        self.router = router
        self.console = console
    }

    /// A page. - parameter path: such as `recordings/:id`.
    func page(
        _ path: String, _ permission: Permission, _ make: @escaping @Sendable (PageCall) async throws -> Page
    ) {
        self.add(.get, path, permission) { call in try call.response(to: try await make(call)) }
    }

    /// What a form does. It answers with where to go then; errors are shown on a page of their own.
    func action(
        _ path: String, _ permission: Permission,
        _ act: @escaping @Sendable (FormFields, PageCall) async throws -> Redirection
    ) {
        self.add(.post, path, permission) { call in
            let form = try await call.form()
            return try await act(form, call).response
        }
    }

    /// What a page's script asks for.
    func data(
        _ path: String, _ permission: Permission,
        _ make: @escaping @Sendable (PageCall) async throws -> Response
    ) {
        self.add(.get, path, permission, isPage: false, make)
    }

    private func add(
        _ method: HTTPRequest.Method, _ path: String, _ permission: Permission, isPage: Bool = true,
        _ handle: @escaping @Sendable (PageCall) async throws -> Response
    ) {
        self.entries.append(Entry(method: method, path: path, permission: permission))
        let console = self.console
        self.router.on(RouterPath(path), method: method) { request, context in
            guard let call = try await console.call(request, context) else {
                return isPage ? SignInPage.redirection(from: request) : Response(status: .unauthorized)
            }
            do {
                guard call.actor.permissions.contains(permission) else {
                    await console.service.denied(
                        DeniedAdminRequest(
                            method: method.rawValue, path: request.uri.path, pid: 0, permission: permission),
                        by: call.actor)
                    throw AdminError(.denied, "this needs the permission \(permission.rawValue)")
                }
                return try await handle(call)
            } catch {
                guard isPage else { throw error }
                return try call.response(toError: error)
            }
        }
    }
}
