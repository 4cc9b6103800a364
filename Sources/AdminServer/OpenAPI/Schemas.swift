/// JSON schemas (OpenAPI 3.1, so JSON Schema 2020-12) of the API's types, read off their own decoding.
///
/// A type that decodes itself in the usual way shows its fields by what it asks the decoder for: so a schema is always
/// that of the code. Types with a decoding written by hand conform to ``SchemaDescribed``.
final class Schemas {
    /// By name, as `#/components/schemas/NAME`.
    private(set) var components: [String: JSONValue] = [:]
    /// A value of each component's type, for the decoding of those that hold it.
    private var samples: [String: Any] = [:]

    /// Throws ``SchemaFailure`` for a type that shows nothing.
    func schema<Value: Decodable>(of type: Value.Type) throws -> JSONValue { try self.entry(type).schema }

    /// - returns: the schema, and some value of the type, which means nothing.
    func entry<Value: Decodable>(_ type: Value.Type) throws -> (schema: JSONValue, sample: Value) {
        func typed(_ schema: JSONValue, _ sample: Any) throws -> (JSONValue, Value) {
            guard let sample = sample as? Value else { throw SchemaFailure(type: "\(type)") }
            return (schema, sample)
        }
        switch type {
        case is String.Type: return try typed(["type": "string"], "")
        case is Bool.Type: return try typed(["type": "boolean"], false)
        case is Double.Type: return try typed(["type": "number"], 0.0)
        case let type as any FixedWidthInteger.Type:
            return try typed(Self.integer(isSigned: type.isSigned, bits: type.bitWidth), type.init(0))
        case let type as any ComposedSchema.Type:
            return try typed(try type.composed(self), type.emptySample)
        default: break
        }
        let name = Self.name(of: type)
        let reference: JSONValue = ["$ref": .string("#/components/schemas/\(name)")]
        if let sample = self.samples[name] { return try typed(reference, sample) }
        let (schema, sample): (JSONValue, Value)
        switch type {
        case let described as any SchemaDescribed.Type:
            (schema, sample) = try typed(try described.schema(self), described.schemaSample)
        case let words as any CaseIterable.Type:
            let all = Self.cases(words)
            guard let first = all.first else { throw SchemaFailure(type: name) }
            (schema, sample) = try typed(["type": "string", "enum": .array(all.map { .string($0.word) })], first.value)
        default:
            let object = ObjectReader(schemas: self, typeName: name)
            sample = try Value(from: object)
            schema = object.schema
        }
        self.components[name] = schema
        self.samples[name] = sample
        return (reference, sample)
    }

    /// Either that, or null: as an absent field is decoded.
    static func nullable(_ schema: JSONValue) -> JSONValue { ["anyOf": [schema, ["type": "null"]]] }

    private static func integer(isSigned: Bool, bits: Int) -> JSONValue {
        var schema: [String: JSONValue] = ["type": "integer"]
        if !isSigned { schema["minimum"] = 0 }
        if bits == 32 {
            schema["minimum"] = .integer(isSigned ? Int64(Int32.min) : 0)
            schema["maximum"] = .integer(isSigned ? Int64(Int32.max) : Int64(UInt32.max))
        }
        return .object(schema)
    }

    /// Those that stand for words.
    private static func cases<Words: CaseIterable>(_ type: Words.Type) -> [(word: String, value: Any)] {
        type.allCases.compactMap { value in
            guard let word = (value as? any RawRepresentable)?.rawValue as? String else { return nil }
            return (word, value)
        }
    }

    /// Without the module: `AccessDocument.UserEntry`.
    private static func name(of type: Any.Type) -> String {
        let full = String(reflecting: type)
        return full.firstIndex(of: ".").map { String(full[full.index(after: $0)...]) } ?? full
    }
}

/// A type of the API whose schema can't be found out.
struct SchemaFailure: Error, CustomStringConvertible {
    let type: String
    var description: String {
        "\(self.type) decodes itself in a way of its own, or is a list of words without CaseIterable: "
            + "give it SchemaDescribed"
    }
}

/// A type with a decoding written by hand.
protocol SchemaDescribed: Decodable {
    static func schema(_ schemas: Schemas) throws -> JSONValue
    /// Any value.
    static var schemaSample: Self { get }
}

/// Lists and maps, made of other types.
protocol ComposedSchema {
    static func composed(_ schemas: Schemas) throws -> JSONValue
    static var emptySample: Any { get }
}

extension Array: ComposedSchema where Element: Decodable {
    static func composed(_ schemas: Schemas) throws -> JSONValue {
        ["type": "array", "items": try schemas.schema(of: Element.self)]
    }
    static var emptySample: Any { Self() }
}

extension Set: ComposedSchema where Element: Decodable {
    static func composed(_ schemas: Schemas) throws -> JSONValue {
        ["type": "array", "items": try schemas.schema(of: Element.self)]
    }
    static var emptySample: Any { Self() }
}

extension Dictionary: ComposedSchema where Key == String, Value: Decodable {
    static func composed(_ schemas: Schemas) throws -> JSONValue {
        ["type": "object", "additionalProperties": try schemas.schema(of: Value.self)]
    }
    static var emptySample: Any { Self() }
}

extension Optional: ComposedSchema where Wrapped: Decodable {
    static func composed(_ schemas: Schemas) throws -> JSONValue {
        Schemas.nullable(try schemas.schema(of: Wrapped.self))
    }
    static var emptySample: Any { Self.none as Any }
}
