import Glibc

/// Reads a program's output for what tells of echo: text, line ends, the alternate screen, and a cursor that stands
/// right behind a question for a secret. No screen is kept.
struct KeystrokeOutput {
    /// What a byte was to the terminal.
    enum Piece {
        /// A byte of text; of UTF-8, each byte.
        case text
        case lineFeed, carriageReturn
        /// It moved the cursor or changed the screen.
        case action
        /// Nothing yet, or nothing to see: colours, modes, titles.
        case nothing
    }

    /// Row and column, from 0. Relative to an unknown place until the program has said one.
    private struct Position: Equatable {
        var row = 0
        var column = 0
        var isAbsolute = false
    }

    /// States of ECMA-48 sequences, as far as needed to find their ends.
    private enum State { case ground, escape, designation, sequence, string, stringEscape }

    private var state = State.ground
    private var parameters: [Int] = []
    private var isPrivate = false
    private var position = Position()
    private var saved = Position()
    private var columns = 80
    private var rows = 24
    /// The row, counted from 1, below which nothing scrolls (DECSTBM).
    private var bottom = 24
    /// The text that ends at the cursor, without a jump within it.
    private var tail: [UInt8] = []
    /// Where the cursor stood when it jumped away from a question for a secret.
    private var question: Position?

    /// A full-screen program has the terminal.
    private(set) var isAlternate = false

    /// Bytes of text that a question is looked for in.
    private static let tailBytes = 160
    /// Longest CSI parameter that counts, and how many of them.
    private static let parameterLimit = 9_999
    private static let parameterCount = 16

    mutating func resize(columns: UInt32, rows: UInt32) {
        self.columns = Int(min(max(columns, 1), 9_999))
        self.rows = Int(min(max(rows, 1), 9_999))
        self.bottom = self.rows
    }

    /// The cursor is where a question for a secret has just ended. Programs that draw a status line in between, as tmux
    /// does, bring it back there.
    var isAtSecretQuestion: Bool {
        self.question == self.position || KeystrokeQuestion.asksForSecret(self.tail)
    }

    /// Takes what nobody has to compare: only escape sequences count, and the cursor's column is lost.
    mutating func skim(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        while let byte = rest.first {
            if self.state == .ground, byte != 0x1B {
                rest = Self.fromEscape(rest)
                continue
            }
            _ = self.advance(byte)
            rest = rest.dropFirst()
        }
        self.tail.removeAll(keepingCapacity: true)
        self.question = nil
        self.position.isAbsolute = false
    }

    private static func fromEscape(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        let all = UnsafeRawBufferPointer(rebasing: bytes)
        guard let start = all.baseAddress, let found = memchr(start, 0x1B, all.count) else {
            return bytes.dropFirst(bytes.count)
        }
        return bytes.dropFirst(UnsafeRawPointer(found) - start)
    }

    mutating func advance(_ byte: UInt8) -> Piece {
        switch self.state {
        case .ground: return byte >= 0x20 && byte != 0x7F ? self.text(byte) : self.control(byte)
        case .escape: return self.escape(byte)
        case .designation:
            self.state = .ground
            return .nothing
        case .sequence: return self.sequence(byte)
        case .string:
            if byte == 0x07 || byte == 0x18 || byte == 0x1A { self.state = .ground }
            if byte == 0x1B { self.state = .stringEscape }
            return .nothing
        case .stringEscape:
            self.state = byte == UInt8(ascii: "\\") ? .ground : .string
            return .nothing
        }
    }

    private mutating func text(_ byte: UInt8) -> Piece {
        if self.question == self.position { self.question = nil }
        self.tail.append(byte)
        if self.tail.count > Self.tailBytes { self.tail.removeFirst(Self.tailBytes / 2) }
        // Continuation bytes of UTF-8 take no room. That some characters take two columns is left out of account.
        guard byte & 0xC0 != 0x80 else { return .text }
        if self.position.column >= self.columns {
            self.position.column = 0
            self.downOneRow()
        }
        self.position.column += 1
        return .text
    }

    private mutating func downOneRow() {
        let isLast = self.position.row == self.bottom - 1 || self.position.row == self.rows - 1
        if !self.position.isAbsolute || !isLast { self.position.row += 1 }
    }

