extension TerminalScreen {
    /// The first column that text can't reach from the cursor's.
    private var lineEnd: Int {
        self.cursor.column < self.margins.right ? self.margins.right : self.size.columns
    }

    /// Writes bytes 0x20 to 0x7E.
    mutating func write(ascii bytes: ArraySlice<UInt8>) {
        guard self.charsets.isTransparent, !self.modes.insert, let last = bytes.last else {
            for byte in bytes { self.write(Unicode.Scalar(byte)) }
            return
        }
        self.erasedTopRow = nil
        self.lastCharacter = Unicode.Scalar(last)
        var rest = bytes
        while let first = rest.first {
            if self.cursor.pendingWrap { self.wrap() }
            let end = self.lineEnd
            let count = min(rest.count, end - self.cursor.column)
            self.rows[self.cursor.row].write(rest.prefix(count), at: self.cursor.column, style: self.pen)
            rest = rest.dropFirst(max(count, 1))
            self.cursor.column += count
            guard self.cursor.column >= end else { return }
            self.cursor.column = end - 1
            if self.modes.autowrap {
                self.cursor.pendingWrap = true
            } else {
                // All that follows falls on the last column, where the last character stays.
                let byte = rest.last ?? (count > 0 ? bytes[rest.startIndex - 1] : first)
                self.rows[self.cursor.row].write([byte], at: self.cursor.column, style: self.pen)
                return
            }
        }
    }

    /// Writes one character, or adds a combining one to the character before the cursor.
    mutating func write(_ scalar: Unicode.Scalar) {
        self.erasedTopRow = nil
        let scalar = scalar.isASCII ? self.charsets.map(scalar) : scalar
        var width = CharacterWidth.columns(of: scalar)
        guard width > 0 else { return self.combine(scalar) }
        width = min(width, self.size.columns)
        self.lastCharacter = scalar
        if self.cursor.pendingWrap { self.wrap() }
        var end = self.lineEnd
        if self.cursor.column + width > end {
            if self.modes.autowrap {
                // A wide character doesn't fit on the last column, which stays as it is.
                self.wrap()
                end = self.lineEnd
            } else {
                self.cursor.column = max(end - width, 0)
            }
        }
        if self.modes.insert {
            self.rows[self.cursor.row].shift(self.cursor.column..<end, by: width, style: self.pen)
        }
        self.rows[self.cursor.row].write(scalar, width: width, at: self.cursor.column, style: self.pen)
        self.cursor.column += width
        guard self.cursor.column >= end else { return }
        self.cursor.column = end - 1
        self.cursor.pendingWrap = self.modes.autowrap
    }

    private mutating func combine(_ mark: Unicode.Scalar) {
        var column = self.cursor.pendingWrap ? self.cursor.column : self.cursor.column - 1
        guard column >= 0 else { return }
        if self.rows[self.cursor.row].cells[column].width == 0 { column -= 1 }
        guard column >= 0, self.rows[self.cursor.row].cells[column].scalar != 0 else { return }
        self.rows[self.cursor.row].cells[column].combine(mark)
        self.rows[self.cursor.row].wasTaken = false
    }

    private mutating func wrap() {
        let row = self.cursor.row
        self.cursor.pendingWrap = false
        let movesOn = row == self.margins.bottom - 1 || row < self.size.rows - 1
        let isWhole = self.margins.left == 0 && self.margins.right == self.size.columns
        if movesOn, isWhole { self.rows[row].wraps = true }
        self.lineFeed()
        self.cursor.column = self.cursor.column >= self.margins.left ? self.margins.left : 0
    }

    /// One row down, scrolling at the bottom margin.
    mutating func lineFeed() {
        self.cursor.pendingWrap = false
        if self.cursor.row == self.margins.bottom - 1 {
            self.scroll(by: 1)
        } else if self.cursor.row < self.size.rows - 1 {
            self.cursor.row += 1
        }
    }

    /// One row up, scrolling at the top margin.
    mutating func reverseLineFeed() {
        self.cursor.pendingWrap = false
        if self.cursor.row == self.margins.top {
            self.scroll(by: -1)
        } else if self.cursor.row > 0 {
            self.cursor.row -= 1
        }
    }
}

extension TerminalRow {
    fileprivate mutating func write(_ bytes: ArraySlice<UInt8>, at column: Int, style: TerminalStyle) {
        guard !bytes.isEmpty else { return }
        self.wasTaken = false
        self.splitWideCharacter(at: column)
        self.splitWideCharacter(at: column + bytes.count)
        if column + bytes.count == self.cells.count { self.wraps = false }
        var cell = TerminalCell()
        cell.style = style
        var target = column
        for byte in bytes {
            cell.scalar = UInt32(byte)
            self.cells[target] = cell
            target += 1
        }
    }

    fileprivate mutating func write(_ scalar: Unicode.Scalar, width: Int, at column: Int, style: TerminalStyle) {
        self.wasTaken = false
        self.splitWideCharacter(at: column)
        self.splitWideCharacter(at: column + width)
        if column + width == self.cells.count { self.wraps = false }
        self.cells[column] = TerminalCell(scalar, width: width, style: style)
        if width == 2 { self.cells[column + 1] = .rightHalf(style: style) }
    }
}
