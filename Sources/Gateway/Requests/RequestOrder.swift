/// A command of a user's about requests for access: `request create root@web1 --reason WHY`.
enum RequestOrder: Hashable, Sendable {
    case create(AccountPlace, reason: String, ticket: String, seconds: Int?, grant: String?)
    case list
    case show(Int64)
    case approve(Int64, text: String)
    case deny(Int64, text: String)
    case revoke(Int64, text: String)
    case withdraw(Int64)

    private static let usage =
        "say: request create ACCOUNT@TARGET [--reason WHY] [--ticket T] [--for 1h] [--grant NAME], request list, "
        + "request show|withdraw ID, or request approve|deny|revoke ID [--text WHY]"

    /// - parameter words: behind `request`.
    init(_ words: inout OrderWords) throws(OrderText.Mistake) {
        switch words.next() {
        case "create": self = try Self.creation(&words)
        case "list": self = .list
        case "show": self = .show(try Self.number(&words))
        case "approve": self = .approve(try Self.number(&words), text: try Self.text(&words))
        case "deny": self = .deny(try Self.number(&words), text: try Self.text(&words))
        case "revoke": self = .revoke(try Self.number(&words), text: try Self.text(&words))
        case "withdraw": self = .withdraw(try Self.number(&words))
        default: throw OrderText.Mistake(line: Self.usage)
        }
        guard words.isEmpty else { throw OrderText.Mistake(line: Self.usage) }
    }

    private static func creation(_ words: inout OrderWords) throws(OrderText.Mistake) -> RequestOrder {
        guard let place = words.next().flatMap(OrderWords.place) else { throw OrderText.Mistake(line: Self.usage) }
        var (reason, ticket, seconds, grant) = ("", "", Int?.none, String?.none)
        while let option = words.next() {
            switch option {
            case "--reason": reason = try words.text(of: "reason")
            case "--ticket": ticket = try words.text(of: "ticket")
            case "--for": seconds = try words.seconds()
            case "--grant": grant = words.next()
            default: throw OrderText.Mistake(line: Self.usage)
            }
        }
        return .create(place, reason: reason, ticket: ticket, seconds: seconds, grant: grant)
    }

    private static func number(_ words: inout OrderWords) throws(OrderText.Mistake) -> Int64 {
        guard let number = words.next().flatMap(Int64.init), number > 0 else {
            throw OrderText.Mistake(line: "say which request, by its number: see request list")
        }
        return number
    }

    private static func text(_ words: inout OrderWords) throws(OrderText.Mistake) -> String {
        guard let option = words.next() else { return "" }
        guard option == "--text" else { throw OrderText.Mistake(line: Self.usage) }
        return try words.text(of: "text")
    }
}
