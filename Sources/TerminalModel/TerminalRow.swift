/// One row of a screen.
public struct TerminalRow: Hashable, Sendable {
    public internal(set) var cells: [TerminalCell]
    /// The line goes on in the next row: it was wrapped here, not ended.
    public internal(set) var wraps = false

    /// The row was given to ``TerminalScreen/takeDeparted()`` while it was still on the screen, and is as it was then.
    var wasTaken = false

    private init(cells: [TerminalCell], wraps: Bool) {
        self.cells = cells
        self.wraps = wraps
    }

    init(columns: Int, style: TerminalStyle = .plain) {
        self.cells = Array(repeating: TerminalCell(erasedWith: style), count: columns)
    }

    /// Columns up to the last written cell.
    public var writtenColumns: Int {
        var end = self.cells.count
        while end > 0, !self.cells[end - 1].isWritten { end -= 1 }
        return end
    }

    /// What the row says, up to its last written cell; unwritten cells before that are spaces.
    public var text: String {
        var text: [UInt8] = []
        self.appendText(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// ``text`` as UTF-8, appended.
    func appendText(to text: inout [UInt8]) {
        for cell in self.cells[..<self.writtenColumns] where cell.width != 0 {
            switch cell.scalar {
            case 0: text.append(0x20)
            case ..<0x80 where cell.marks.0 == 0: text.append(UInt8(cell.scalar))
            default: for scalar in cell.scalars { text.append(contentsOf: String(scalar).utf8) }
            }
        }
    }

    /// The row without its unwritten tail, to keep it for later in little memory.
    func trimmed() -> TerminalRow {
        TerminalRow(cells: Array(self.cells[..<self.writtenColumns]), wraps: self.wraps)
    }

    /// Blanks both halves of a wide character that lies across `boundary`, the column right of the cut.
    mutating func splitWideCharacter(at boundary: Int) {
        guard boundary > 0, boundary < self.cells.count, self.cells[boundary].width == 0 else { return }
        self.blank(boundary - 1)
        self.blank(boundary)
    }

    private mutating func blank(_ column: Int) {
        self.cells[column] = TerminalCell(erasedWith: self.cells[column].style)
    }

    /// Erases `columns`; with `selective`, only unprotected cells.
    mutating func erase(_ columns: Range<Int>, style: TerminalStyle, selective: Bool = false) {
        guard !columns.isEmpty else { return }
        self.wasTaken = false
        self.splitWideCharacter(at: columns.lowerBound)
        self.splitWideCharacter(at: columns.upperBound)
        if columns.upperBound == self.cells.count { self.wraps = false }
        let blank = TerminalCell(erasedWith: style)
        for column in columns where !(selective && self.cells[column].style.attributes.contains(.protected)) {
            self.cells[column] = blank
        }
    }

    /// Erases the whole row.
    mutating func clear(style: TerminalStyle) {
        self.wasTaken = false
        self.wraps = false
        let blank = TerminalCell(erasedWith: style)
        for column in self.cells.indices { self.cells[column] = blank }
    }

    /// Moves the cells of `columns` by `distance` (negative is left) within that range, and blanks what they leave.
    mutating func shift(_ columns: Range<Int>, by distance: Int, style: TerminalStyle) {
        guard !columns.isEmpty, distance != 0 else { return }
        self.wasTaken = false
        self.splitWideCharacter(at: columns.lowerBound)
        self.splitWideCharacter(at: columns.upperBound)
        if columns.upperBound == self.cells.count { self.wraps = false }
        let count = min(abs(distance), columns.count)
        let blanks = Array(repeating: TerminalCell(erasedWith: style), count: count)
        let kept: [TerminalCell]
        if distance > 0 {
            self.splitWideCharacter(at: columns.upperBound - count)
            kept = blanks + Array(self.cells[columns.lowerBound..<(columns.upperBound - count)])
        } else {
            self.splitWideCharacter(at: columns.lowerBound + count)
            kept = Array(self.cells[(columns.lowerBound + count)..<columns.upperBound]) + blanks
        }
        self.cells.replaceSubrange(columns, with: kept)
    }

    /// Cuts or extends the row.
    mutating func resize(columns: Int) {
        if columns < self.cells.count {
            self.splitWideCharacter(at: columns)
            self.cells.removeSubrange(columns...)
        } else {
            self.cells.append(contentsOf: repeatElement(.blank, count: columns - self.cells.count))
        }
    }
}
