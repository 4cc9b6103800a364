/// Finds the line on which a key of a TOML text stands, for error messages. TOML's own rules are the parser's.
struct KeyLocator {
    private var lines: [String: Int] = [:]

    /// `text` has been parsed without error.
    init(_ text: String) {
        var table = ""
        var openQuotes: String?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let trimmed = line.drop { $0 == " " || $0 == "\t" }
            if let quotes = openQuotes {
                // Inside a multi-line string, until its closing quotes.
                if Self.occurrences(of: quotes, in: line) % 2 == 1 { openQuotes = nil }
                continue
            }
            if trimmed.hasPrefix("[") {
                let name = trimmed.drop { $0 == "[" }.prefix { $0 != "]" }
                table = Self.normalized(name)
                self.record(table, line: index + 1)
            } else if !trimmed.hasPrefix("#"), let equals = trimmed.firstIndex(of: "=") {
                let key = Self.normalized(trimmed[..<equals])
                self.record(table.isEmpty ? key : "\(table).\(key)", line: index + 1)
                for quotes in ["\"\"\"", "'''"] where Self.occurrences(of: quotes, in: trimmed) % 2 == 1 {
                    openQuotes = quotes
                }
            }
        }
    }

    /// Line number from 1, of the key itself or of the nearest table that holds it.
    func line(of key: String) -> Int? {
        var name = key
        while true {
            if let line = self.lines[name] { return line }
            guard let dot = name.lastIndex(of: ".") else { return nil }
            name = String(name[..<dot])
        }
    }

    private mutating func record(_ name: String, line: Int) {
        if self.lines[name] == nil { self.lines[name] = line }
    }

    private static func occurrences(of quotes: String, in line: some StringProtocol) -> Int {
        var count = 0
        var rest = Substring(line)
        while !rest.isEmpty {
            if rest.hasPrefix(quotes) {
                count += 1
                rest = rest.dropFirst(quotes.count)
            } else {
                rest = rest.dropFirst()
            }
        }
        return count
    }

    /// Dotted name without blanks and quotes.
    private static func normalized(_ name: some StringProtocol) -> String {
        String(name.filter { !" \t\r\"'".contains($0) })
    }
}
