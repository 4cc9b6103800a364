import AdminAPI
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Speaks to a running gateway: HTTP/1.1 over its control socket, or over TLS, one connection per request.
struct ControlClient: Sendable {
    let socketPath: String
    let remote: ServerOptions

    /// Largest answer that is read into memory, in bytes; listings are far below.
    private static let maximumAnswerBytes = 256 * 1024 * 1024

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    func get<Answer: Decodable>(_ path: String, as type: Answer.Type = Answer.self) async throws -> Answer {
        try AdminJSON.decodeAnswer(type, from: try await self.answer(to: .GET, path, body: nil))
    }

    func send<Answer: Decodable>(
        _ method: HTTPMethod, _ path: String, _ body: some Encodable, as type: Answer.Type = Answer.self
    ) async throws -> Answer {
        try AdminJSON.decodeAnswer(type, from: try await self.answer(to: method, path, body: AdminJSON.encode(body)))
    }

    /// For requests that say nothing but what their path does.
    func post<Answer: Decodable>(_ path: String, as type: Answer.Type = Answer.self) async throws -> Answer {
        try AdminJSON.decodeAnswer(type, from: try await self.answer(to: .POST, path, body: nil))
    }

    /// For requests whose answer has no body.
    func send(_ method: HTTPMethod, _ path: String, _ body: some Encodable) async throws {
        _ = try await self.answer(to: method, path, body: AdminJSON.encode(body))
    }

    func delete<Answer: Decodable>(_ path: String, as type: Answer.Type = Answer.self) async throws -> Answer {
        try AdminJSON.decodeAnswer(type, from: try await self.answer(to: .DELETE, path, body: nil))
    }

    func delete(_ path: String) async throws {
        _ = try await self.answer(to: .DELETE, path, body: nil)
    }

    /// Hands over the body of the answer piece by piece as it comes, until its end or until `body` returns false.
    func stream(_ path: String, _ body: (ByteBuffer) async throws -> Bool) async throws {
        try await self.exchange(.GET, path, body: nil) { parts in
            try await Self.checkHead(&parts)
            while let piece = try await parts.nextPiece() {
                guard try await body(piece) else { return }
            }
        }
    }

    private func answer(to method: HTTPMethod, _ path: String, body: [UInt8]?) async throws -> [UInt8] {
        try await self.exchange(method, path, body: body) { parts in
            try await Self.checkHead(&parts)
            return try await parts.rest(limit: Self.maximumAnswerBytes)
        }
    }

    /// Throws what the gateway says is wrong.
    private static func checkHead(_ parts: inout AnswerParts) async throws {
        let status = try await parts.head().status
        guard status.code >= 300 else { return }
        let body = try await parts.rest(limit: AdminJSON.maximumRequestBytes)
        if let error = try? AdminJSON.decode(AdminError.self, from: body) { throw CommandFailure(error) }
        throw CommandFailure("the gateway answered with HTTP status \(status.code)")
    }

