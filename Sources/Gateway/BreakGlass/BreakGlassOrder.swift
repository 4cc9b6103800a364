/// A command of a user's about emergencies: `break-glass review 3 --text WHAT`.
enum BreakGlassOrder: Hashable, Sendable {
    case list
    case show(Int64)
    case review(Int64, text: String)

    private static let usage =
        "say: break-glass list, break-glass show ID, or break-glass review ID --text WHAT; to open, connect to the place"

    /// - parameter words: behind `break-glass`.
    init(_ words: inout OrderWords) throws(OrderText.Mistake) {
        switch words.next() {
        case "list": self = .list
        case "show": self = .show(try Self.number(&words))
        case "review":
            let number = try Self.number(&words)
            guard words.next() == "--text", case let text = try words.text(of: "text"), !text.isEmpty else {
                throw OrderText.Mistake(line: "say what you found: break-glass review \(number) --text WHAT")
            }
            self = .review(number, text: text)
        default: throw OrderText.Mistake(line: Self.usage)
        }
        guard words.isEmpty else { throw OrderText.Mistake(line: Self.usage) }
    }

    private static func number(_ words: inout OrderWords) throws(OrderText.Mistake) -> Int64 {
        guard let number = words.next().flatMap(Int64.init), number > 0 else {
            throw OrderText.Mistake(line: "say which emergency, by its number: see break-glass list")
        }
        return number
    }
}
