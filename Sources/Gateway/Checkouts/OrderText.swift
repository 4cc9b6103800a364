/// A command of a user's to the gateway itself, read. Pure.
enum OrderText: Hashable, Sendable {
    case checkOut(AccountPlace, reason: String, seconds: Int?)
    case checkIn(AccountPlace)

    /// Why it can't be understood: one line.
    struct Mistake: Error, Hashable {
        let line: String
    }

    private static let usage = "say: checkout TARGET/ACCOUNT --reason WHY [--for 30m], or checkin TARGET/ACCOUNT"
    /// Longest reason, in bytes.
    static let maximumReasonBytes = 500

    /// - parameter command: as the client sent it. A shell has taken quotes off already, so a reason goes up to the next
    ///   option.
    init(_ command: [UInt8]) throws(Mistake) {
        guard let text = String(validating: command, as: UTF8.self), text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { throw Mistake(line: Self.usage) }
        var words = text.split(separator: " ").map(String.init)[...]
        let verb = words.popFirst()
        guard let name = words.popFirst(), let slash = name.firstIndex(of: "/"), slash != name.startIndex,
            name.index(after: slash) != name.endIndex
        else { throw Mistake(line: Self.usage) }
        let place = AccountPlace(
            target: String(name[..<slash]), account: String(name[name.index(after: slash)...]))
        switch verb {
        case "checkin":
            guard words.isEmpty else { throw Mistake(line: Self.usage) }
            self = .checkIn(place)
        case "checkout":
            var reason: [String] = []
            var seconds: Int?
            while let option = words.popFirst() {
                switch option {
                case "--reason":
                    while let word = words.first, !word.hasPrefix("--") {
                        reason.append(word)
                        words.removeFirst()
                    }
                case "--for":
                    guard let length = words.popFirst().flatMap(Self.seconds) else {
                        throw Mistake(line: "--for needs a length such as 30m or 2h")
                    }
                    seconds = length
                default: throw Mistake(line: Self.usage)
                }
            }
            let joined = reason.joined(separator: " ").trimmingQuotes
            guard !joined.isEmpty else { throw Mistake(line: "say why: --reason WHY") }
            guard joined.utf8.count <= Self.maximumReasonBytes else {
                throw Mistake(line: "the reason is longer than \(Self.maximumReasonBytes) bytes")
            }
            self = .checkOut(place, reason: joined, seconds: seconds)
        default: throw Mistake(line: Self.usage)
        }
    }

    private static func seconds(_ text: String) -> Int? {
        guard let unit = text.last, let number = Int(text.dropLast()), (1...100_000).contains(number) else {
            return nil
        }
        switch unit {
        case "s": return number
        case "m": return number * 60
        case "h": return number * 3600
        default: return nil
        }
    }
}

extension String {
    /// Without a pair of quotes around it, for clients that pass them on.
    fileprivate var trimmingQuotes: String {
        guard self.count >= 2, let first = self.first, first == self.last, first == "'" || first == "\"" else {
            return self
        }
        return String(self.dropFirst().dropLast())
    }
}
