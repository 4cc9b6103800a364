/// The screen that a terminal would show after the bytes it was fed: xterm's behaviour, without a window.
///
/// A value: a copy is an exact snapshot, down to a half-received character, and costs little, as rows are shared
/// until one of the two changes. No bytes make it trap or grow beyond its size; escape sequences that ask for
/// answers, titles, clipboards or pointers do nothing.
public struct TerminalScreen: Sendable {
    public private(set) var size: TerminalSize
    public internal(set) var cursor = Cursor()
    public internal(set) var modes = Modes()
    /// The full-screen programs' screen is shown (xterm's alternate buffer).
    public internal(set) var isAlternate = false
    /// How many bytes were written of those fed: those that scroll away within one call are left out.
    public private(set) var writtenBytes: UInt64 = 0
    /// Keeps lines that leave the screen for ``takeDeparted()``.
    public var keepsDepartedLines = false

    /// The rows shown. The other buffer's rows are in `hidden`.
    public internal(set) var rows: [TerminalRow]
    /// The buffer that isn't shown; empty until an alternate screen was used.
    var hidden: [TerminalRow] = []
    var parser = SequenceParser()
    var pen = TerminalStyle.plain
    var charsets = CharsetState()
    var margins: Margins
    var tabStops: Set<Int>
    /// What DECSC saved on the main and on the alternate screen.
    var saved = SavedCursor()
    var savedOnAlternate = SavedCursor()
    /// The last character written, for REP.
    var lastCharacter: Unicode.Scalar?
    var departed = DepartedQueue()
    /// Row 0 as it was before it was erased from its first column, while nothing else has happened: clearing
    /// the screen from the top erases row 0 by itself first.
    var erasedTopRow: TerminalRow?

    public init(size: TerminalSize = .standard) {
        self.size = size
        self.rows = Array(repeating: TerminalRow(columns: size.columns), count: size.rows)
        self.margins = Margins(size: size)
        self.tabStops = Self.standardTabStops
    }

    /// Shows what the terminal shows after `bytes`, which may end anywhere.
    public mutating func feed(_ bytes: [UInt8]) { self.feed(bytes[...]) }

    /// ``feed(_:)-([UInt8])`` of a part.
    public mutating func feed(_ bytes: ArraySlice<UInt8>) {
        var index = bytes.startIndex
        self.writtenBytes += UInt64(bytes.count)
        /// Before this no part can be left out.
        var skipEnd = index
        while index < bytes.endIndex {
            if self.parser.isGround {
                if index >= skipEnd, bytes.endIndex - index >= Self.smallestSkip {
                    let start = index
                    skipEnd = self.skip(bytes, from: &index)
                    self.writtenBytes -= UInt64(index - start)
                    // What stopped the span is written before the next try.
                    skipEnd = max(skipEnd, index + 1)
                }
                let start = index
                while index < bytes.endIndex, 0x20..<0x7F ~= bytes[index] { index += 1 }
                if index > start {
                    self.write(ascii: bytes[start..<index])
                    continue
                }
            }
            switch self.parser.advance(bytes[index]) {
            case .none: break
            case .character(let scalar): self.write(scalar)
            case .brokenCharacter:
                self.write("\u{FFFD}")
                continue
            case .control(let control): self.perform(control: control)
            case .escape(let final): self.perform(escape: final)
            case .csi(let final): self.perform(csi: final)
            }
            index += 1
        }
    }

    /// Gives the terminal another size, as xterm does: no line is wrapped anew, and the margins are reset.
    public mutating func resize(to size: TerminalSize) {
        guard size != self.size else { return }
        if self.isAlternate {
            Self.cut(&self.rows, to: size)
            let scrolledOff = Self.fit(&self.hidden, to: size, keeping: self.saved.row)
            self.saved.row -= scrolledOff.count
            self.keep(scrolledOff)
        } else {
            let scrolledOff = Self.fit(&self.rows, to: size, keeping: self.cursor.row)
            self.cursor.row -= scrolledOff.count
            self.keep(scrolledOff)
            if !self.hidden.isEmpty { Self.cut(&self.hidden, to: size) }
        }
        self.size = size
        self.margins = Margins(size: size)
        self.erasedTopRow = nil
        self.cursor.row = min(max(self.cursor.row, 0), size.rows - 1)
        if self.cursor.column >= size.columns {
            self.cursor.column = size.columns - 1
        }
        self.cursor.pendingWrap = false
    }