    private func exchange<Result>(
        _ method: HTTPMethod, _ path: String, body: [UInt8]?,
        _ receive: (inout AnswerParts) async throws -> Result
    ) async throws -> Result {
        let endpoint = try self.remote.endpoint()
        let connection: Connection
        if let endpoint {
            connection = try await Self.connect(to: endpoint)
        } else {
            connection = try await self.connect()
        }
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: path)
        head.headers.add(name: "Host", value: endpoint?.name ?? "localhost")
        if let endpoint { head.headers.add(name: "Authorization", value: "Bearer \(endpoint.token)") }
        head.headers.add(name: "Connection", value: "close")
        if let body {
            head.headers.add(name: "Content-Type", value: "application/json")
            head.headers.add(name: "Content-Length", value: String(body.count))
        }
        do {
            return try await connection.executeThenClose { inbound, outbound in
                // In one write: the gateway may answer and close between two, and the second would fail.
                let content = body.map { HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: $0))) }
                try await outbound.write(contentsOf: [.head(head)] + [content].compactMap(\.self) + [.end(nil)])
                var parts = AnswerParts(inbound.makeAsyncIterator())
                return try await receive(&parts)
            }
        } catch let error as CommandFailure {
            throw error
        } catch is HTTPParserError, is ChannelError, is IOError, is NIOSSLError, is BoringSSLError {
            throw CommandFailure("the gateway closed the connection", hint: "its log says why")
        }
    }

    private static func connect(to endpoint: RemoteEndpoint) async throws -> Connection {
        let context = try endpoint.context()
        let (connection, handshake): (Connection, EventLoopFuture<Void>)
        do {
            (connection, handshake) = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(.seconds(10))
                .connect(host: endpoint.host, port: endpoint.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handshake = channel.eventLoop.makePromise(of: Void.self)
                        try channel.pipeline.syncOperations.addHandlers([
                            try endpoint.handler(context), HandshakeWatcher(handshake),
                        ])
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        return (try Connection(wrappingChannelSynchronously: channel), handshake.futureResult)
                    }
                }
        } catch {
            throw CommandFailure(
                "no gateway answers on https://\(endpoint.name)",
                hint: "api.listen in its sallyport.toml says where its API is")
        }
        do {
            try await handshake.get()
        } catch is NIOSSLError, is NIOSSLExtraError {
            // Closes what is not used.
            try? await connection.executeThenClose { _, _ in }
            throw CommandFailure(
                "the certificate of \(endpoint.name) is not trusted",
                hint: "name its authority with --server-ca, or the certificate itself with --server-fingerprint",
                status: .denied)
        } catch {
            try? await connection.executeThenClose { _, _ in }
            throw CommandFailure(
                "https://\(endpoint.name) closed the connection",
                hint: "perhaps it has too many, or is no gateway's API")
        }
        return connection
    }

    private func connect() async throws -> Connection {
        do {
            return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(unixDomainSocketPath: self.socketPath) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        return try Connection(wrappingChannelSynchronously: channel)
                    }
                }
        } catch let error as IOError where error.errnoCode == EACCES || error.errnoCode == EPERM {
            throw CommandFailure(
                "not permitted to open \(self.socketPath)",
                hint: "run sallyport as root or as the user that runs sallyportd", status: .denied)
        } catch is SocketAddressError {
            throw CommandFailure(
                "path of the control socket is too long: \(self.socketPath)",
                hint: "use a state directory whose path has less than 90 bytes")
        } catch {
            throw CommandFailure(
                "no gateway answers on \(self.socketPath)",
                hint: "start sallyportd, or name its state directory with --state before the command")
        }
    }
}

/// The parts of one answer, in order.
private struct AnswerParts {
    private var iterator: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator

    init(_ iterator: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator) {
        self.iterator = iterator
    }

    mutating func head() async throws -> HTTPResponseHead {
        guard case .head(let head)? = try await self.iterator.next() else {
            throw CommandFailure("the gateway closed the connection", hint: "its log says why")
        }
        return head
    }

    /// Nil at the end of the body.
    mutating func nextPiece() async throws -> ByteBuffer? {
        switch try await self.iterator.next() {
        case .body(let piece): return piece
        case .end: return nil
        case .head, nil: throw CommandFailure("the gateway closed the connection in mid-answer")
        }
    }

    mutating func rest(limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await self.nextPiece() {
            guard bytes.count + piece.readableBytes <= limit else {
                throw CommandFailure("the answer of the gateway is larger than \(Display.size(UInt64(limit)))")
            }
            bytes += piece.readableBytesView
        }
        return bytes
    }
}

extension AdminJSON {
    /// An answer that does not fit its type is the gateway's fault, not the user's.
    fileprivate static func decodeAnswer<Answer: Decodable>(_ type: Answer.Type, from bytes: [UInt8]) throws -> Answer {
        do {
            return try self.decode(type, from: bytes)
        } catch {
            throw CommandFailure(
                "cannot understand the gateway's answer", hint: "sallyport and sallyportd may differ in version")
        }
    }
}
