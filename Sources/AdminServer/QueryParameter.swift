import AdminAPI
import Hummingbird

/// A value that a route takes from the query of its address.
struct QueryParameter: Sendable {
    let name: String
    let schema: JSONValue
    let isRequired: Bool
    let explanation: String

    private init(_ name: String, _ schema: JSONValue, isRequired: Bool = false, _ explanation: String) {
        self.name = name
        self.schema = schema
        self.isRequired = isRequired
        self.explanation = explanation
    }

    static func text(_ name: String, isRequired: Bool = false, _ explanation: String) -> QueryParameter {
        QueryParameter(name, ["type": "string"], isRequired: isRequired, explanation)
    }

    static func number(_ name: String, _ range: ClosedRange<Int>, _ explanation: String) -> QueryParameter {
        QueryParameter(
            name,
            [
                "type": "integer", "minimum": .integer(Int64(range.lowerBound)),
                "maximum": .integer(Int64(range.upperBound)),
            ], explanation)
    }

    /// From 0 on.
    static func position(_ name: String, _ explanation: String) -> QueryParameter {
        QueryParameter(name, ["type": "integer", "minimum": 0, "maximum": .integer(.max)], explanation)
    }

    static func flag(_ name: String, _ explanation: String) -> QueryParameter {
        QueryParameter(name, ["type": "boolean"], explanation)
    }

    static func time(_ name: String, _ explanation: String) -> QueryParameter {
        QueryParameter(name, ["type": "string", "format": "date-time"], explanation)
    }

    /// Why an administrator takes something away.
    static let reason = QueryParameter.text("reason", "shown and kept with what ends")
}
