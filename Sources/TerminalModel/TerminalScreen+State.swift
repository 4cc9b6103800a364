/// A screen as bytes, so complete that whatever is fed next shows the same on both.
///
/// The lines that ``TerminalScreen/keepsDepartedLines`` collects are not part of it.
extension TerminalScreen {
    /// Appends the screen's state.
    public func write(to state: inout StateWriter) {
        state.number(self.size.columns)
        state.number(self.size.rows)
        state.number(self.writtenBytes)
        state.number(self.cursor.row)
        state.number(self.cursor.column)
        state.flag(self.cursor.pendingWrap)
        self.modes.write(to: &state)
        state.flag(self.isAlternate)
        self.parser.write(to: &state)
        self.pen.write(to: &state)
        self.charsets.write(to: &state)
        for margin in [self.margins.top, self.margins.bottom, self.margins.left, self.margins.right] {
            state.number(margin)
        }
        self.writeTabStops(to: &state)
        self.saved.write(to: &state)
        self.savedOnAlternate.write(to: &state)
        state.number(self.lastCharacter?.value ?? 0)
        Self.write(self.rows, to: &state)
        state.flag(!self.hidden.isEmpty)
        if !self.hidden.isEmpty { Self.write(self.hidden, to: &state) }
    }

    /// Nil unless the bytes begin with a screen's state. Any bytes may be given: what they make fits its own size.
    public init?(from state: inout StateReader) {
        guard let columns = state.number(in: 1..<TerminalSize.maximumColumns + 1),
            let rows = state.number(in: 1..<TerminalSize.maximumRows + 1)
        else { return nil }
        let size = TerminalSize(columns: columns, rows: rows)
        guard size.rows == rows else { return nil }
        // Without rows as yet, so that a wrong state costs nothing.
        self.init(size: TerminalSize(columns: 1, rows: 1))
        guard let written = state.number(), let row = state.number(in: 0..<rows),
            let column = state.number(in: 0..<columns), let pendingWrap = state.flag(),
            let modes = Modes(from: &state), let isAlternate = state.flag(), let parser = SequenceParser(from: &state),
            let pen = TerminalStyle(from: &state), let charsets = CharsetState(from: &state),
            let top = state.number(in: 0..<rows), let bottom = state.number(in: top + 1..<rows + 1),
            let left = state.number(in: 0..<columns), let right = state.number(in: left + 1..<columns + 1),
            let tabStops = Self.tabStops(from: &state), let saved = SavedCursor(from: &state),
            let savedOnAlternate = SavedCursor(from: &state), let last = state.number(),
            let shown = Self.rows(size, from: &state), let hasHidden = state.flag()
        else { return nil }
        if hasHidden {
            guard let hidden = Self.rows(size, from: &state) else { return nil }
            self.hidden = hidden
        }
        // The alternate screen is shown in place of a main one.
        guard hasHidden || !isAlternate else { return nil }
        self.restore(size: size, writtenBytes: written)
        self.cursor.row = row
        self.cursor.column = column
        self.cursor.pendingWrap = pendingWrap
        self.modes = modes
        self.isAlternate = isAlternate
        self.parser = parser
        self.pen = pen
        self.charsets = charsets
        self.margins = Margins(size: size)
        self.margins.top = top
        self.margins.bottom = bottom
        self.margins.left = left
        self.margins.right = right
        self.tabStops = tabStops
        self.saved = saved
        self.savedOnAlternate = savedOnAlternate
        self.lastCharacter = last == 0 ? nil : UInt32(exactly: last).flatMap(Unicode.Scalar.init)
        self.rows = shown
    }

    private func writeTabStops(to state: inout StateWriter) {
        let isStandard = self.tabStops == TerminalScreen.standardTabStops
        state.flag(isStandard)
        guard !isStandard else { return }
        state.number(self.tabStops.count)
        for column in self.tabStops.sorted() { state.number(column) }
    }

