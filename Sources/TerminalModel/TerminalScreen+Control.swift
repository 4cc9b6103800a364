extension TerminalScreen {
    /// C0, and C1 as ESC's final byte plus 0x40 (ECMA-48 section 8.3).
    mutating func perform(control: UInt8) {
        switch control {
        case 0x08: self.backspace()
        case 0x09: self.tab(1)
        case 0x0A, 0x0B, 0x0C:
            self.lineFeed()
            if self.modes.newline { self.carriageReturn() }
        case 0x0D: self.carriageReturn()
        case 0x0E: self.charsets.active = 1
        case 0x0F: self.charsets.active = 0
        case 0x84: self.lineFeed()
        case 0x85:
            self.lineFeed()
            self.carriageReturn()
        case 0x88: self.tabStops.insert(self.cursor.column)
        case 0x8D: self.reverseLineFeed()
        case 0x8E: self.charsets.single = 2
        case 0x8F: self.charsets.single = 3
        default: break
        }
    }

    private mutating func backspace() {
        self.cursor.pendingWrap = false
        let left = self.cursor.column >= self.margins.left ? self.margins.left : 0
        self.cursor.column = max(self.cursor.column - 1, left)
    }

    mutating func carriageReturn() {
        self.cursor.pendingWrap = false
        self.cursor.column = self.cursor.column >= self.margins.left ? self.margins.left : 0
    }

    /// `count` tab stops to the right, or to the left if it is negative.
    mutating func tab(_ count: Int) {
        self.cursor.pendingWrap = false
        let last = (self.cursor.column < self.margins.right ? self.margins.right : self.size.columns) - 1
        for _ in 0..<min(abs(count), self.size.columns) {
            var column = self.cursor.column
            repeat {
                column += count.signum()
            } while column > 0 && column < last && !self.tabStops.contains(column)
            self.cursor.column = min(max(column, 0), max(last, self.cursor.column))
        }
    }

    /// ESC with the parser's intermediates.
    mutating func perform(escape final: UInt8) {
        switch (self.parser.intermediates, final) {
        case (0, UInt8(ascii: "7")): self.saveCursor()
        case (0, UInt8(ascii: "8")): self.restoreCursor()
        case (0, UInt8(ascii: "c")): self.reset()
        case (0, UInt8(ascii: "n")): self.charsets.active = 2
        case (0, UInt8(ascii: "o")): self.charsets.active = 3
        case (UInt32(UInt8(ascii: "#")), UInt8(ascii: "8")): self.fillForAlignment()
        case (UInt32(UInt8(ascii: "(")), _): self.charsets[0] = Charset(designator: final)
        case (UInt32(UInt8(ascii: ")")), _): self.charsets[1] = Charset(designator: final)
        case (UInt32(UInt8(ascii: "*")), _): self.charsets[2] = Charset(designator: final)
        case (UInt32(UInt8(ascii: "+")), _): self.charsets[3] = Charset(designator: final)
        default: break
        }
    }

    /// DECSC.
    mutating func saveCursor() {
        let saved = SavedCursor(
            row: self.cursor.row, column: self.cursor.column, pendingWrap: self.cursor.pendingWrap, pen: self.pen,
            charsets: self.charsets, origin: self.modes.origin)
        if self.isAlternate { self.savedOnAlternate = saved } else { self.saved = saved }
    }

    /// DECRC. The screen may have shrunk since the cursor was saved.
    mutating func restoreCursor() {
        let saved = self.isAlternate ? self.savedOnAlternate : self.saved
        self.cursor.row = min(max(saved.row, 0), self.size.rows - 1)
        self.cursor.column = min(saved.column, self.size.columns - 1)
        self.cursor.pendingWrap = saved.pendingWrap && self.cursor.column == self.size.columns - 1
        self.pen = saved.pen
        self.charsets = saved.charsets
        self.modes.origin = saved.origin
    }
}
