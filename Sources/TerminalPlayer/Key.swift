/// A key of the player.
enum Key: Hashable, Sendable {
    case left
    case right
    case up
    case down
    case home
    case end
    /// The Escape key: an ESC that came alone.
    case escape
    /// A character as typed, controls included.
    case character(UInt8)

    static let interrupt = Key.character(0x03)
    static let endOfInput = Key.character(0x04)
    static let redraw = Key.character(0x0C)
    static let suspend = Key.character(0x1A)
    static let enter = Key.character(0x0D)
}

/// Keys from what a terminal sends. Sequences that mean nothing here are skipped as a whole.
struct KeyDecoder {
    private enum State {
        case ground
        case escape
        /// After ESC `[` or ESC `O`: the first parameter as far as it came, and whether it is over.
        case sequence(parameter: Int, isOver: Bool)
    }

    private var state = State.ground

    mutating func keys(_ bytes: [UInt8]) -> [Key] {
        // A sequence comes in one piece; an ESC left over from before was the Escape key.
        if case .escape = self.state { self.state = .ground }
        let keys = bytes.compactMap { self.key($0) }
        return bytes == [0x1B] ? [.escape] : keys
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
                self.state = .sequence(parameter: 0, isOver: false)
            } else if byte != 0x1B {
                self.state = .ground
            }
            return nil
        case .sequence(let parameter, let isOver):
            switch byte {
            // Another control is no part of it: the sequence was cut off.
            case 0x00..<0x20: self.state = .ground
            case 0x30..<0x3A where !isOver && parameter < 100:
                self.state = .sequence(parameter: parameter * 10 + Int(byte - 0x30), isOver: false)
            case 0x20..<0x40: self.state = .sequence(parameter: parameter, isOver: true)
            default:
                self.state = .ground
                return Self.key(final: byte, parameter: parameter)
            }
            return nil
        }
    }

    private static func key(final: UInt8, parameter: Int) -> Key? {
        switch final {
        case UInt8(ascii: "A"): .up
        case UInt8(ascii: "B"): .down
        case UInt8(ascii: "C"): .right
        case UInt8(ascii: "D"): .left
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "F"): .end
        case UInt8(ascii: "~") where parameter == 1 || parameter == 7: .home
        case UInt8(ascii: "~") where parameter == 4 || parameter == 8: .end
        default: nil
        }
    }
}
