/// A command of a user's to the gateway itself, read. Pure.
enum OrderText: Hashable, Sendable {
    case checkOut(AccountPlace, reason: String, seconds: Int?)
    case checkIn(AccountPlace)
    case request(RequestOrder)
    case breakGlass(BreakGlassOrder)

    /// Why it can't be understood: one line.
    struct Mistake: Error, Hashable {
        let line: String
    }

    private static let usage = "say: checkout TARGET/ACCOUNT --reason WHY [--for 30m], or checkin TARGET/ACCOUNT"
    /// Longest reason, in bytes.
    static let maximumReasonBytes = 500

    /// - parameter command: as the client sent it.
    init(_ command: [UInt8]) throws(Mistake) {
        guard var words = OrderWords(command) else { throw Mistake(line: Self.usage) }
        let verb = words.next()
        if verb == "request" {
            self = .request(try RequestOrder(&words))
            return
        }
        if verb == "break-glass" {
            self = .breakGlass(try BreakGlassOrder(&words))
            return
        }
        guard let place = words.next().flatMap(OrderWords.place) else { throw Mistake(line: Self.usage) }
        switch verb {
        case "checkin":
            guard words.isEmpty else { throw Mistake(line: Self.usage) }
            self = .checkIn(place)
        case "checkout":
            var reason = ""
            var seconds: Int?
            while let option = words.next() {
                switch option {
                case "--reason": reason = try words.text(of: "reason")
                case "--for": seconds = try words.seconds()
                default: throw Mistake(line: Self.usage)
                }
            }
            guard !reason.isEmpty else { throw Mistake(line: "say why: --reason WHY") }
            self = .checkOut(place, reason: reason, seconds: seconds)
        default: throw Mistake(line: Self.usage)
        }
    }
}
