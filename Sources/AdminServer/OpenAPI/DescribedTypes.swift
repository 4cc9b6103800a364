import AdminAPI

// The API's types with a decoding written by hand.

extension Timestamp: SchemaDescribed {
    static func schema(_ schemas: Schemas) -> JSONValue {
        ["type": "string", "format": "date-time", "description": "ISO 8601 in UTC, with a Z"]
    }
    static var schemaSample: Timestamp { Timestamp(nanosecondsSince1970: 0) }
}

extension SecretField: SchemaDescribed {
    static func schema(_ schemas: Schemas) -> JSONValue {
        ["type": "string", "format": "byte", "description": "a secret, in base64"]
    }
    static var schemaSample: SecretField { SecretField([]) }
}

extension HostKeySource: SchemaDescribed {
    static func schema(_ schemas: Schemas) -> JSONValue {
        [
            "type": "object",
            "properties": [
                "lines": ["type": "array", "items": ["type": "string"]], "scan": ["type": "boolean"],
            ],
            "description": "either lines (OpenSSH public keys), or scan: true",
        ]
    }
    static var schemaSample: HostKeySource { .scan }
}

extension AuditExportLine: SchemaDescribed {
    static func schema(_ schemas: Schemas) throws -> JSONValue {
        [
            "anyOf": [
                try schemas.schema(of: AuditExportStart.self), try schemas.schema(of: AuditExportRow.self),
                try schemas.schema(of: AuditExportHead.self),
            ]
        ]
    }
    static var schemaSample: AuditExportLine { .start(AuditExportStart(after: 0, hash: "")) }
}

extension AdminError: SchemaDescribed {
    static func schema(_ schemas: Schemas) throws -> JSONValue {
        [
            "type": "object", "required": ["error"],
            "properties": [
                "error": [
                    "type": "object", "required": ["code", "message"],
                    "properties": [
                        "code": try schemas.schema(of: AdminError.Code.self), "message": ["type": "string"],
                        "hint": ["type": "string"],
                    ],
                ]
            ],
        ]
    }
    static var schemaSample: AdminError { AdminError(.failed, "") }
}
