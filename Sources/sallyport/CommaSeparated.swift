/// Comma-separated values (RFC 4180) that a spreadsheet can open without doing what somebody else wrote in them.
enum CommaSeparated {
    /// One line with its end.
    static func line(_ cells: [String]) -> String { cells.map(Self.cell).joined(separator: ",") + "\r\n" }

    /// Quoted where it has to be. Spreadsheets take a text that begins with one of these signs, or with white space and
    /// then one of them, for a formula: an apostrophe ahead of it makes it text.
    static func cell(_ text: String) -> String {
        let first = text.unicodeScalars.first { !$0.properties.isWhitespace }
        let isFormula = first.map { "=+-@|\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars.contains($0) } ?? false
        // A sign alone is no formula: it stands for nothing in listings.
        let safe = isFormula && text != "-" ? "'\(text)" : text
        let needsQuotes = safe.unicodeScalars.contains {
            $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" || $0 == ";"
        }
        return needsQuotes ? "\"\(safe.replacing("\"", with: "\"\""))\"" : safe
    }
}

extension Table {
    /// Prints the table with its head line, whether it has rows or not.
    func writeCommaSeparated() {
        for cells in self.lines { StandardOutput.text(CommaSeparated.line(cells)) }
    }
}
