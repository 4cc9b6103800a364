/// Rows as bytes: runs of cells of one style, each unwritten, of ASCII, or of anything (docs/recording-format.md).
extension TerminalRow {
    private enum Run: UInt8 {
        case unwritten
        /// One byte a cell.
        case ascii
        /// Scalar, width and marks of each cell.
        case any
    }

    private static func run(of cell: TerminalCell) -> Run {
        guard cell.width == 1, cell.marks == (0, 0, 0) else { return .any }
        return cell.scalar == 0 ? .unwritten : 0x20..<0x7F ~= cell.scalar ? .ascii : .any
    }

    func write(to state: inout StateWriter) {
        state.flag(self.wraps)
        var start = 0
        while start < self.cells.count {
            let first = self.cells[start]
            let run = Self.run(of: first)
            var end = start + 1
            while end < self.cells.count, self.cells[end].style == first.style, Self.run(of: self.cells[end]) == run {
                end += 1
            }
            state.number(end - start)
            state.raw([run.rawValue])
            first.style.write(to: &state)
            switch run {
            case .unwritten: break
            case .ascii: state.raw(self.cells[start..<end].lazy.map { UInt8(truncatingIfNeeded: $0.scalar) })
            case .any: for cell in self.cells[start..<end] { cell.write(to: &state) }
            }
            start = end
        }
    }

    /// Nil unless it is a row of `columns`.
    init?(columns: Int, from state: inout StateReader) {
        self.init(columns: 0)
        guard let wraps = state.flag() else { return nil }
        self.wraps = wraps
        self.cells.reserveCapacity(columns)
        while self.cells.count < columns {
            guard let count = state.number(in: 1..<columns - self.cells.count + 1),
                let run = state.byte().flatMap(Run.init), let style = TerminalStyle(from: &state)
            else { return nil }
            switch run {
            case .unwritten:
                self.cells.append(contentsOf: repeatElement(TerminalCell.blank.styled(style), count: count))
            case .ascii:
                guard let text = state.raw(count), text.allSatisfy({ 0x20..<0x7F ~= $0 }) else { return nil }
                for byte in text { self.cells.append(TerminalCell(Unicode.Scalar(byte), style: style)) }
            case .any:
                for _ in 0..<count {
                    guard let cell = TerminalCell(style: style, from: &state) else { return nil }
                    self.cells.append(cell)
                }
            }
        }
        guard self.hasWholeCharacters else { return nil }
    }

    /// Each right half stands behind its left one, and each left one before its right one.
    private var hasWholeCharacters: Bool {
        self.cells.indices.allSatisfy { column in
            let follows = column > 0 && self.cells[column - 1].width == 2
            return (self.cells[column].width == 0) == follows
        } && self.cells.last?.width != 2
    }
}

extension TerminalCell {
    fileprivate func write(to state: inout StateWriter) {
        let marks = [self.marks.0, self.marks.1, self.marks.2].prefix { $0 != 0 }
        state.number(self.scalar)
        state.number(Int(self.width) << 2 | marks.count)
        for mark in marks { state.number(mark) }
    }

    fileprivate init?(style: TerminalStyle, from state: inout StateReader) {
        self.init()
        guard let scalar = Self.scalar(&state), let head = state.number(in: 0..<12) else { return nil }
        var marks: [UInt32] = [0, 0, 0]
        for index in 0..<head & 3 {
            guard let mark = Self.scalar(&state), mark != 0 else { return nil }
            marks[index] = mark
        }
        self.scalar = scalar
        self.marks = (marks[0], marks[1], marks[2])
        self.width = UInt8(head >> 2)
        self.style = style
    }

    private static func scalar(_ state: inout StateReader) -> UInt32? {
        guard let value = state.number().flatMap({ UInt32(exactly: $0) }), Unicode.Scalar(value) != nil else {
            return nil
        }
        return value
    }
}

extension TerminalStyle {
    func write(to state: inout StateWriter) {
        state.number(self.attributes.rawValue)
        for color in [self.foreground, self.background] {
            switch color {
            case .standard: state.raw([0])
            case .palette(let index): state.raw([1, index])
            case .rgb(let red, let green, let blue): state.raw([2, red, green, blue])
            }
        }
    }

    init?(from state: inout StateReader) {
        guard let attributes = state.number(in: 0..<1 << 10), let foreground = Self.color(&state),
            let background = Self.color(&state)
        else { return nil }
        self.init(
            foreground: foreground, background: background,
            attributes: TerminalAttributes(rawValue: UInt16(attributes)))
    }

    private static func color(_ state: inout StateReader) -> TerminalColor? {
        switch state.byte() {
        case 0: return .standard
        case 1: return state.byte().map { .palette($0) }
        case 2:
            guard let red = state.byte(), let green = state.byte(), let blue = state.byte() else { return nil }
            return .rgb(red, green, blue)
        default: return nil
        }
    }
}