    private mutating func control(_ byte: UInt8) -> Piece {
        switch byte {
        case 0x1B:
            self.state = .escape
            return .nothing
        case 0x0A:
            self.question = nil
            self.tail.removeAll(keepingCapacity: true)
            self.downOneRow()
            return .lineFeed
        case 0x0D:
            self.leave()
            self.position.column = 0
            return .carriageReturn
        case 0x08:
            self.leave()
            self.position.column = max(self.position.column - 1, 0)
            return .action
        case 0x09:
            self.position.column = (self.position.column / 8 + 1) * 8
            return .action
        default: return .nothing
        }
    }

    /// The cursor goes elsewhere.
    private mutating func leave() {
        if KeystrokeQuestion.asksForSecret(self.tail) { self.question = self.position }
        self.tail.removeAll(keepingCapacity: true)
    }

    private mutating func escape(_ byte: UInt8) -> Piece {
        self.state = .ground
        switch byte {
        case UInt8(ascii: "["):
            self.state = .sequence
            self.parameters.removeAll(keepingCapacity: true)
            self.isPrivate = false
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"), UInt8(ascii: "X"):
            self.state = .string
        case 0x20...0x2F: self.state = .designation
        case UInt8(ascii: "7"): self.saved = self.position
        case UInt8(ascii: "8"):
            self.leave()
            self.position = self.saved
            return .action
        case UInt8(ascii: "M"), UInt8(ascii: "D"), UInt8(ascii: "E"), UInt8(ascii: "c"):
            self.leave()
            self.position.isAbsolute = false
            return .action
        default: break
        }
        return .nothing
    }

    private mutating func sequence(_ byte: UInt8) -> Piece {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            if self.parameters.isEmpty { self.parameters.append(0) }
            let last = self.parameters.count - 1
            self.parameters[last] = min(
                self.parameters[last] * 10 + Int(byte - UInt8(ascii: "0")), Self.parameterLimit)
        case UInt8(ascii: ";"), UInt8(ascii: ":"):
            if self.parameters.isEmpty { self.parameters.append(0) }
            if self.parameters.count < Self.parameterCount { self.parameters.append(0) }
        case UInt8(ascii: "?"), UInt8(ascii: "<"), UInt8(ascii: "="), UInt8(ascii: ">"): self.isPrivate = true
        case 0x40...0x7E:
            self.state = .ground
            return self.finish(byte)
        case 0x1B: self.state = .escape
        case 0x18, 0x1A: self.state = .ground
        default: break
        }
        return .nothing
    }

    /// Parameter `index`; 1 where it is missing or 0, as cursor movements have it.
    private func number(_ index: Int) -> Int {
        index < self.parameters.count ? max(self.parameters[index], 1) : 1
    }

    private mutating func finish(_ final: UInt8) -> Piece {
        switch final {
        case UInt8(ascii: "m"), UInt8(ascii: "n"), UInt8(ascii: "c"), UInt8(ascii: "q"), UInt8(ascii: "t"),
            UInt8(ascii: "p"), UInt8(ascii: "u"):
            return .nothing
        case UInt8(ascii: "h"), UInt8(ascii: "l"):
            guard self.isPrivate, self.parameters.contains(where: { [47, 1047, 1049].contains($0) }) else {
                return .nothing
            }
            self.leave()
            self.isAlternate = final == UInt8(ascii: "h")
            self.position.isAbsolute = false
        case UInt8(ascii: "K"), UInt8(ascii: "J"), UInt8(ascii: "X"), UInt8(ascii: "P"), UInt8(ascii: "@"):
            // They leave the cursor where it is.
            break
        default:
            self.leave()
            self.move(final)
        }
        return .action
    }

    private mutating func move(_ final: UInt8) {
        switch final {
        case UInt8(ascii: "A"): self.position.row -= self.number(0)
        case UInt8(ascii: "B"): self.position.row += self.number(0)
        case UInt8(ascii: "C"): self.position.column += self.number(0)
        case UInt8(ascii: "D"): self.position.column = max(self.position.column - self.number(0), 0)
        case UInt8(ascii: "G"): self.position.column = self.number(0) - 1
        case UInt8(ascii: "d"): self.position.row = self.number(0) - 1
        case UInt8(ascii: "H"), UInt8(ascii: "f"):
            self.position = Position(row: self.number(0) - 1, column: self.number(1) - 1, isAbsolute: true)
        case UInt8(ascii: "r") where !self.isPrivate:
            let bottom = self.parameters.count > 1 ? self.parameters[1] : 0
            self.bottom = (1...self.rows).contains(bottom) ? bottom : self.rows
            self.position = Position(isAbsolute: true)
        default: break
        }
    }
}
