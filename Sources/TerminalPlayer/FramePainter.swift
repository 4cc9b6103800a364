import Playback
import TerminalModel

/// The bytes that turn one frame on the viewer's terminal into the next: only cells that changed.
///
/// Characters and styles are all it writes of a recording: escape sequences are its own, made from the cells.
struct FramePainter {
    private var bytes: [UInt8] = []
    /// Where the terminal's cursor is, if that is certain: after characters beyond ASCII, terminals disagree.
    private var position: Frame.Position?
    private var style: TerminalStyle?

    /// - parameter old: what the terminal shows; nil if unknown, after a resize for one.
    static func paint(from old: Frame?, to new: Frame) -> [UInt8] {
        var painter = FramePainter()
        painter.paint(old, new)
        return painter.bytes
    }

    private mutating func paint(_ old: Frame?, _ new: Frame) {
        let known = old?.size == new.size ? old : nil
        if let known, known == new { return }
        self.send("\u{1B}[?25l")
        if known == nil { self.send("\u{1B}[0m\u{1B}[2J") }
        for row in new.rows.indices { self.paint(row: row, known?.rows[row], new.rows[row]) }
        self.send("\u{1B}[0m")
        if let cursor = new.cursor {
            self.position = nil
            self.move(to: cursor)
            self.send("\u{1B}[?25h")
        }
    }

    private mutating func paint(row: Int, _ old: [TerminalCell]?, _ new: [TerminalCell]) {
        if let old, old == new { return }
        var column = 0
        while column < new.count {
            let width = max(Int(new[column].width), 1)
            let cells = column..<min(column + width, new.count)
            let isChanged = cells.contains { old?[$0] != new[$0] }
            // After a clear, blank cells are there already.
            let isShown = old == nil && new[column] == .blank
            if isChanged, !isShown {
                self.move(to: Frame.Position(row: row, column: column))
                self.draw(new[column], isWhole: cells.count == width, columns: new.count)
            }
            column += width
        }
    }

    private mutating func move(to target: Frame.Position) {
        guard self.position != target else { return }
        self.send("\u{1B}[\(target.row + 1);\(target.column + 1)H")
        self.position = target
    }

    private mutating func draw(_ cell: TerminalCell, isWhole: Bool, columns: Int) {
        self.use(cell.style)
        let scalars = cell.scalars
        guard let base = scalars.first, isWhole else {
            self.bytes.append(0x20)
            return self.advance(isCertain: true, columns: columns)
        }
        self.send(String(SafeText.harmless(base)))
        for mark in scalars.dropFirst() where SafeText.harmless(mark) == mark { self.send(String(mark)) }
        self.advance(isCertain: base.isASCII && scalars.count == 1, columns: columns)
    }

    private mutating func advance(isCertain: Bool, columns: Int) {
        guard isCertain, let position = self.position, position.column + 1 < columns else {
            self.position = nil
            return
        }
        self.position?.column += 1
    }

    private mutating func use(_ style: TerminalStyle) {
        guard self.style != style else { return }
        self.style = style
        var codes = "0"
        for (attribute, code) in Self.codes where style.attributes.contains(attribute) { codes += ";\(code)" }
        codes += Self.code(style.foreground, base: 30) + Self.code(style.background, base: 40)
        self.send("\u{1B}[\(codes)m")
    }

    /// Concealed text is shown, faintly: nothing in a recording is hidden from its reader.
    private static let codes: [(TerminalAttributes, Int)] = [
        (.bold, 1), (.faint, 2), (.conceal, 2), (.italic, 3), (.underline, 4), (.doubleUnderline, 4), (.blink, 5),
        (.inverse, 7), (.strike, 9),
    ]

    private static func code(_ color: TerminalColor, base: Int) -> String {
        switch color {
        case .standard: ""
        case .palette(let index) where index < 8: ";\(base + Int(index))"
        case .palette(let index) where index < 16: ";\(base + 60 + Int(index) - 8)"
        case .palette(let index): ";\(base + 8);5;\(index)"
        case .rgb(let red, let green, let blue): ";\(base + 8);2;\(red);\(green);\(blue)"
        }
    }

    private mutating func send(_ text: String) { self.bytes.append(contentsOf: text.utf8) }
}
