/// Rows to lines of text.
public enum TerminalText {
    /// Joins wrapped rows and drops trailing spaces. A last row that wraps ends its line all the same.
    public static func lines(of rows: some Sequence<TerminalRow>) -> [String] {
        var joiner = TerminalLineJoiner()
        var lines = rows.compactMap { joiner.append($0) }
        if let rest = joiner.finish() { lines.append(rest) }
        return lines
    }
}

/// Joins rows to lines as they come, one at a time.
public struct TerminalLineJoiner: Sendable {
    /// A line is cut after this many Unicode scalars.
    public static let maximumScalars = 64 * 1024

    private var line = ""
    private var isOpen = false

    public init() {}

    /// The line that `row` ended, if it did.
    public mutating func append(_ row: TerminalRow) -> String? {
        row.appendText(to: &self.line)
        self.isOpen = true
        guard !row.wraps || self.line.unicodeScalars.count >= Self.maximumScalars else { return nil }
        return self.finish()
    }

    /// What was begun and not ended.
    public mutating func finish() -> String? {
        guard self.isOpen else { return nil }
        defer { self = TerminalLineJoiner() }
        let scalars = self.line.unicodeScalars
        guard let last = scalars.lastIndex(where: { $0 != " " }) else { return "" }
        return String(scalars[...last])
    }
}
