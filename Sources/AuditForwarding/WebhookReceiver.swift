import AdminAPI
import AsyncHTTPClient
import Crypto
import FoundationEssentials
import GatewayConfiguration
import Glibc
import NIOCore
import NIOHTTP1

/// An HTTP server that gets rows as JSON, signed with a shared secret.
///
/// `POST` with `{"gateway": …, "rows": […]}`, rows as an export has them. `X-Sallyport-Signature` is `sha256=` and the
/// HMAC-SHA256 (RFC 2104, hexadecimal) of the timestamp in `X-Sallyport-Timestamp`, a full stop and the body. An
/// answer of 2xx says that the rows are received.
struct WebhookReceiver: AuditReceiver {
    private let delivery: WebhookDelivery

    var doubt: Duration { .zero }

    private static let secretBytes = 16...4096

    init(_ destination: WebhookDestination, host: String) throws {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: try destination.tls.configuration(for: destination.name),
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(connect: .seconds(10), read: .seconds(20)))
        configuration.httpVersion = .http1Only
        guard var secret = try? Data(contentsOf: URL(filePath: destination.secretFile)) else {
            throw ForwardingError("audit receiver \(destination.name): \(destination.secretFile) can't be read")
        }
        while secret.last == UInt8(ascii: "\n") || secret.last == UInt8(ascii: "\r") { secret.removeLast() }
        guard Self.secretBytes.contains(secret.count) else {
            throw ForwardingError(
                "audit receiver \(destination.name): the secret in \(destination.secretFile) is not of "
                    + "\(Self.secretBytes.lowerBound) to \(Self.secretBytes.upperBound) bytes")
        }
        self.delivery = WebhookDelivery(
            url: destination.url, key: SymmetricKey(data: secret), host: host,
            client: HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration))
    }

    /// Connections are the client's; each request is a delivery of its own.
    func connect() async throws -> any AuditDelivery { self.delivery }
}

/// What receivers of JSON get.
struct WebhookBody: Encodable {
    var gateway: String
    var rows: [AuditExportRow]
}

private final class WebhookDelivery: AuditDelivery {
    private let url: String
    private let key: SymmetricKey
    private let host: String
    private let client: HTTPClient

    private static let timeout = TimeAmount.seconds(30)

    init(url: String, key: SymmetricKey, host: String, client: HTTPClient) {
        self.url = url
        self.key = key
        self.host = host
        self.client = client
    }

    deinit { try? self.client.syncShutdown() }

    func deliver(_ rows: [AuditExportRow]) async throws {
        let body = try AdminJSON.encode(WebhookBody(gateway: self.host, rows: rows))
        let time = String(Glibc.time(nil))
        let code = HMAC<SHA256>.authenticationCode(for: Array((time + ".").utf8) + body, using: self.key)
        var request = HTTPClientRequest(url: self.url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "User-Agent", value: "sallyport")
        request.headers.add(name: "X-Sallyport-Timestamp", value: time)
        request.headers.add(name: "X-Sallyport-Signature", value: "sha256=" + code.hexadecimal)
        request.body = .bytes(body)
        let status: HTTPResponseStatus
        do {
            let answer = try await self.client.execute(request, timeout: Self.timeout)
            status = answer.status
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ReceiverFailure("can't be reached: \(SyslogReceiver.words(error))")
        }
        guard (200..<300).contains(status.code) else {
            throw ReceiverFailure("answers with HTTP status \(status.code)")
        }
    }

    func check() async throws {}
    func close() async {}
}

extension HMAC<SHA256>.MAC {
    fileprivate var hexadecimal: String {
        self.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
