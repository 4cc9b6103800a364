/// A key of the player.
enum Key: Hashable, Sendable {
    case left
    case right
    case up
    case down
    case home
    case end
    /// A character as typed, controls included.
    case character(UInt8)

    static let interrupt = Key.character(0x03)
    static let endOfInput = Key.character(0x04)
    static let redraw = Key.character(0x0C)
    static let suspend = Key.character(0x1A)
}

/// Keys from what a terminal sends. Sequences that mean nothing here are skipped as a whole.
struct KeyDecoder {
    private enum State {
        case ground
        case escape
        /// After ESC `[` or ESC `O`: the last parameter's first digit so far.
        case sequence(UInt8?)
    }

    private var state = State.ground

    mutating func keys(_ bytes: [UInt8]) -> [Key] {
        // A sequence comes in one piece; an ESC left over from before was the Escape key.
        if case .escape = self.state { self.state = .ground }
        return bytes.compactMap { self.key($0) }
    }

    private mutating func key(_ byte: UInt8) -> Key? {
        switch self.state {
        case .ground:
            guard byte != 0x1B else {
                self.state = .escape
                return nil
            }
            return .character(byte)
        case .escape:
            if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "O") {
                self.state = .sequence(nil)
            } else if byte != 0x1B {
                self.state = .ground
            }
            return nil
        case .sequence(let digit):
            guard 0x40...0x7E ~= byte else {
                // Another control is no part of it: the sequence was cut off.
                if byte < 0x20 { self.state = .ground }
                else if digit == nil { self.state = .sequence(byte) }
                return nil
            }
            self.state = .ground
            return Self.key(final: byte, digit: digit)
        }
    }

    private static func key(final: UInt8, digit: UInt8?) -> Key? {
        switch final {
        case UInt8(ascii: "A"): .up
        case UInt8(ascii: "B"): .down
        case UInt8(ascii: "C"): .right
        case UInt8(ascii: "D"): .left
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "F"): .end
        case UInt8(ascii: "~"):
            switch digit {
            case UInt8(ascii: "1"), UInt8(ascii: "7"): .home
            case UInt8(ascii: "4"), UInt8(ascii: "8"): .end
            default: nil
            }
        default: nil
        }
    }
}
