import Playback
import TerminalModel

/// What the viewer's terminal is to show.
struct Frame: Hashable, Sendable {
    let size: TerminalSize
    /// `size.rows` rows of `size.columns` cells.
    private(set) var rows: [[TerminalCell]]
    /// Where the cursor shows; nil hides it.
    var cursor: Position?

    struct Position: Hashable, Sendable {
        var row: Int
        var column: Int
    }

    init(size: TerminalSize) {
        self.size = size
        self.rows = Array(repeating: Array(repeating: .blank, count: size.columns), count: size.rows)
    }

    /// Puts one cell; outside the frame nothing happens.
    mutating func put(_ cell: TerminalCell, row: Int, column: Int) {
        guard self.rows.indices.contains(row), self.rows[row].indices.contains(column) else { return }
        self.rows[row][column] = cell
    }

    /// Writes harmless text, cut at `end`. Returns the column after it.
    @discardableResult
    mutating func write(
        _ text: String, row: Int, column: Int, style: TerminalStyle = .plain, end: Int? = nil
    ) -> Int {
        let end = min(end ?? self.size.columns, self.size.columns)
        var column = column
        for scalar in text.unicodeScalars {
            let scalar = SafeText.harmless(scalar)
            let width = CharacterWidth.columns(of: scalar)
            // Marks are left out of the player's own lines.
            guard width > 0 else { continue }
            guard column + width <= end else { break }
            self.put(TerminalCell(scalar, width: width, style: style), row: row, column: column)
            if width == 2 { self.put(.rightHalf(style: style), row: row, column: column + 1) }
            column += width
        }
        return column
    }

    /// Gives every cell of a row `style` and blanks it.
    mutating func clear(row: Int, style: TerminalStyle) {
        guard self.rows.indices.contains(row) else { return }
        self.rows[row] = Array(repeating: TerminalCell(" ", style: style), count: self.size.columns)
    }
}

extension String {
    /// Columns that it takes on a terminal.
    var columns: Int { self.unicodeScalars.reduce(0) { $0 + CharacterWidth.columns(of: $1) } }
}
