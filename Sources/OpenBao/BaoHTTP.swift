import AsyncHTTPClient
import FoundationEssentials
import NIOHTTP1
import Platform
import ServerRequests

/// Requests to one server, with JSON. Free to use from any thread; no thread waits.
final class BaoHTTP: Sendable {
    private let requests: ServerRequests
    private let settings: BaoSettings

    init(_ settings: BaoSettings) {
        self.settings = settings
        self.requests = ServerRequests(caFile: settings.caFile, timeoutSeconds: settings.timeoutSeconds)
    }

    func shutdown() async { await self.requests.shutdown() }

    struct Answer {
        let answer: ServerRequests.Answer
        var status: Int { self.answer.status }

        func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws(BaoError) -> Value {
            do {
                return try self.answer.decoded(type)
            } catch {
                throw BaoError(.unusable, "the server's answer can't be understood: is it OpenBao or Vault?")
            }
        }

        /// What the server says is wrong, made printable and short.
        var errors: String {
            struct Errors: Decodable { var errors: [String] }
            let words = (try? self.answer.decoded(Errors.self))?.errors ?? []
            let line = words.joined(separator: "; ").onOneLine(atMost: 300)
            return line.isEmpty ? "HTTP status \(self.status)" : line
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
        do throws(ServerRequests.Failure) {
            answer = Answer(answer: try await self.requests.send(request))
        } catch {
            throw BaoError(.unreachable, "\(self.settings.address): \(error.words)")
        }
        switch answer.status {
        case 503: throw BaoError(.sealed, "\(self.settings.address) is sealed")
        case 429, 472, 473, 500...: throw BaoError(.unavailable, "\(self.settings.address): \(answer.errors)")
        default: return answer
        }
    }
}
