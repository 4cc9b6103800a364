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
    /// A line is cut after this many bytes of UTF-8.
    public static let maximumBytes = 64 * 1024

    private var line: [UInt8] = []
    private var isOpen = false

    public init() {}

    /// The line that `row` ended, if it did.
    public mutating func append(_ row: TerminalRow) -> String? {
        row.appendText(to: &self.line)
        self.isOpen = true
        guard !row.wraps || self.line.count >= Self.maximumBytes else { return nil }
        return self.finish()
    }

    /// What was begun and not ended.
    public mutating func finish() -> String? {
        guard self.isOpen else { return nil }
        self.isOpen = false
        defer { self.line.removeAll(keepingCapacity: true) }
        let end = self.line.lastIndex { $0 != 0x20 } ?? -1
        return String(decoding: self.line[...end], as: UTF8.self)
    }
}
