import AdminAPI
import Hummingbird

/// One request of somebody who may make it, as handlers see it.
struct AdminCall: Sendable {
    let actor: AdminActor
    let request: Request
    private let context: AdminRequestContext

    init(actor: AdminActor, request: Request, context: AdminRequestContext) {
        self.actor = actor
        self.request = request
        self.context = context
    }

    /// A parameter of the route's template, decoded.
    func parameter(_ name: String) throws -> String { try self.context.parameter(name) }

    /// The number in the route's template by which `what` is known. Throws `AdminError` (invalid input).
    func number(_ name: String, _ what: String) throws -> Int64 {
        guard let number = Int64(try self.parameter(name)), number > 0 else {
            throw AdminError(.invalidInput, "\(what) is named by its number")
        }
        return number
    }

    /// A text of the query.
    func query(_ name: String) -> String? { self.request.uri.queryParameters.get(name) }

    /// A whole number of the query. Throws `AdminError` (invalid input) for anything else, or one out of range.
    func query(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = self.query(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw AdminError(.invalidInput, "\(name) must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A position, from 0 on. Throws as above, with `what` it must be.
    func position(_ name: String, _ what: String) throws -> UInt64 {
        guard let position = UInt64(self.query(name) ?? "0") else {
            throw AdminError(.invalidInput, "\(name) must be \(what)")
        }
        return position
    }

    var reason: String? { self.query("reason") }
}
