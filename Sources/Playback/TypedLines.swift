/// Lines of keys typed at a terminal, as a person reads them: the simplest editing applied, cursor and function keys
/// left out, other controls by name.
struct TypedLines: Sendable {
    private enum State: Hashable, Sendable {
        case ground
        case escape
        /// Within the sequence that a cursor or function key sends.
        case sequence
    }

    /// A line is cut after this many Unicode scalars.
    private static let maximumLine = 4096

    private var state = State.ground
    private var text = UTF8Stream()
    private var line: [Unicode.Scalar] = []

    /// The lines that `bytes` complete.
    mutating func append(_ bytes: [UInt8]) -> [String] {
        self.text.append(bytes).unicodeScalars.flatMap { self.append($0) }
    }

    private mutating func append(_ scalar: Unicode.Scalar) -> [String] {
        switch self.state {
        case .ground: return self.type(scalar)
        case .escape:
            if scalar == "[" || scalar == "O" {
                self.state = .sequence
                return []
            }
            // The Escape key and then another, as in vi.
            self.state = .ground
            return self.type("\u{241B}") + self.type(scalar)
        case .sequence:
            if !(0x20..<0x40 ~= scalar.value) { self.state = .ground }
            return []
        }
    }

    private mutating func type(_ scalar: Unicode.Scalar) -> [String] {
        switch scalar.value {
        case 0x1B: self.state = .escape
        case 0x0A, 0x0D: return self.end()
        case 0x08, 0x7F: _ = self.line.popLast()
        // Ctrl-U takes the line back.
        case 0x15: self.line.removeAll()
        case 0x09: self.line.append(scalar)
        case 0x00..<0x20: self.line += ["^", Unicode.Scalar(UInt8(scalar.value) + 0x40)]
        default: self.line.append(SafeText.harmless(scalar))
        }
        return self.line.count < Self.maximumLine ? [] : self.end()
    }

    private mutating func end() -> [String] {
        defer { self.line.removeAll() }
        return self.line.isEmpty ? [] : [String(String.UnicodeScalarView(self.line))]
    }

    /// `count` bytes that the recording does not hold: a line of their own, or the end of the one that was begun.
    mutating func hide(_ count: UInt64) -> [String] {
        self.line += self.text.finish().unicodeScalars.map(SafeText.harmless)
        self.line += "[\(count) hidden]".unicodeScalars
        self.state = .ground
        return self.end()
    }

    /// What was begun and not ended.
    mutating func finish() -> String? {
        _ = self.text.finish().unicodeScalars.map { self.append($0) }
        return self.end().first
    }
}
