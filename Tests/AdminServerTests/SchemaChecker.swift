import Foundation

/// Checks JSON against a schema of an OpenAPI document: as much of JSON Schema as the document uses.
struct SchemaChecker {
    let components: [String: Any]

    init(document: [String: Any]) {
        let components = document["components"] as? [String: Any]
        self.components = components?["schemas"] as? [String: Any] ?? [:]
    }

    /// What does not fit; nil when all does. An object may have no members beyond those that its schema names.
    func complaint(_ value: Any, _ schema: Any?, at path: String = "$") -> String? {
        guard let schema = schema as? [String: Any] else { return "\(path): no schema" }
        if let reference = schema["$ref"] as? String {
            return self.complaint(value, self.components[String(reference.split(separator: "/").last ?? "")], at: path)
        }
        if let choices = schema["anyOf"] as? [Any] {
            let complaints = choices.map { self.complaint(value, $0, at: path) }
            return complaints.contains(nil) ? nil : complaints.compactMap { $0 }.joined(separator: " and ")
        }
        if let words = schema["enum"] as? [String] {
            return words.contains(value as? String ?? "") ? nil : "\(path): \(value) is none of \(words)"
        }
        switch schema["type"] as? String {
        case "object": return self.object(value, schema, at: path)
        case "array":
            guard let values = value as? [Any] else { return "\(path): no list" }
            return values.enumerated().lazy.compactMap { index, value in
                self.complaint(value, schema["items"], at: "\(path)[\(index)]")
            }.first
        case "string": return value is String ? nil : "\(path): no text"
        case "boolean": return self.isBoolean(value) ? nil : "\(path): neither true nor false"
        case "integer", "number":
            guard let number = value as? NSNumber, !self.isBoolean(value) else { return "\(path): no number" }
            if schema["type"] as? String == "integer", number.doubleValue.rounded() != number.doubleValue {
                return "\(path): no whole number"
            }
            return nil
        case "null": return value is NSNull ? nil : "\(path): not null"
        default: return "\(path): a schema without a type: \(schema)"
        }
    }

    private func object(_ value: Any, _ schema: [String: Any], at path: String) -> String? {
        guard let members = value as? [String: Any] else { return "\(path): no object" }
        for name in schema["required"] as? [String] ?? [] where members[name] == nil {
            return "\(path): \(name) is missing"
        }
        let properties = schema["properties"] as? [String: Any]
        for (name, member) in members {
            guard let inner = properties?[name] ?? schema["additionalProperties"] else {
                return properties == nil ? nil : "\(path): \(name) is not in the schema"
            }
            if let complaint = self.complaint(member, inner, at: "\(path).\(name)") { return complaint }
        }
        return nil
    }

    private func isBoolean(_ value: Any) -> Bool {
        guard let number = value as? NSNumber else { return value is Bool }
        return CFBooleanLike.isBoolean(number)
    }
}

/// JSON's true and false come as numbers of one bit.
private enum CFBooleanLike {
    static func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