    private mutating func keep(_ rows: [TerminalRow]) {
        if self.keepsDepartedLines, !rows.isEmpty { self.departed.append(rows[...], how: .scrolledOff) }
    }

    /// Fits the main buffer: blank rows below the cursor go first, then rows scroll off the top, which it returns.
    private static func fit(
        _ rows: inout [TerminalRow], to size: TerminalSize, keeping cursorRow: Int
    ) -> [TerminalRow] {
        while rows.count > size.rows, rows.count - 1 > cursorRow, rows[rows.count - 1].writtenColumns == 0 {
            rows.removeLast()
        }
        let scrolledOff = Array(rows.prefix(max(rows.count - size.rows, 0)))
        rows.removeFirst(scrolledOff.count)
        self.cut(&rows, to: size)
        return scrolledOff
    }

    private static func cut(_ rows: inout [TerminalRow], to size: TerminalSize) {
        if rows.count > size.rows { rows.removeSubrange(size.rows...) }
        for index in rows.indices { rows[index].resize(columns: size.columns) }
        while rows.count < size.rows { rows.append(TerminalRow(columns: size.columns)) }
    }

    /// The lines that left the screen since the last call, in order; needs ``keepsDepartedLines``.
    public mutating func takeDeparted() -> [DepartedLines] { self.departed.take() }

    /// At the end of a recording: the lines that left since the last call, and those that are still there.
    public mutating func takeRemaining() -> [DepartedLines] {
        self.departed.append((self.isAlternate ? self.hidden : self.rows)[...], how: .cleared)
        if self.isAlternate { self.departed.append(self.rows[...], how: .leftAlternate) }
        return self.departed.take()
    }

    /// The rows' text, joined where lines were wrapped, without trailing blanks and blank lines at the end.
    public var text: String {
        var lines = TerminalText.lines(of: self.rows)
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines.joined(separator: "\n")
    }

    static let standardTabStops = Set(stride(from: 8, to: TerminalSize.maximumColumns, by: 8))

    /// Takes over what a state says of the two that no one else may set.
    mutating func restore(size: TerminalSize, writtenBytes: UInt64) {
        self.size = size
        self.writtenBytes = writtenBytes
    }

    /// RIS: everything as it was at the start.
    mutating func reset() {
        if self.keepsDepartedLines, !self.isAlternate { self.departed.append(self.rows[...], how: .cleared) }
        var fresh = TerminalScreen(size: self.size)
        fresh.keepsDepartedLines = self.keepsDepartedLines
        fresh.departed = self.departed
        fresh.writtenBytes = self.writtenBytes
        self = fresh
    }

    /// DECSTR: modes, margins, pen and character sets as at the start; the screen stays.
    mutating func softReset() {
        self.modes = Modes()
        self.margins = Margins(size: self.size)
        self.pen = .plain
        self.charsets = CharsetState()
        self.saved = SavedCursor()
        self.savedOnAlternate = SavedCursor()
    }
}

extension TerminalScreen {
    /// Where the next character goes, counted from 0.
    public struct Cursor: Hashable, Sendable {
        public internal(set) var row = 0
        public internal(set) var column = 0
        /// The last column was written: the next character goes to a new line.
        var pendingWrap = false
    }

    /// What modes are on, of those that change what is shown.
    public struct Modes: Hashable, Sendable {
        public internal(set) var showsCursor = true
        /// DECSCNM: foreground and background are exchanged all over.
        public internal(set) var isReversed = false
        var autowrap = true
        var insert = false
        /// LNM: a line feed returns to the first column too.
        var newline = false
        var origin = false
        /// DECLRMM: left and right margins can be set.
        var sideMargins = false
    }

    /// The scrolling region, half-open.
    struct Margins: Hashable, Sendable {
        var top = 0
        var bottom: Int
        var left = 0
        var right: Int

        init(size: TerminalSize) {
            self.bottom = size.rows
            self.right = size.columns
        }
    }

    /// DECSC's register.
    struct SavedCursor: Hashable, Sendable {
        var row = 0
        var column = 0
        var pendingWrap = false
        var pen = TerminalStyle.plain
        var charsets = CharsetState()
        var origin = false
    }
}
