import AsyncHTTPClient
import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// Requests to a server that logins depend on: HTTP/1.1, one try, nothing followed, everything bounded. Free to use from
/// any thread; no thread waits.
public final class ServerRequests: Sendable {
    /// Longest answer, in bytes.
    private static let maximumAnswerBytes = 1 << 20
    private static let connectSeconds: Int64 = 5

    /// There is no answer; in words for the operator, without the server's name.
    public struct Failure: Error, Hashable, Sendable {
        public let words: String
    }

    /// A whole answer, whatever its status.
    public struct Answer: Sendable {
        public let status: Int
        public let body: Data

        /// From JSON, whose names are in snake case.
        /// - throws: the decoder's error.
        public func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(type, from: self.body)
        }
    }

    private let client: HTTPClient
    private let timeout: TimeAmount

    /// - parameters:
    ///   - caFile: certificates (PEM) that the server's must come from; nil for the system's.
    ///   - timeoutSeconds: for one request, whole.
    public init(caFile: String?, timeoutSeconds: Int) {
        let seconds = Int64(timeoutSeconds)
        self.timeout = .seconds(seconds)
        var tls = TLSConfiguration.makeClientConfiguration()
        if let caFile { tls.trustRoots = .file(caFile) }
        tls.minimumTLSVersion = .tlsv12
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(
                connect: .seconds(min(Self.connectSeconds, seconds)), read: .seconds(seconds)))
        configuration.httpVersion = .http1Only
        // One try: a login must not wait for several.
        configuration.connectionPool.retryConnectionEstablishment = false
        self.client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    public func shutdown() async { try? await self.client.shutdown() }

    public func send(_ request: HTTPClientRequest) async throws(Failure) -> Answer {
        do {
            let response = try await self.client.execute(request, timeout: self.timeout)
            var content = try await response.body.collect(upTo: Self.maximumAnswerBytes)
            defer { content.clear() }
            return Answer(
                status: Int(response.status.code), body: Data(content.readBytes(length: content.readableBytes) ?? []))
        } catch {
            throw Failure(words: Self.words(error))
        }
    }

    /// The status of the answer to a GET.
    /// - parameter token: a bearer token (RFC 6750); nil for none.
    public func status(ofGetting url: String, token: String?) async throws(Failure) -> Int {
        var request = HTTPClientRequest(url: url)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        return try await self.send(request).status
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where error == .connectTimeout: "no connection in time"
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
            "no answer in time"
        case let error as NIOConnectionError:
            error.dnsAError != nil && error.dnsAAAAError != nil && error.connectionErrors.isEmpty
                ? "the name can't be resolved"
                : error.connectionErrors.first.map { Self.words($0.error) } ?? "no connection"
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case is NIOSSLError, is NIOSSLExtraError: "its TLS certificate is not trusted, or TLS fails"
        case is NIOTooManyBytesError: "its answer is too long"
        default: "the connection broke (\(type(of: error)))"
        }
    }
}
