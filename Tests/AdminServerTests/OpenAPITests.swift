import AdminAPI
import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@testable import AdminServer

/// The document that the API gives of itself, against what it does.
@Suite struct OpenAPITests {
    let service = FakeService()
    private let operations = AdminRouter(service: FakeService(), entrance: .tokens).operations

    private func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil
    ) async throws -> (status: Int, type: String, body: [UInt8]) {
        self.service.state.withLock {
            $0.tokenPermissions = Set(Permission.allCases)
            // Streams end with it.
            $0.isTokenGood = false
        }
        let pace = ServerSentEvents.Pace(look: .milliseconds(5), heartbeat: .zero)
        let router = AdminRouter(service: self.service, entrance: .tokens, pace: pace)
            .build(requests: RequestsInFlight())
        return try await Application(router: router).test(.router) { client in
            let answer = try await client.executeRequest(
                uri: path, method: method, headers: [.authorization: "Bearer \(FakeService.token)"],
                body: body.map { ByteBuffer(string: $0) })
            return (answer.status.code, answer.headers[.contentType] ?? "", Array(answer.body.readableBytesView))
        }
    }

    private func document() async throws -> [String: Any] {
        let answer = try await self.ask(.get, "/v1/openapi.json")
        #expect(answer.status == 200)
        return try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
    }

    private func operation(_ document: [String: Any], _ path: String, _ method: String) throws -> [String: Any] {
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        return try #require(paths[path]?[method] as? [String: Any], "\(method) \(path)")
    }

    private func schema(_ operation: [String: Any], status: Int) -> Any? {
        let response = (operation["responses"] as? [String: [String: Any]])?[String(status)]
        let content = response?["content"] as? [String: [String: Any]]
        return content?["application/json"]?["schema"]
    }

    @Test("it tells of every route, with its permission, and every schema that it refers to is there")
    func everyRoute() async throws {
        let document = try await self.document()
        #expect(document["openapi"] as? String == "3.1.0")
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        #expect(paths.values.map(\.count).reduce(0, +) == self.operations.count)
        var identifiers: Set<String> = []
        for operation in self.operations {
            let path = operation.route.template.split(separator: "/")
                .map { $0.hasPrefix(":") ? "/{\($0.dropFirst())}" : "/\($0)" }.joined()
            let told = try self.operation(document, path, operation.method.rawValue.lowercased())
            #expect(told["x-permission"] as? String == operation.permission.rawValue)
            identifiers.insert(told["operationId"] as? String ?? "")
        }
        #expect(identifiers.count == self.operations.count)
        let text = String(decoding: try JSONSerialization.data(withJSONObject: document), as: UTF8.self)
        let components = SchemaChecker(document: document).components
        for reference in text.matches(of: /"#\\?\/components\\?\/schemas\\?\/([A-Za-z.]+)"/) {
            #expect(components[String(reference.output.1)] != nil, "\(reference.output.1)")
        }
    }

    @Test("what routes answer fits what it says, for good and for bad")
    func answersFit() async throws {
        _ = try await self.ask(.post, "/v1/users", #"{"name":"x","keys":["ssh-ed25519 AAAA"]}"#)
        let document = try await self.document()
        let checker = SchemaChecker(document: document)
        let bodies: [String: String] = [
            "/v1/sessions/{id}/kill": #"{"reason":"x"}"#, "/v1/sessions/{id}/lock": #"{"reason":"x"}"#,
            "/v1/tokens": #"{"name":"ci","role":"auditor","expires":"2030-01-01T00:00:00Z"}"#,
            "/v1/recordings/{id}/access": #"{"purpose":"replay"}"#,
        ]
        var checked = 0
        for (path, methods) in try #require(document["paths"] as? [String: [String: Any]]) {
            for (method, told) in methods {
                let url = path.replacing(/\{[a-z]+\}/, with: "x")
                let answer = try await self.ask(
                    try #require(HTTPRequest.Method(method.uppercased())), url, bodies[path])
                guard answer.type == "application/json" else { continue }
                let operation = try #require(told as? [String: Any])
                let value = try JSONSerialization.jsonObject(with: Data(answer.body))
                let complaint = checker.complaint(value, self.schema(operation, status: answer.status))
                #expect(complaint == nil, "\(method) \(path), \(answer.status): \(complaint ?? "")")
                if answer.status < 300 { checked += 1 }
            }
        }
        // Not all of them answered with an error.
        #expect(checked > 25, "\(checked)")
    }

    @Test("a type that decodes itself in its own way is found, not left out")
    func opaqueTypes() {
        struct Opaque: Codable, Sendable {
            init(from decoder: any Decoder) throws { _ = try decoder.singleValueContainer() }
            func encode(to encoder: any Encoder) throws {}
        }
        #expect(throws: SchemaFailure.self) { try Schemas().schema(of: Opaque.self) }
        #expect(throws: SchemaFailure.self) { try Schemas().schema(of: [Opaque].self) }
    }

    @Test("fields, lists, words and what may be missing are read off a type")
    func schemas() throws {
        struct Sample: Codable, Sendable {
            enum Word: String, Codable, CaseIterable, Sendable { case yes, no }
            var name: String
            var count: UInt32
            var words: [Word]
            var note: String?
        }
        let schemas = Schemas()
        #expect(
            try schemas.schema(of: [Sample].self)
                == ["type": "array", "items": try schemas.schema(of: Sample.self)])
        let sample = try #require(schemas.components.first { $0.key.hasSuffix("Sample") }?.value)
        guard case .object(let members) = sample, case .object(let properties) = members["properties"] else {
            Issue.record("no object: \(sample)")
            return
        }
        #expect(members["required"] == ["name", "count", "words"])
        #expect(properties["count"] == ["type": "integer", "minimum": 0, "maximum": 4_294_967_295])
        #expect(properties["note"] == ["anyOf": [["type": "string"], ["type": "null"]]])
        #expect(
            schemas.components.first { $0.key.hasSuffix("Word") }?.value == ["type": "string", "enum": ["yes", "no"]])
    }
}
