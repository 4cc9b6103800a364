import AsyncHTTPClient
import FoundationEssentials
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Requests to one server: HTTP/1.1 with JSON, nothing followed, everything bounded. Free to use from any thread; no
/// thread waits.
final class BaoHTTP: Sendable {
    /// Longest answer, in bytes.
    private static let maximumAnswerBytes = 1 << 20
    private static let connectSeconds: Int64 = 5

    private let client: HTTPClient
    private let settings: BaoSettings

    init(_ settings: BaoSettings) {
        self.settings = settings
        var tls = TLSConfiguration.makeClientConfiguration()
        if let file = settings.caFile { tls.trustRoots = .file(file) }
        tls.minimumTLSVersion = .tlsv12
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(
                connect: .seconds(min(Self.connectSeconds, Int64(settings.timeoutSeconds))),
                read: .seconds(Int64(settings.timeoutSeconds))))
        configuration.httpVersion = .http1Only
        // One try: a login must not wait for several.
        configuration.connectionPool.retryConnectionEstablishment = false
        self.client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func shutdown() async { try? await self.client.shutdown() }

    struct Answer {
        var status: Int
        var body: Data

        func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws(BaoError) -> Value {
            do {
                let decoder = JSONDecoder()
                decoder.keyDecodingStrategy = .convertFromSnakeCase
                return try decoder.decode(type, from: self.body)
            } catch {
                throw BaoError(.unusable, "the server's answer can't be understood: is it OpenBao or Vault?")
            }
        }

        /// What the server says is wrong, made printable and short.
        var errors: String {
            struct Errors: Decodable { var errors: [String] }
            let words = (try? JSONDecoder().decode(Errors.self, from: self.body))?.errors ?? []
            let line = words.joined(separator: "; ").unicodeScalars
                .map { $0.value < 0x20 || $0.value == 0x7F ? " " : String($0) }.joined()
            return line.isEmpty ? "HTTP status \(self.status)" : String(line.prefix(300))
        }
    }

    /// - parameter path: below `/v1/`, of parts that were checked.
    /// - throws: `unreachable`, and for statuses below 500 nothing: they are the caller's to judge.
    func send(
        _ method: HTTPMethod, _ path: String, token: String?, body: some Encodable
    ) async throws(BaoError) -> Answer {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return try await self.send(method, path, token: token, encoded: try? encoder.encode(body))
    }

    func send(_ method: HTTPMethod, _ path: String, token: String?) async throws(BaoError) -> Answer {
        try await self.send(method, path, token: token, encoded: nil)
    }

    private func send(
        _ method: HTTPMethod, _ path: String, token: String?, encoded body: Data?
    ) async throws(BaoError) -> Answer {
        var request = HTTPClientRequest(url: "\(self.settings.address)/v1/\(path)")
        request.method = method
        // Without it, Vault's agent and proxies refuse.
        request.headers.add(name: "X-Vault-Request", value: "true")
        if let token { request.headers.add(name: "X-Vault-Token", value: token) }
        if let namespace = self.settings.namespace { request.headers.add(name: "X-Vault-Namespace", value: namespace) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(body)
        }
        let answer: Answer
        do {
            let response = try await self.client.execute(
                request, timeout: .seconds(Int64(self.settings.timeoutSeconds)))
            var content = try await response.body.collect(upTo: Self.maximumAnswerBytes)
            answer = Answer(
                status: Int(response.status.code), body: Data(content.readBytes(length: content.readableBytes) ?? []))
            content.clear()
        } catch {
            throw BaoError(.unreachable, "\(self.settings.address): \(Self.words(error))")
        }
        switch answer.status {
        case 503: throw BaoError(.sealed, "\(self.settings.address) is sealed")
        case 429, 472, 473, 500...: throw BaoError(.unavailable, "\(self.settings.address): \(answer.errors)")
        default: return answer
        }
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
