import TerminalModel

/// Holds back the Enter of each line that is typed into a shell until the line is judged: by what the terminal shows
/// once the echo has come, and by the keys themselves. A machine without a clock: times are on the monotonic one, in
/// nanoseconds.
///
/// It is a guard-rail. What a shell makes of a line is the shell's to know: docs/supervision.md says what is seen.
struct LineGuard {
    /// What may be done with the input that waits.
    enum Step: Equatable {
        /// So many bytes may go on, which may be none; the rest waits for more output or for `deadline`.
        case pass(Int, deadline: UInt64?)
        /// So many bytes may go on; behind them is the Enter of a line to be judged.
        case judge(Int, Line)
    }

    /// A line that is about to be run.
    struct Line: Equatable {
        /// As the terminal shows it, without the prompt where that is known.
        var shown: [UInt8]
        /// As it was typed, as far as simple editing goes.
        var typed: [UInt8]
    }

    /// How long the echo of the last keys may take before the line is judged without it.
    static let echoPatience: UInt64 = 400_000_000
    /// How long a terminal has to be quiet for its echo to be whole.
    static let echoQuiet: UInt64 = 25_000_000
    private static let maximumLine = 4096

    /// nil for a shell without a terminal: there the keys are all there is.
    private var screen: TerminalScreen?
    private var typed: [UInt8] = []
    /// What stood before the cursor when the first key of the line came.
    private var prompt: [UInt8]?
    private var lastInput: UInt64 = 0
    private var lastOutput: UInt64 = 0
    /// The Enter that comes next was judged.
    private var isCleared = false
    private var escape = EscapeSkip()

    /// - parameter size: nil without a terminal.
    init(size: TerminalSize?) { self.screen = size.map { TerminalScreen(size: $0) } }

    mutating func resize(to size: TerminalSize) { self.screen?.resize(to: size) }

    mutating func shown(_ bytes: [UInt8], at now: UInt64) {
        guard !bytes.isEmpty else { return }
        self.screen?.feed(bytes)
        self.lastOutput = now
    }

    /// Looks at the input from `offset` on. The bytes that pass are taken to have been sent.
    mutating func step(_ input: UnsafeRawBufferPointer, at now: UInt64) -> Step {
        var count = 0
        for byte in input {
            guard Self.isEnter(byte) else {
                self.take(byte)
                self.lastInput = now
                count += 1
                continue
            }
            if self.isCleared {
                self.begin()
                self.lastInput = now
                count += 1
                continue
            }
            if let deadline = self.echoDeadline(at: now) { return .pass(count, deadline: deadline) }
            return .judge(count, Line(shown: self.shownLine, typed: self.typed))
        }
        return .pass(count, deadline: nil)
    }

    /// The line that was to be judged may be run: its Enter passes next.
    mutating func clear() { self.isCleared = true }

    /// Forgets the line, whose rest was dropped. What the shell shows of it still stands there.
    mutating func forget() { self.isCleared = false }

    /// CR, LF, and Ctrl-O, with which readline runs a line too.
    private static func isEnter(_ byte: UInt8) -> Bool { byte == 13 || byte == 10 || byte == 15 }

    private mutating func begin() {
        self.isCleared = false
        self.typed.removeAll(keepingCapacity: true)
        self.prompt = nil
        self.escape = EscapeSkip()
    }

    /// When the echo of what was typed counts as whole; nil if it does now.
    private func echoDeadline(at now: UInt64) -> UInt64? {
        guard self.screen != nil else { return nil }
        var deadline = self.lastInput + Self.echoPatience
        if self.lastOutput > self.lastInput { deadline = min(deadline, self.lastOutput + Self.echoQuiet) }
        return self.lastInput > 0 && now < deadline ? deadline : nil
    }

    // MARK: The keys

    private mutating func take(_ byte: UInt8) {
        if self.prompt == nil { self.prompt = self.logicalLine(beforeCursor: true) }
        guard !self.escape.skips(byte) else { return }
        switch byte {
        case 0x7F, 0x08: if !self.typed.isEmpty { self.typed.removeLast() }
        case 0x15: self.typed.removeAll(keepingCapacity: true)
        case 0x17:
            while self.typed.last == 0x20 { self.typed.removeLast() }
            while let last = self.typed.last, last != 0x20 { self.typed.removeLast() }
        case 0x03: self.typed.removeAll(keepingCapacity: true)
        case 0x20...: if self.typed.count < Self.maximumLine { self.typed.append(byte) }
        default: break
        }
    }

    // MARK: The screen

    private var shownLine: [UInt8] {
        let line = self.logicalLine(beforeCursor: false)
        guard let prompt, line.starts(with: prompt) else { return line }
        return Array(line[prompt.count...])
    }

    /// The line that the cursor stands in, over all the rows that it was wrapped to.
    private func logicalLine(beforeCursor: Bool) -> [UInt8] {
        guard let screen else { return [] }
        let cursor = screen.cursor
        var first = cursor.row
        while first > 0, screen.rows[first - 1].wraps { first -= 1 }
        var last = cursor.row
        if !beforeCursor { while last < screen.rows.count - 1, screen.rows[last].wraps { last += 1 } }
        var text: [UInt8] = []
        for row in first...last {
            let cells = screen.rows[row].cells
            let isLast = row == last
            let end = isLast ? (beforeCursor ? cursor.column : screen.rows[row].writtenColumns) : cells.count
            for cell in cells[..<end] where cell.width != 0 {
                guard cell.isWritten else {
                    text.append(0x20)
                    continue
                }
                for scalar in cell.scalars { text += Array(String(scalar).utf8) }
            }
        }
        return text.count > Self.maximumLine ? Array(text.prefix(Self.maximumLine)) : text
    }
}

/// Leaves out escape sequences of keys (ECMA-48): arrows, function keys, brackets around pasted text.
private struct EscapeSkip {
    private enum State { case ground, escape, sequence, single }
    private var state = State.ground

    /// Whether the byte belongs to one.
    mutating func skips(_ byte: UInt8) -> Bool {
        switch self.state {
        case .ground:
            guard byte == 0x1B else { return false }
            self.state = .escape
        case .escape:
            self.state = byte == UInt8(ascii: "[") ? .sequence : byte == UInt8(ascii: "O") ? .single : .ground
            // Escape before a character is vi's, or Meta: the character counts.
            return self.state != .ground
        case .sequence: if 0x40...0x7E ~= byte { self.state = .ground }
        case .single: self.state = .ground
        }
        return true
    }
}
