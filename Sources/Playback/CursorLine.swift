import TerminalModel

/// The line that a terminal's cursor is on, from the output since the last line feed. Cheap for floods of output:
/// a screen is made only to read it.
struct CursorLine: Sendable {
    enum Stop: Hashable, Sendable {
        /// A line feed comes next.
        case lineEnd
        /// The shell says that its prompt ends here (OSC 133 B).
        case promptEnd
    }

    private enum State: Hashable, Sendable {
        case ground
        case escape
        /// Within a control sequence or an operating system command, with its first bytes.
        case sequence([UInt8])
        /// Within a control sequence that sets no mode.
        case otherSequence
        case command([UInt8])
    }

    /// Bytes kept of a line; of a longer one the end.
    private static let maximumTail = 8192
    /// A sequence's bytes that are looked at.
    private static let maximumSequence = 16

    var size = TerminalSize.standard
    /// A full-screen program has the terminal.
    private(set) var isAlternate = false
    private var tail: [UInt8] = []
    private var state = State.ground
    private var isAtLineFeed = false

    /// Takes bytes off the front up to the next stop; nil when there is none in them.
    /// - parameter stopsAtLineEnds: false passes over line feeds, since nobody wants the lines before them.
    mutating func append(_ bytes: inout ArraySlice<UInt8>, stopsAtLineEnds: Bool) -> Stop? {
        var index = bytes.startIndex
        var lineStart = index
        var stop: Stop?
        while index < bytes.endIndex, stop == nil {
            if self.isAtLineFeed {
                self.isAtLineFeed = false
                self.tail.removeAll(keepingCapacity: true)
                lineStart = index
            }
            if case .ground = self.state {
                while index < bytes.endIndex, bytes[index] != 0x1B, bytes[index] != 0x0A { index += 1 }
                guard index < bytes.endIndex else { break }
            }
            stop = self.advance(bytes[index])
            index += 1
            if stop == .lineEnd, !stopsAtLineEnds { stop = nil }
        }
        self.keep(bytes[lineStart..<index])
        bytes = bytes[index...]
        return stop
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        self.tail += bytes.suffix(Self.maximumTail)
        if self.tail.count > 2 * Self.maximumTail { self.tail.removeFirst(self.tail.count - Self.maximumTail) }
    }

    private mutating func advance(_ byte: UInt8) -> Stop? {
        switch self.state {
        case .ground:
            if byte == 0x0A {
                self.isAtLineFeed = true
                return .lineEnd
            }
            self.state = .escape
        case .escape:
            switch byte {
            case UInt8(ascii: "["): self.state = .sequence([])
            case UInt8(ascii: "]"): self.state = .command([])
            case 0x1B: break
            default: self.state = .ground
            }
        case .sequence(let bytes):
            guard byte >= 0x40 || byte == 0x1B else {
                if bytes.isEmpty, byte != UInt8(ascii: "?") {
                    self.state = .otherSequence
                } else if bytes.count < Self.maximumSequence {
                    self.state = .sequence(bytes + [byte])
                }
                return nil
            }
            self.state = byte == 0x1B ? .escape : .ground
            if byte == UInt8(ascii: "h") || byte == UInt8(ascii: "l") {
                self.setMode(bytes, byte == UInt8(ascii: "h"))
            }
        case .otherSequence:
            if byte == 0x1B { self.state = .escape } else if byte >= 0x40 { self.state = .ground }
        case .command(let bytes):
            guard byte == 0x07 || byte == 0x1B else {
                if bytes.count < Self.maximumSequence { self.state = .command(bytes + [byte]) }
                return nil
            }
            self.state = byte == 0x1B ? .escape : .ground
            // FinalTerm's marks; parameters may follow.
            if bytes.starts(with: "133;B".utf8) { return .promptEnd }
        }
        return nil
    }

    private mutating func setMode(_ parameters: [UInt8], _ isOn: Bool) {
        guard parameters.first == UInt8(ascii: "?") else { return }
        for mode in parameters.dropFirst().split(separator: UInt8(ascii: ";"))
        where ["1049", "1047", "47"].contains(where: { mode.elementsEqual($0.utf8) }) {
            self.isAlternate = isOn
        }
    }

    private var screen: TerminalScreen {
        var screen = TerminalScreen(size: self.size)
        screen.feed(self.tail[...].dropLast(self.isAtLineFeed ? 1 : 0))
        return screen
    }

    /// The whole line, joined where it was wrapped, without trailing spaces.
    var text: String { self.screen.text }

    /// The line up to the cursor, trailing spaces included, and from the cursor on.
    var textAroundCursor: (before: String, behind: String) {
        let screen = self.screen
        var before = ""
        for row in screen.rows[..<screen.cursor.row] { before += row.text }
        let row = screen.rows[screen.cursor.row]
        func text(_ cells: ArraySlice<TerminalCell>) -> String {
            String(String.UnicodeScalarView(cells.flatMap { $0.isWritten ? $0.scalars : [" "] }))
        }
        let written = row.cells[..<row.writtenColumns]
        before += text(written.prefix(screen.cursor.column))
        return (before, text(written.dropFirst(screen.cursor.column)))
    }
}
