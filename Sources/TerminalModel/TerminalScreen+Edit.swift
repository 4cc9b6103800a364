extension TerminalScreen {
    /// Moves the region's rows up by `count`, or down if it is negative.
    mutating func scroll(by count: Int) { self.scroll(from: self.margins.top, by: count) }

    /// Moves the rows from `top` to the bottom margin up by `count`, or down if it is negative.
    mutating func scroll(from top: Int, by count: Int) {
        self.erasedTopRow = nil
        let bottom = self.margins.bottom
        guard top < bottom, count != 0 else { return }
        let distance = min(abs(count), bottom - top)
        guard self.margins.left == 0, self.margins.right == self.size.columns else {
            return self.scrollPart(top..<bottom, by: count > 0 ? distance : -distance)
        }
        if count > 0 {
            if top == 0, !self.isAlternate, self.keepsDepartedLines {
                self.departed.append(self.rows[..<distance], how: .scrolledOff)
            }
            self.moveRows(from: top, to: bottom - distance, count: distance)
        } else {
            self.moveRows(from: bottom - distance, to: top, count: distance)
        }
    }

    /// Takes `count` rows out at `source` and puts as many blank ones in at `target`, an index after the removal.
    private mutating func moveRows(from source: Int, to target: Int, count: Int) {
        // One row, the common case, is cleared in place and used again.
        if count == 1 {
            var row = self.rows.remove(at: source)
            row.clear(style: self.pen)
            self.rows.insert(row, at: target)
        } else {
            let blank = TerminalRow(columns: self.size.columns, style: self.pen)
            self.rows.removeSubrange(source..<(source + count))
            self.rows.insert(contentsOf: repeatElement(blank, count: count), at: target)
        }
    }

    /// Scrolls between left and right margins, cell by cell.
    private mutating func scrollPart(_ region: Range<Int>, by count: Int) {
        let columns = self.margins.left..<self.margins.right
        let targets = count > 0 ? Array(region) : region.reversed()
        for row in targets {
            self.rows[row].erase(columns, style: self.pen)
            let source = row + count
            guard region.contains(source) else { continue }
            self.rows[source].splitWideCharacter(at: columns.lowerBound)
            self.rows[source].splitWideCharacter(at: columns.upperBound)
            let cells = Array(self.rows[source].cells[columns])
            self.rows[row].cells.replaceSubrange(columns, with: cells)
        }
    }

    var isCursorInMargins: Bool {
        (self.margins.top..<self.margins.bottom).contains(self.cursor.row)
            && (self.margins.left..<self.margins.right).contains(self.cursor.column)
    }

    /// IL, or DL if `count` is negative.
    mutating func insertLines(_ count: Int) {
        guard self.isCursorInMargins else { return }
        self.scroll(from: self.cursor.row, by: -count)
        self.cursor.column = self.margins.left
        self.cursor.pendingWrap = false
    }

    /// ICH, or DCH if `count` is negative.
    mutating func insertCharacters(_ count: Int) {
        guard self.isCursorInMargins else { return }
        self.erasedTopRow = nil
        self.rows[self.cursor.row].shift(self.cursor.column..<self.margins.right, by: count, style: self.pen)
        self.cursor.pendingWrap = false
    }

    /// ECH.
    mutating func eraseCharacters(_ count: Int) {
        let end = min(self.cursor.column + count, self.size.columns)
        self.erase(row: self.cursor.row, self.cursor.column..<end)
        self.cursor.pendingWrap = false
    }

    /// EL and DECSEL.
    mutating func eraseLine(_ what: Int, selective: Bool) {
        guard let columns = self.columns(of: what) else { return }
        if what == 0 || what == 2 { self.rememberTopRow(from: columns.lowerBound) }
        self.rows[self.cursor.row].erase(columns, style: self.pen, selective: selective)
        self.cursor.pendingWrap = false
    }

    private func columns(of what: Int) -> Range<Int>? {
        switch what {
        case 0: self.cursor.column..<self.size.columns
        case 1: 0..<(self.cursor.column + 1)
        case 2: 0..<self.size.columns
        default: nil
        }
    }

    /// ED and DECSED.
    mutating func eraseDisplay(_ what: Int, selective: Bool) {
        self.cursor.pendingWrap = false
        let row = self.cursor.row
        switch what {
        case 0:
            if row == 0, self.cursor.column == 0 { self.keepClearedScreen() }
            self.erase(rows: (row + 1)..<self.size.rows, selective: selective)
            self.rows[row].erase(self.cursor.column..<self.size.columns, style: self.pen, selective: selective)
        case 1:
            self.erase(rows: 0..<row, selective: selective)
            self.rows[row].erase(0..<(self.cursor.column + 1), style: self.pen, selective: selective)
        case 2:
            self.keepClearedScreen()
            self.erase(rows: 0..<self.size.rows, selective: selective)
        // 3 clears the scrollback alone, which isn't here.
        default: break
        }
        self.erasedTopRow = nil
    }

    private mutating func erase(rows: Range<Int>, selective: Bool) {
        guard selective else {
            let blank = TerminalRow(columns: self.size.columns, style: self.pen)
            for row in rows { self.rows[row] = blank }
            return
        }
        for row in rows { self.rows[row].erase(0..<self.size.columns, style: self.pen, selective: true) }
    }

    private mutating func erase(row: Int, _ columns: Range<Int>) {
        self.erasedTopRow = nil
        self.rows[row].erase(columns, style: self.pen)
    }

    /// Some programs clear row 0 by itself, then all below it.
    private mutating func rememberTopRow(from column: Int) {
        let isTop = self.keepsDepartedLines && self.cursor.row == 0 && column == 0
        self.erasedTopRow = isTop ? self.rows[0] : nil
    }

    private mutating func keepClearedScreen() {
        guard self.keepsDepartedLines else { return }
        var rows = self.rows
        if let top = self.erasedTopRow { rows[0] = top }
        self.departed.append(rows[...], how: self.isAlternate ? .leftAlternate : .cleared)
    }

    /// DECALN: the screen full of E.
    mutating func fillForAlignment() {
        self.erasedTopRow = nil
        self.margins = Margins(size: self.size)
        self.cursor = Cursor()
        let columns = self.size.columns
        var row = TerminalRow(columns: columns)
        row.cells = Array(repeating: TerminalCell("E"), count: columns)
        self.rows = Array(repeating: row, count: self.size.rows)
    }
}
