import TerminalModel

/// What a terminal shows of a menu, and the fewest bytes that bring it up to date: lines are often slow.
struct MenuScreen {
    private(set) var columns: Int
    private(set) var rows: Int
    /// What the terminal shows; nil when that isn't known.
    private var shown: [MenuLayout.Line]?
    private var cursor: (row: Int, column: Int)?

    /// Most of a terminal that is used: a client may claim any size.
    private static let maximumColumns: UInt32 = 300
    private static let maximumRows: UInt32 = 150

    init(columns: UInt32, rows: UInt32) {
        (self.columns, self.rows) = Self.usable(columns, rows)
    }

    /// A client that doesn't know its size says 0 (RFC 4254 section 6.2).
    private static func usable(_ columns: UInt32, _ rows: UInt32) -> (Int, Int) {
        (
            columns == 0 ? 80 : Int(min(columns, Self.maximumColumns)),
            rows == 0 ? 24 : Int(min(rows, Self.maximumRows))
        )
    }

    /// The terminal has changed, and with it what it shows.
    mutating func resize(columns: UInt32, rows: UInt32) {
        let size = Self.usable(columns, rows)
        guard size != (self.columns, self.rows) else { return }
        (self.columns, self.rows) = size
        self.shown = nil
    }

    /// Begins on the terminal's other screen, so that nothing of the menu stays.
    static let opening = Array("\u{1B}[?1049h".utf8)
    static let closing = Array("\u{1B}[?1049l".utf8)

    /// - returns: bytes for the terminal; none when it shows this already.
    mutating func show(_ layout: MenuLayout) -> [UInt8] {
        var bytes: [UInt8] = []
        func write(_ text: String) { bytes.append(contentsOf: text.utf8) }
        if self.shown == nil { write("\u{1B}[m\u{1B}[H\u{1B}[2J") }
        let old = self.shown ?? []
        for (row, line) in layout.lines.prefix(self.rows).enumerated() {
            let before = row < old.count ? old[row] : MenuLayout.Line(text: "")
            guard line != before else { continue }
            let kept = line.isMarked == before.isMarked ? Self.commonPrefix(line.text, before.text) : 0
            let column = MenuText.columns(of: String(line.text.unicodeScalars.prefix(kept)))
            let rest = String(line.text.unicodeScalars.dropFirst(kept))
            write("\u{1B}[\(row + 1);\(column + 1)H")
            if !rest.isEmpty { write(line.isMarked ? "\u{1B}[7m\(rest)\u{1B}[m" : rest) }
            if MenuText.columns(of: line.text) < MenuText.columns(of: before.text) { write("\u{1B}[K") }
        }
        self.shown = layout.lines
        if !bytes.isEmpty || self.cursor.map({ $0 != layout.cursor }) ?? true {
            write("\u{1B}[\(layout.cursor.row + 1);\(layout.cursor.column + 1)H")
        }
        self.cursor = layout.cursor
        return bytes
    }

    /// How many scalars both begin with, up to a place where either goes on with a character of its own: a mark would
    /// join what stands before the cursor.
    private static func commonPrefix(_ first: String, _ second: String) -> Int {
        let (first, second) = (Array(first.unicodeScalars), Array(second.unicodeScalars))
        func joins(_ text: [Unicode.Scalar], _ index: Int) -> Bool {
            index < text.count && CharacterWidth.columns(of: text[index]) == 0
        }
        var count = zip(first, second).prefix { $0 == $1 }.count
        while count > 0, joins(first, count) || joins(second, count) { count -= 1 }
        return count
    }
}
