/// Rows that left the screen together.
public struct DepartedLines: Hashable, Sendable {
    public enum How: Hashable, Sendable {
        /// Off the top of the main screen.
        case scrolledOff
        /// The main screen was cleared as a whole, or a full-screen program covered it.
        case cleared
        /// The alternate screen, as it was when the program left it or cleared it.
        case leftAlternate
        /// Rows that were too many to keep. `rows` is empty.
        case lost
    }

    public var how: How
    public var rows: [TerminalRow]

    public init(how: How, rows: [TerminalRow]) {
        self.how = how
        self.rows = rows
    }
}

/// Departed rows on their way to whoever asks for them, within a bound.
struct DepartedQueue: Sendable {
    /// Cells kept at most, about 28 bytes each.
    static let maximumCells = 1 << 20

    private var groups: [DepartedLines] = []
    private var cells = 0

    mutating func append(_ rows: ArraySlice<TerminalRow>, how: DepartedLines.How) {
        let trimmed = rows.filter { !$0.wasTaken }.map { $0.trimmed() }
        guard !trimmed.isEmpty else { return }
        // A cleared screen with nothing on it says nothing.
        if how != .scrolledOff, trimmed.allSatisfy({ $0.cells.isEmpty }) { return }
        // A row counts even if empty.
        self.cells += trimmed.reduce(0) { $0 + $1.cells.count + 1 }
        guard self.cells <= Self.maximumCells else {
            if self.groups.last?.how != .lost { self.groups.append(DepartedLines(how: .lost, rows: [])) }
            return
        }
        if how == .scrolledOff, let last = self.groups.indices.last, self.groups[last].how == how {
            self.groups[last].rows.append(contentsOf: trimmed)
        } else {
            self.groups.append(DepartedLines(how: how, rows: trimmed))
        }
    }

    mutating func take() -> [DepartedLines] {
        defer { self = DepartedQueue() }
        return self.groups
    }
}
