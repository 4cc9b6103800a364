extension TerminalScreen {
    /// CSI with the parser's parameters (ECMA-48 section 8.3, and xterm's control sequences for DEC's own).
    mutating func perform(csi final: UInt8) {
        let parameters = self.parser.parameters
        switch (self.parser.marker, self.parser.intermediates) {
        case (0, 0): self.perform(plain: final, parameters)
        case (UInt8(ascii: "?"), 0): self.perform(dec: final, parameters)
        case (0, UInt32(UInt8(ascii: "!"))) where final == UInt8(ascii: "p"): self.softReset()
        case (0, UInt32(UInt8(ascii: "\""))) where final == UInt8(ascii: "q"):
            if parameters[0] == 1 {
                self.pen.attributes.insert(.protected)
            } else {
                self.pen.attributes.remove(.protected)
            }
        default: break
        }
    }

    private mutating func perform(dec final: UInt8, _ parameters: SequenceParameters) {
        switch final {
        case UInt8(ascii: "J"): self.eraseDisplay(parameters[0], selective: true)
        case UInt8(ascii: "K"): self.eraseLine(parameters[0], selective: true)
        case UInt8(ascii: "h"), UInt8(ascii: "l"):
            for index in 0..<parameters.count { self.set(decMode: parameters[index], final == UInt8(ascii: "h")) }
        default: break
        }
    }

    private mutating func perform(plain final: UInt8, _ parameters: SequenceParameters) {
        let count = parameters.count(at: 0)
        switch final {
        case UInt8(ascii: "@"): self.insertCharacters(count)
        case UInt8(ascii: "A"), UInt8(ascii: "k"): self.moveUp(count)
        case UInt8(ascii: "B"), UInt8(ascii: "e"): self.moveDown(count)
        case UInt8(ascii: "C"), UInt8(ascii: "a"): self.moveRight(count)
        case UInt8(ascii: "D"), UInt8(ascii: "j"): self.moveLeft(count)
        case UInt8(ascii: "E"):
            self.moveDown(count)
            self.carriageReturn()
        case UInt8(ascii: "F"):
            self.moveUp(count)
            self.carriageReturn()
        case UInt8(ascii: "G"), UInt8(ascii: "`"): self.move(toColumn: count)
        case UInt8(ascii: "H"), UInt8(ascii: "f"):
            self.move(toRow: count)
            self.move(toColumn: parameters.count(at: 1))
        case UInt8(ascii: "I"): self.tab(count)
        case UInt8(ascii: "J"): self.eraseDisplay(parameters[0], selective: false)
        case UInt8(ascii: "K"): self.eraseLine(parameters[0], selective: false)
        case UInt8(ascii: "L"): self.insertLines(count)
        case UInt8(ascii: "M"): self.insertLines(-count)
        case UInt8(ascii: "P"): self.insertCharacters(-count)
        case UInt8(ascii: "S"): self.scroll(by: count)
        // With five parameters it is xterm's mouse highlighting.
        case UInt8(ascii: "T") where parameters.count < 5: self.scroll(by: -count)
        case UInt8(ascii: "X"): self.eraseCharacters(count)
        case UInt8(ascii: "Z"): self.tab(-count)
        case UInt8(ascii: "b"): self.repeatCharacter(count)
        case UInt8(ascii: "d"): self.move(toRow: count)
        case UInt8(ascii: "g"): self.clearTabStops(parameters[0])
        case UInt8(ascii: "h"), UInt8(ascii: "l"):
            for index in 0..<parameters.count { self.set(mode: parameters[index], final == UInt8(ascii: "h")) }
        case UInt8(ascii: "m"): self.pen.apply(parameters)
        case UInt8(ascii: "r"): self.setMargins(top: parameters[0], bottom: parameters[1])
        case UInt8(ascii: "s"):
            if self.modes.sideMargins {
                self.setMargins(left: parameters[0], right: parameters[1])
            } else {
                self.saveCursor()
            }
        case UInt8(ascii: "u"): self.restoreCursor()
        default: break
        }
    }

    private mutating func repeatCharacter(_ count: Int) {
        guard let scalar = self.lastCharacter else { return }
        // At most a row: a few bytes must not take long.
        for _ in 0..<min(count, self.size.columns) { self.write(scalar) }
    }

    private mutating func clearTabStops(_ what: Int) {
        switch what {
        case 0: self.tabStops.remove(self.cursor.column)
        case 3: self.tabStops.removeAll()
        default: break
        }
    }
}

/// Cursor movement. Margins stop a movement that starts within them.
extension TerminalScreen {
    private mutating func moveUp(_ count: Int) {
        self.cursor.pendingWrap = false
        let limit = self.cursor.row >= self.margins.top ? self.margins.top : 0
        self.cursor.row = max(self.cursor.row - count, limit)
    }

    private mutating func moveDown(_ count: Int) {
        self.cursor.pendingWrap = false
        let limit = self.cursor.row < self.margins.bottom ? self.margins.bottom : self.size.rows
        self.cursor.row = min(self.cursor.row + count, limit - 1)
    }

    private mutating func moveLeft(_ count: Int) {
        self.cursor.pendingWrap = false
        let limit = self.cursor.column >= self.margins.left ? self.margins.left : 0
        self.cursor.column = max(self.cursor.column - count, limit)
    }

    private mutating func moveRight(_ count: Int) {
        self.cursor.pendingWrap = false
        let limit = self.cursor.column < self.margins.right ? self.margins.right : self.size.columns
        self.cursor.column = min(self.cursor.column + count, limit - 1)
    }

    /// Counted from 1, and from the margin in origin mode.
    private mutating func move(toRow row: Int) {
        self.cursor.pendingWrap = false
        if self.modes.origin {
            self.cursor.row = min(self.margins.top + row - 1, self.margins.bottom - 1)
        } else {
            self.cursor.row = min(row, self.size.rows) - 1
        }
    }

    /// See ``move(toRow:)``.
    private mutating func move(toColumn column: Int) {
        self.cursor.pendingWrap = false
        if self.modes.origin {
            self.cursor.column = min(self.margins.left + column - 1, self.margins.right - 1)
        } else {
            self.cursor.column = min(column, self.size.columns) - 1
        }
    }

    mutating func moveHome() {
        self.move(toRow: 1)
        self.move(toColumn: 1)
    }

    /// DECSTBM; 0 means the screen's edge. A region of fewer than two rows is refused.
    private mutating func setMargins(top: Int, bottom: Int) {
        let top = max(top, 1) - 1
        let bottom = bottom == 0 ? self.size.rows : min(bottom, self.size.rows)
        guard bottom - top >= 2 || (top == 0 && bottom == self.size.rows) else { return }
        self.margins.top = top
        self.margins.bottom = bottom
        self.moveHome()
    }

    /// DECSLRM; 0 means the screen's edge.
    private mutating func setMargins(left: Int, right: Int) {
        let left = max(left, 1) - 1
        let right = right == 0 ? self.size.columns : min(right, self.size.columns)
        guard right - left >= 2 || (left == 0 && right == self.size.columns) else { return }
        self.margins.left = left
        self.margins.right = right
        self.moveHome()
    }
}
