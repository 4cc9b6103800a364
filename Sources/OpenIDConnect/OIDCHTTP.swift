import AsyncHTTPClient
import FoundationEssentials
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Platform

/// Requests to one provider: HTTP/1.1, nothing followed, everything bounded. Free to use from any thread; no thread
/// waits.
final class OIDCHTTP: Sendable {
    /// Longest answer, in bytes.
    private static let maximumAnswerBytes = 1 << 20

    private let client: HTTPClient
    private let settings: OIDCSettings

    init(_ settings: OIDCSettings) {
        self.settings = settings
        var tls = TLSConfiguration.makeClientConfiguration()
        if let file = settings.caFile { tls.trustRoots = .file(file) }
        tls.minimumTLSVersion = .tlsv12
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(
                connect: .seconds(Int64(settings.timeoutSeconds)), read: .seconds(Int64(settings.timeoutSeconds))))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        self.client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func shutdown() async { try? await self.client.shutdown() }

    struct Answer {
        var status: Int
        var body: Data

        func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws(OIDCError) -> Value {
            do {
                let decoder = JSONDecoder()
                decoder.keyDecodingStrategy = .convertFromSnakeCase
                return try decoder.decode(type, from: self.body)
            } catch {
                throw OIDCError(.unusable, "the provider's answer can't be understood (HTTP status \(self.status))")
            }
        }
    }

    func get(_ url: String) async throws(OIDCError) -> Answer {
        try await self.send(HTTPClientRequest(url: url))
    }

    /// A form, with the client's own credentials (RFC 6749 section 2.3.1, by HTTP Basic where there is a secret).
    func post(_ url: String, _ form: [(String, String)]) async throws(OIDCError) -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.headers.add(name: "Accept", value: "application/json")
        var fields = form
        if let secret = try self.settings.clientSecret?() {
            let text = secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
            let pair = "\(Self.encoded(self.settings.clientID)):\(Self.encoded(text))"
            request.headers.add(name: "Authorization", value: "Basic \(Data(pair.utf8).base64EncodedString())")
        } else {
            fields.append(("client_id", self.settings.clientID))
        }
        let body = fields.map { "\(Self.encoded($0.0))=\(Self.encoded($0.1))" }.joined(separator: "&")
        request.body = .bytes(ByteBuffer(string: body))
        return try await self.send(request)
    }

    /// application/x-www-form-urlencoded, of which percent-encoding is a part.
    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func send(_ request: HTTPClientRequest) async throws(OIDCError) -> Answer {
        guard OIDCSettings.isPermitted(address: request.url) else {
            throw OIDCError(.unusable, "the provider names an address that is not https: \(request.url.prefix(200))")
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
            throw OIDCError(.unreachable, "\(self.settings.issuer): \(Self.words(error))")
        }
        guard answer.status < 500, answer.status != 429 else {
            throw OIDCError(.unreachable, "\(self.settings.issuer): HTTP status \(answer.status)")
        }
        return answer
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
