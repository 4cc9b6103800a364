import TerminalModel

/// A run of screen states as JSON, complete by itself: a player can begin at any chunk.
///
///     {"f": [frame…], "s": [style…]}
///     frame:  [milliseconds, cursor row, cursor column or -1, [change…], [columns, rows, 1 if reversed]?]
///     change: [row, content] or, where that content is new, [row, content, [run…]]
///     run:    [ASCII text, style] or [text, style, columns per character] or [one cell's text, style, columns, 1]
///     style:  [foreground, background, bits of TerminalAttributes]
///     color:  -1 the viewer's own, 0 to 255 the palette's, 2^24 + RGB
///
/// Rows, contents and styles count from 0 within the chunk. Before the first frame, and where the size changes, all
/// rows are blank.
struct ScreenChunk {
    private struct Format: Hashable {
        var size: TerminalSize
        var isReversed: Bool
    }

    /// Milliseconds, of the first frame.
    let start: UInt64
    private var frames = ""
    private var styles: [TerminalStyle: Int] = [:]
    private var styleList: [String] = []
    private var contents: [[TerminalCell]: Int] = [:]
    private var shown: [[TerminalCell]] = []
    private var format: Format?
    private var cursor = (row: -1, column: -1)

    init(start: UInt64) { self.start = start }

    /// About how many bytes ``json`` has.
    var bytes: Int { self.frames.utf8.count }

    /// How many cells are kept to find contents again.
    var cells: Int { self.contents.count * (self.format?.size.columns ?? 0) }

    var json: String { "{\"f\":[\(self.frames)],\"s\":[\(self.styleList.joined(separator: ","))]}" }

    /// Adds what `screen` shows as a frame, unless it shows nothing new.
    /// - parameter time: in milliseconds; does not decrease.
    mutating func append(_ screen: TerminalScreen, at time: UInt64) {
        let format = Format(size: screen.size, isReversed: screen.modes.isReversed)
        let cursor = (
            row: screen.cursor.row, column: screen.modes.showsCursor ? screen.cursor.column : -1
        )
        let isReformatted = format != self.format
        if isReformatted {
            self.format = format
            let blank = Array(repeating: TerminalCell.blank, count: format.size.columns)
            self.shown = Array(repeating: blank, count: format.size.rows)
        }
        var changes: [String] = []
        for row in screen.rows.indices where screen.rows[row].cells != self.shown[row] {
            self.shown[row] = screen.rows[row].cells
            changes.append(self.change(row))
        }
        guard isReformatted || !changes.isEmpty || cursor != self.cursor else { return }
        self.cursor = cursor
        if !self.frames.isEmpty { self.frames += "," }
        self.frames += "[\(time),\(cursor.row),\(cursor.column),[\(changes.joined(separator: ","))]"
        if isReformatted {
            self.frames += ",[\(format.size.columns),\(format.size.rows),\(format.isReversed ? 1 : 0)]"
        }
        self.frames += "]"
    }

    private mutating func change(_ row: Int) -> String {
        let cells = self.shown[row]
        if let content = self.contents[cells] { return "[\(row),\(content)]" }
        let content = self.contents.count
        self.contents[cells] = content
        return "[\(row),\(content),[\(self.runs(of: cells).joined(separator: ","))]]"
    }

    /// What the cells of one run have in common.
    private struct Kind: Hashable {
        var style: TerminalStyle
        /// Nil for ASCII, whose characters take a column each.
        var columns: UInt8?
        var hasMarks: Bool
    }

    private mutating func runs(of cells: [TerminalCell]) -> [String] {
        let end = (cells.lastIndex { !Self.isEmpty($0) } ?? -1) + 1
        var runs: [String] = []
        var kind: Kind?
        var text = String.UnicodeScalarView()
        for cell in cells[..<end] where cell.width > 0 {
            let scalars = cell.scalars.map(SafeText.harmless)
            let isPlain = scalars.count < 2 && scalars.allSatisfy(\.isASCII)
            let next = Kind(style: cell.style, columns: isPlain ? nil : cell.width, hasMarks: scalars.count > 1)
            if next != kind || next.hasMarks {
                if let kind { runs.append(self.run(String(text), kind)) }
                kind = next
                text = String.UnicodeScalarView()
            }
            if scalars.isEmpty { text.append(" ") } else { text.append(contentsOf: scalars) }
        }
        if let kind { runs.append(self.run(String(text), kind)) }
        return runs
    }

    private static func isEmpty(_ cell: TerminalCell) -> Bool { cell.style == .plain && !cell.isWritten }

    private mutating func run(_ text: String, _ kind: Kind) -> String {
        let columns = kind.columns.map { ",\($0)" } ?? ""
        return "[\(JSONText.quoted(text)),\(self.number(of: kind.style))\(columns)\(kind.hasMarks ? ",1" : "")]"
    }

    private mutating func number(of style: TerminalStyle) -> Int {
        if let number = self.styles[style] { return number }
        let number = self.styleList.count
        self.styles[style] = number
        let colors = "\(Self.number(of: style.foreground)),\(Self.number(of: style.background))"
        self.styleList.append("[\(colors),\(style.attributes.rawValue)]")
        return number
    }

    private static func number(of color: TerminalColor) -> Int {
        switch color {
        case .standard: -1
        case .palette(let index): Int(index)
        case .rgb(let red, let green, let blue): 1 << 24 | Int(red) << 16 | Int(green) << 8 | Int(blue)
        }
    }
}
