/// The words of a command to the gateway itself, taken one after the other. A shell has taken quotes off already, so a
/// text goes up to the next option.
struct OrderWords {
    private var words: ArraySlice<String>

    /// nil for what is not one line of text.
    init?(_ command: [UInt8]) {
        guard let text = String(validating: command, as: UTF8.self), text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return nil }
        self.words = text.split(separator: " ").map(String.init)[...]
    }

    mutating func next() -> String? { self.words.popFirst() }

    var isEmpty: Bool { self.words.isEmpty }

    /// The text up to the next option, of at most ``OrderText/maximumReasonBytes``.
    mutating func text(of option: String) throws(OrderText.Mistake) -> String {
        var found: [String] = []
        while let word = self.words.first, !word.hasPrefix("--") {
            found.append(word)
            self.words.removeFirst()
        }
        let text = found.joined(separator: " ").trimmingQuotes
        guard text.utf8.count <= OrderText.maximumReasonBytes else {
            throw OrderText.Mistake(line: "the \(option) is longer than \(OrderText.maximumReasonBytes) bytes")
        }
        return text
    }

    /// `30m`, `2h`.
    mutating func seconds() throws(OrderText.Mistake) -> Int {
        guard let length = self.next().flatMap(Self.seconds) else {
            throw OrderText.Mistake(line: "--for needs a length such as 30m or 2h")
        }
        return length
    }

    /// nil for anything else than a length such as `30m`.
    static func seconds(_ text: String) -> Int? {
        guard let unit = text.last, let number = Int(text.dropLast()), (1...100_000).contains(number) else {
            return nil
        }
        switch unit {
        case "s": return number
        case "m": return number * 60
        case "h": return number * 3600
        case "d": return number * 86_400
        default: return nil
        }
    }

    /// `account@target`, or `target/account`.
    static func place(_ text: String) -> AccountPlace? {
        if let at = text.lastIndex(of: "@") {
            let (account, target) = (String(text[..<at]), String(text[text.index(after: at)...]))
            return account.isEmpty || target.isEmpty ? nil : AccountPlace(target: target, account: account)
        }
        guard let slash = text.firstIndex(of: "/"), slash != text.startIndex, text.index(after: slash) != text.endIndex
        else { return nil }
        return AccountPlace(target: String(text[..<slash]), account: String(text[text.index(after: slash)...]))
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
