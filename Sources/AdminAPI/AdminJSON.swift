import FoundationEssentials

/// The one JSON dialect of the administration API and of `--json`.
public enum AdminJSON {
    /// Largest request body that the server reads, in bytes: a private key or a password with room to spare.
    public static let maximumRequestBytes = 256 * 1024

    /// UTF-8 JSON with sorted keys on one line.
    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(value))
    }

    /// Throws `AdminError` (invalid input) that names the place, never the value, since values may be secret.
    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw AdminError(.invalidInput, "request body does not fit: \(Self.place(of: error))")
        } catch {
            throw AdminError(.invalidInput, "request body is not JSON")
        }
    }

    private static func place(of error: DecodingError) -> String {
        func path(_ context: DecodingError.Context) -> String {
            context.codingPath.isEmpty ? "the body" : context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        return switch error {
        case .keyNotFound(let key, _): "missing key \(key.stringValue)"
        case .typeMismatch(_, let context): "wrong type of value at \(path(context))"
        case .valueNotFound(_, let context): "missing value at \(path(context))"
        case .dataCorrupted(let context): "cannot read \(path(context))"
        @unknown default: "cannot read the body"
        }
    }
}
