extension TerminalScreen {
    /// SM and RM.
    mutating func set(mode: Int, _ isOn: Bool) {
        switch mode {
        case 4: self.modes.insert = isOn
        case 20: self.modes.newline = isOn
        default: break
        }
    }

    /// DECSET and DECRST. Modes about keys, mouse and reports change nothing that is shown.
    mutating func set(decMode mode: Int, _ isOn: Bool) {
        switch mode {
        case 5: self.modes.isReversed = isOn
        case 6:
            self.modes.origin = isOn
            self.moveHome()
        case 7:
            self.modes.autowrap = isOn
            if !isOn { self.cursor.pendingWrap = false }
        case 25: self.modes.showsCursor = isOn
        case 47: self.show(alternate: isOn)
        case 69:
            self.modes.sideMargins = isOn
            self.margins.left = 0
            self.margins.right = self.size.columns
        case 1047: self.show(alternate: isOn, clearing: true)
        case 1048: if isOn { self.saveCursor() } else { self.restoreCursor() }
        case 1049:
            if isOn, !self.isAlternate { self.saveCursor() }
            self.show(alternate: isOn, clearing: true)
            if !isOn { self.restoreCursor() }
        default: break
        }
    }

    private mutating func show(alternate: Bool, clearing: Bool = false) {
        self.erasedTopRow = nil
        if alternate == self.isAlternate {
            if alternate, clearing { self.clear() }
            return
        }
        if self.keepsDepartedLines {
            if alternate {
                self.takeFinishedRows()
            } else {
                self.departed.append(self.rows[...], how: .leftAlternate)
            }
        }
        if self.hidden.isEmpty {
            self.hidden = Array(repeating: TerminalRow(columns: self.size.columns), count: self.size.rows)
        }
        swap(&self.rows, &self.hidden)
        self.isAlternate = alternate
        if alternate, clearing {
            self.clear()
        } else if clearing {
            self.hidden = []
        }
    }

    /// What was read before a full-screen program began comes before what that program showed.
    private mutating func takeFinishedRows() {
        var end = self.cursor.row
        while end > 0, self.rows[end - 1].wraps { end -= 1 }
        self.departed.append(self.rows[..<end], how: .scrolledOff)
        for row in 0..<end { self.rows[row].wasTaken = true }
    }

    private mutating func clear() {
        if self.keepsDepartedLines { self.departed.append(self.rows[...], how: .leftAlternate) }
        let blank = TerminalRow(columns: self.size.columns, style: self.pen)
        self.rows = Array(repeating: blank, count: self.size.rows)
    }
}
