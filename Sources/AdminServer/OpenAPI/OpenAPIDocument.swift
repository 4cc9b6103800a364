import AdminAPI
import Hummingbird

/// What the API is, in the form of OpenAPI 3.1, made of the routes themselves.
struct OpenAPIDocument {
    let value: JSONValue

    /// Throws ``SchemaFailure`` for a type whose schema can't be found out.
    init(_ operations: [AdminRouteTable.Operation]) throws {
        let schemas = Schemas()
        let error = try schemas.schema(of: AdminError.self)
        var paths: [String: [String: JSONValue]] = [:]
        for operation in operations {
            paths[Self.path(operation.route), default: [:]][operation.method.rawValue.lowercased()] =
                try Self.describe(operation, schemas, error: error)
        }
        self.value = [
            "openapi": "3.1.0",
            "info": [
                "title": "Sallyport", "version": .string(ProductVersion.current),
                "description": "The administration of a Sallyport gateway, over its control socket and HTTPS.",
            ],
            "paths": .object(paths.mapValues { .object($0) }),
            "components": [
                "schemas": .object(schemas.components),
                "securitySchemes": ["token": ["type": "http", "scheme": "bearer", "bearerFormat": "spt_…"]],
            ],
            "security": [["token": []]],
        ]
    }

    private static func describe(
        _ operation: AdminRouteTable.Operation, _ schemas: Schemas, error: JSONValue
    ) throws -> JSONValue {
        let permission = operation.permission.rawValue
        var described: [String: JSONValue] = [
            "summary": .string(operation.summary),
            "operationId": .string(Self.identifier(operation)),
            "description": .string("Needs the permission `\(permission)`."),
            "x-permission": .string(permission),
            "parameters": .array(Self.parameters(operation)),
        ]
        if let body = operation.body {
            described["requestBody"] = [
                "required": true, "content": ["application/json": ["schema": try body(schemas)]],
            ]
        }
        var success: [String: JSONValue] = ["description": .string(operation.status.reasonPhrase)]
        if let answer = operation.answer {
            success["content"] = .object([answer.type: ["schema": try answer.schema(schemas)]])
        }
        let failure: JSONValue = [
            "description": "an error, told in one line", "content": ["application/json": ["schema": error]],
        ]
        var responses: [String: JSONValue] = [String(operation.status.code): .object(success)]
        let codes = Set(AdminError.Code.allCases.map(\.httpStatus) + [413])
        for code in codes { responses[String(code)] = failure }
        described["responses"] = .object(responses)
        return .object(described)
    }

    private static func parameters(_ operation: AdminRouteTable.Operation) -> [JSONValue] {
        let ofPath = operation.route.parameters.map { name -> JSONValue in
            [
                "name": .string(name), "in": "path", "required": true,
                "schema": ["type": "string", "minLength": 1],
            ]
        }
        let ofQuery = operation.query.map { parameter -> JSONValue in
            [
                "name": .string(parameter.name), "in": "query", "required": .bool(parameter.isRequired),
                "description": .string(parameter.explanation), "schema": parameter.schema,
            ]
        }
        return ofPath + ofQuery
    }

    /// `/v1/users/{name}`
    private static func path(_ route: AdminRoute) -> String {
        route.template.split(separator: "/").map { $0.hasPrefix(":") ? "/{\($0.dropFirst())}" : "/\($0)" }.joined()
    }

    /// `get_users_name`, unique since the paths are.
    private static func identifier(_ operation: AdminRouteTable.Operation) -> String {
        let words = operation.route.template.split { !$0.isLetter && !$0.isNumber }.dropFirst()
        return ([operation.method.rawValue.lowercased()] + words.map(String.init)).joined(separator: "_")
    }
}
