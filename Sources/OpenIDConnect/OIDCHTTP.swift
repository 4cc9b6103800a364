import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import Platform
import ServerRequests

/// Requests to one provider. Free to use from any thread; no thread waits.
final class OIDCHTTP: Sendable {
    private let requests: ServerRequests
    private let settings: OIDCSettings

    init(_ settings: OIDCSettings) {
        self.settings = settings
        self.requests = ServerRequests(caFile: settings.caFile, timeoutSeconds: settings.timeoutSeconds)
    }

    func shutdown() async { await self.requests.shutdown() }

    struct Answer {
        let answer: ServerRequests.Answer
        var status: Int { self.answer.status }

        func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws(OIDCError) -> Value {
            do {
                return try self.answer.decoded(type)
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
            let pair = "\(PercentEncoding.encode(self.settings.clientID)):\(PercentEncoding.encode(text))"
            request.headers.add(name: "Authorization", value: "Basic \(Data(pair.utf8).base64EncodedString())")
        } else {
            fields.append(("client_id", self.settings.clientID))
        }
        let body = fields.map { "\(PercentEncoding.encode($0.0))=\(PercentEncoding.encode($0.1))" }.joined(
            separator: "&")
        request.body = .bytes(ByteBuffer(string: body))
        return try await self.send(request)
    }

    private func send(_ request: HTTPClientRequest) async throws(OIDCError) -> Answer {
        guard ServerAddress.mayGetSecrets(request.url) else {
            throw OIDCError(.unusable, "the provider names an address that is not https: \(request.url.prefix(200))")
        }
        let answer: Answer
        do throws(ServerRequests.Failure) {
            answer = Answer(answer: try await self.requests.send(request))
        } catch {
            throw OIDCError(.unreachable, "\(self.settings.issuer): \(error.words)")
        }
        guard answer.status < 500, answer.status != 429 else {
            throw OIDCError(.unreachable, "\(self.settings.issuer): HTTP status \(answer.status)")
        }
        return answer
    }
}
