import AdminAPI
import Hummingbird

/// Turns whatever a handler throws into the JSON form of `AdminError`.
struct ErrorMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: AdminRequestContext,
        next: (Request, AdminRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as AdminError {
            var response = try Response.json(error, status: .init(code: error.code.httpStatus))
            if error.code == .unauthenticated { response.headers[.wwwAuthenticate] = "Bearer" }
            return response
        } catch let error as any HTTPResponseError {
            return try Response.json(Self.error(for: error.status), status: error.status)
        } catch is CancellationError {
            return try Response.json(
                AdminError(.unavailable, "the gateway is shutting down"), status: .serviceUnavailable)
        } catch {
            context.logger.error(
                "admin request failed",
                metadata: ["method": "\(request.method)", "path": "\(request.uri.path)", "error": "\(error)"])
            return try Response.json(
                AdminError(.failed, "the gateway failed to do it", hint: "its log says why"),
                status: .internalServerError)
        }
    }

    private static func error(for status: HTTPResponse.Status) -> AdminError {
        switch status {
        case .notFound:
            AdminError(.notFound, "no such path in this API", hint: "sallyport and sallyportd may differ in version")
        case .contentTooLarge:
            AdminError(
                .invalidInput, "request body is larger than \(AdminJSON.maximumRequestBytes / 1024) KiB")
        default:
            AdminError(.invalidInput, "request refused: \(status.reasonPhrase.lowercased())")
        }
    }
}

extension Response {
    /// A complete JSON answer.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try AdminJSON.encode(value))))
    }
}

extension Request {
    /// The JSON body as a `Value`. Throws `AdminError` (invalid input).
    func decoded<Value: Decodable>(
        _ type: Value.Type, upTo limit: Int = AdminJSON.maximumRequestBytes
    ) async throws -> Value {
        let buffer = try await self.body.collect(upTo: limit)
        return try AdminJSON.decode(type, from: Array(buffer.readableBytesView))
    }
}
