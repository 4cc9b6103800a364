import AdminAPI
import Hummingbird

/// The fields of a form that a browser sent, each once (the WHATWG URL standard, `application/x-www-form-urlencoded`).
struct FormFields: Sendable {
    private let fields: [String: String]
    private static let limit = 64 * 1024

    /// - throws: `AdminError` (invalid input).
    init(of request: Request) async throws {
        let type = request.headers[.contentType]?.split(separator: ";").first?.lowercased()
        guard type == "application/x-www-form-urlencoded" else {
            throw AdminError(.invalidInput, "this takes a form")
        }
        let buffer = try await request.body.collect(upTo: Self.limit)
        try self.init(String(buffer: buffer))
    }

    init(_ text: String) throws {
        var fields: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? parts[1] : ""
            guard let name = Self.decoded(parts[0]), let value = Self.decoded(value),
                fields.updateValue(value, forKey: name) == nil
            else { throw AdminError(.invalidInput, "the form is not one of this console") }
        }
        self.fields = fields
    }

    /// What was written there; nil for nothing, and for a field that isn't there.
    subscript(name: String) -> String? { self.fields[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// - throws: `AdminError` (invalid input) where nothing was written.
    func required(_ name: String, _ what: String) throws -> String {
        guard let value = self[name] else { throw AdminError(.invalidInput, "\(what) is missing") }
        return value
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst(), let low = rest.popFirst(),
                    let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
                else { return nil }
                bytes.append(value)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
