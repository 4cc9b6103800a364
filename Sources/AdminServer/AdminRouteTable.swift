import AdminAPI
import Hummingbird

/// The routes of the API. Each states what it needs, and what it takes and gives: a route without a permission does
/// not compile, and the OpenAPI document is made of nothing else.
final class AdminRouteTable {
    /// One route with one method, as the document tells of it.
    struct Operation: Sendable {
        let method: HTTPRequest.Method
        let route: AdminRoute
        let permission: Permission
        let summary: String
        let query: [QueryParameter]
        /// Of the body; nil for a request without one.
        let body: (@Sendable (Schemas) throws -> JSONValue)?
        let status: HTTPResponse.Status
        /// Of the answer: its type of content, and its schema. Nil for an answer without a body.
        let answer: (type: String, schema: @Sendable (Schemas) throws -> JSONValue)?
    }

    private let router: Router<AdminRequestContext>
    private let service: any AdministrationService
    private(set) var operations: [Operation] = []

    init(_ router: Router<AdminRequestContext>, service: any AdministrationService) {
        self.router = router
        self.service = service
    }

    /// A route that answers with JSON.
    func on<Answer: Codable & Sendable>(
        _ method: HTTPRequest.Method, _ route: AdminRoute, _ permission: Permission, _ summary: String,
        query: [QueryParameter] = [], status: HTTPResponse.Status = .ok,
        _ handle: @escaping @Sendable (AdminCall) async throws -> Answer
    ) {
        let answer = ("application/json", { @Sendable (schemas: Schemas) in try schemas.schema(of: Answer.self) })
        self.add(method, route, permission, summary, query, body: nil, status, answer) { call in
            try Response.json(await handle(call), status: status)
        }
    }

    /// A route without an answer: 204. Another name, so that no answer is dropped by mistake.
    func onWithoutAnswer(
        _ method: HTTPRequest.Method, _ route: AdminRoute, _ permission: Permission, _ summary: String,
        query: [QueryParameter] = [], _ handle: @escaping @Sendable (AdminCall) async throws -> Void
    ) {
        self.add(method, route, permission, summary, query, body: nil, .noContent, nil) { call in
            try await handle(call)
            return Response(status: .noContent)
        }
    }

    /// A route that takes JSON, of at most `limit` bytes, and answers with JSON.
    func on<Body: Codable & Sendable, Answer: Codable & Sendable>(
        _ method: HTTPRequest.Method, _ route: AdminRoute, _ permission: Permission, _ summary: String,
        taking type: Body.Type, upTo limit: Int = AdminJSON.maximumRequestBytes,
        status: HTTPResponse.Status = .ok, _ handle: @escaping @Sendable (Body, AdminCall) async throws -> Answer
    ) {
        let answer = ("application/json", { @Sendable (schemas: Schemas) in try schemas.schema(of: Answer.self) })
        self.add(
            method, route, permission, summary, [], body: { try $0.schema(of: type) }, status, answer,
            { call in try Response.json(await handle(call.request.decoded(type, upTo: limit), call), status: status) })
    }

    /// A route that takes JSON and gives no answer: 204.
    func onWithoutAnswer<Body: Codable & Sendable>(
        _ method: HTTPRequest.Method, _ route: AdminRoute, _ permission: Permission, _ summary: String,
        taking type: Body.Type, _ handle: @escaping @Sendable (Body, AdminCall) async throws -> Void
    ) {
        self.add(
            method, route, permission, summary, [], body: { try $0.schema(of: type) }, .noContent, nil,
            { call in
                try await handle(call.request.decoded(type), call)
                return Response(status: .noContent)
            })
    }

    /// A route that answers with something else than JSON of one type, such as a file.
    func stream(
        _ method: HTTPRequest.Method, _ route: AdminRoute, _ permission: Permission, _ summary: String,
        query: [QueryParameter] = [], answers type: String,
        schema: @escaping @Sendable (Schemas) throws -> JSONValue = { _ in ["type": "string", "format": "binary"] },
        _ handle: @escaping @Sendable (AdminCall) async throws -> Response
    ) {
        self.add(method, route, permission, summary, query, body: nil, .ok, (type, schema), handle)
    }

    private func add(
        _ method: HTTPRequest.Method, _ route: AdminRoute, _ permission: Permission, _ summary: String,
        _ query: [QueryParameter], body: (@Sendable (Schemas) throws -> JSONValue)?, _ status: HTTPResponse.Status,
        _ answer: (String, @Sendable (Schemas) throws -> JSONValue)?,
        _ handle: @escaping @Sendable (AdminCall) async throws -> Response
    ) {
        self.operations.append(
            Operation(
                method: method, route: route, permission: permission, summary: summary, query: query, body: body,
                status: status, answer: answer))
        let service = self.service
        self.router.on(RouterPath(route.template), method: method) { request, context in
            let actor = try context.actor
            guard actor.permissions.contains(permission) else {
                let denied = DeniedAdminRequest(
                    method: method.rawValue, path: request.uri.path, pid: context.peerProcess, permission: permission)
                await service.denied(denied, by: actor)
                throw AdminError(
                    .denied, "this needs the permission \(permission.rawValue)",
                    hint: "ask for a token of a role, and with a scope, that has it")
            }
            return try await handle(AdminCall(actor: actor, request: request, context: context))
        }
    }
}