    private static func tabStops(from state: inout StateReader) -> Set<Int>? {
        guard let isStandard = state.flag() else { return nil }
        guard !isStandard else { return self.standardTabStops }
        guard let count = state.number(in: 0..<TerminalSize.maximumColumns + 1) else { return nil }
        var stops: Set<Int> = []
        for _ in 0..<count {
            guard let column = state.number(in: 0..<TerminalSize.maximumColumns) else { return nil }
            stops.insert(column)
        }
        return stops
    }

    /// A row that is like the one before takes one byte.
    private static func write(_ rows: [TerminalRow], to state: inout StateWriter) {
        for (index, row) in rows.enumerated() {
            let isSame = index > 0 && row.cells == rows[index - 1].cells && row.wraps == rows[index - 1].wraps
            state.flag(isSame)
            if !isSame { row.write(to: &state) }
        }
    }

    private static func rows(_ size: TerminalSize, from state: inout StateReader) -> [TerminalRow]? {
        var rows: [TerminalRow] = []
        for _ in 0..<size.rows {
            guard let isSame = state.flag() else { return nil }
            if isSame {
                guard let row = rows.last else { return nil }
                rows.append(row)
            } else {
                guard let row = TerminalRow(columns: size.columns, from: &state) else { return nil }
                rows.append(row)
            }
        }
        return rows
    }
}

extension TerminalScreen.Modes {
    fileprivate func write(to state: inout StateWriter) {
        let flags = [
            self.showsCursor, self.isReversed, self.autowrap, self.insert, self.newline, self.origin, self.sideMargins,
        ]
        state.number(flags.enumerated().reduce(0) { $0 | ($1.element ? 1 << $1.offset : 0) })
    }

    fileprivate init?(from state: inout StateReader) {
        guard let bits = state.number(in: 0..<1 << 7) else { return nil }
        self.init()
        self.showsCursor = bits & 1 != 0
        self.isReversed = bits & 2 != 0
        self.autowrap = bits & 4 != 0
        self.insert = bits & 8 != 0
        self.newline = bits & 16 != 0
        self.origin = bits & 32 != 0
        self.sideMargins = bits & 64 != 0
    }
}

extension TerminalScreen.SavedCursor {
    fileprivate func write(to state: inout StateWriter) {
        // A main screen that shrank while another was shown may have left the saved row above it.
        state.flag(self.row < 0)
        state.number(self.row.magnitude)
        state.number(self.column)
        state.flag(self.pendingWrap)
        self.pen.write(to: &state)
        self.charsets.write(to: &state)
        state.flag(self.origin)
    }

    fileprivate init?(from state: inout StateReader) {
        guard let isAbove = state.flag(), let row = state.number(in: 0..<1 << 31),
            let column = state.number(in: 0..<TerminalSize.maximumColumns), let pendingWrap = state.flag(),
            let pen = TerminalStyle(from: &state), let charsets = CharsetState(from: &state), let origin = state.flag()
        else { return nil }
        self.init(
            row: isAbove ? -row : row, column: column, pendingWrap: pendingWrap, pen: pen, charsets: charsets,
            origin: origin)
    }
}

extension CharsetState {
    private static let sets: [Charset] = [.ascii, .unitedKingdom, .lineDrawing]

    func write(to state: inout StateWriter) {
        for index in 0..<4 { state.number(Self.sets.firstIndex(of: self[index]) ?? 0) }
        state.number(self.active)
        state.number(self.single.map { $0 + 1 } ?? 0)
    }

    init?(from state: inout StateReader) {
        self.init()
        for index in 0..<4 {
            guard let set = state.number(in: 0..<Self.sets.count) else { return nil }
            self[index] = Self.sets[set]
        }
        guard let active = state.number(in: 0..<4), let single = state.number(in: 0..<5) else { return nil }
        self.active = active
        self.single = single == 0 ? nil : single - 1
    }
}
