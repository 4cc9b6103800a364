/// A decoder that holds nothing and notes what is asked of it: the fields of an object.
final class ObjectReader: Decoder {
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]
    private let schemas: Schemas
    private let typeName: String
    private var properties: [String: JSONValue] = [:]
    private var required: [String] = []

    init(schemas: Schemas, typeName: String) {
        self.schemas = schemas
        self.typeName = typeName
    }

    var schema: JSONValue {
        var schema: [String: JSONValue] = ["type": "object", "properties": .object(self.properties)]
        if !self.required.isEmpty { schema["required"] = .array(self.required.map { .string($0) }) }
        return .object(schema)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Fields<Key>(reader: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw SchemaFailure(type: self.typeName) }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw SchemaFailure(type: self.typeName) }

    fileprivate func needed<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
        let (schema, sample) = try self.schemas.entry(type)
        self.properties[name] = schema
        self.required.append(name)
        return sample
    }

    fileprivate func optional<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value? {
        self.properties[name] = Schemas.nullable(try self.schemas.schema(of: type))
        return nil
    }

    fileprivate var failure: SchemaFailure { SchemaFailure(type: self.typeName) }

    private struct Fields<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let reader: ObjectReader
        var codingPath: [any CodingKey] { [] }
        var allKeys: [Key] { [] }

        // Each of these has a default that asks for a value, so each is written out.
        func contains(_ key: Key) -> Bool { true }
        func decodeNil(forKey key: Key) throws -> Bool { false }
        func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try self.needed(type, key) }
        func decode(_ type: String.Type, forKey key: Key) throws -> String { try self.needed(type, key) }
        func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try self.needed(type, key) }
        func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try self.needed(type, key) }
        func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try self.needed(type, key) }
        func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try self.needed(type, key) }
        func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try self.needed(type, key) }
        func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try self.needed(type, key) }
        func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try self.needed(type, key) }
        func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try self.needed(type, key) }
        func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try self.needed(type, key) }
        func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try self.needed(type, key) }
        func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try self.needed(type, key) }
        func decode(_ type: Float.Type, forKey key: Key) throws -> Float { Float(try self.needed(Double.self, key)) }
        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            try self.needed(type, key)
        }
        func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try self.optional(type, key) }
        func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try self.optional(type, key) }
        func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try self.optional(type, key) }
        func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try self.optional(type, key) }
        func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try self.optional(type, key) }
        func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try self.optional(type, key) }
        func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try self.optional(type, key) }
        func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try self.optional(type, key) }
        func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try self.optional(type, key) }
        func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try self.optional(type, key) }
        func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try self.optional(type, key) }
        func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try self.optional(type, key) }
        func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try self.optional(type, key) }
        func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
            try self.optional(type, key)
        }

        func nestedContainer<Inner: CodingKey>(
            keyedBy type: Inner.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Inner> { throw self.reader.failure }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            throw self.reader.failure
        }
        func superDecoder() throws -> any Decoder { throw self.reader.failure }
        func superDecoder(forKey key: Key) throws -> any Decoder { throw self.reader.failure }

        private func needed<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value {
            try self.reader.needed(type, key.stringValue)
        }
        private func optional<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value? {
            try self.reader.optional(type, key.stringValue)
        }
    }
}
