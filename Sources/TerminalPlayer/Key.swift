/// A key of the player.
enum Key: Hashable, Sendable {
    case left
    case right
    case up
    case down
    case home
    case end
    /// An arrow with Shift held.
    case shifted(Viewport.Direction)
    /// The Escape key: an ESC that came alone.
    case escape
    /// A character as typed, controls included.
    case character(UInt8)

    /// Where this key moves the view of a recording larger than the viewer's terminal: with Shift, an arrow or one of vi's
    /// letters for them.
    var view: Viewport.Direction? {
        switch self {
        case .shifted(let direction): direction
        case .character(UInt8(ascii: "H")): .left
        case .character(UInt8(ascii: "J")): .down
        case .character(UInt8(ascii: "K")): .up
        case .character(UInt8(ascii: "L")): .right
        case .character, .left, .right, .up, .down, .home, .end, .escape: nil
        }
    }

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
        /// After ESC `[` or ESC `O`: the first parameter and the second, which says what was held, as far as they came;
        /// `index` tells which comes now.
        case sequence(parameter: Int, modifier: Int, index: Int)
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
                self.state = .sequence(parameter: 0, modifier: 0, index: 0)
            } else if byte != 0x1B {
                self.state = .ground
            }
            return nil
        case .sequence(let parameter, let modifier, let index):
            let digit = Int(byte) - 0x30
            switch byte {
            // Another control is no part of it: the sequence was cut off.
            case 0x00..<0x20: self.state = .ground
            case 0x30..<0x3A where index == 0 && parameter < 100:
                self.state = .sequence(parameter: parameter * 10 + digit, modifier: modifier, index: 0)
            case 0x30..<0x3A where index == 1 && modifier < 100:
                self.state = .sequence(parameter: parameter, modifier: modifier * 10 + digit, index: 1)
            case UInt8(ascii: ";"):
                self.state = .sequence(parameter: parameter, modifier: modifier, index: min(index + 1, 2))
            case 0x20..<0x40: self.state = .sequence(parameter: parameter, modifier: modifier, index: 2)
            default:
                self.state = .ground
                return Self.key(final: byte, parameter: parameter, isShifted: modifier == Self.shift)
            }
            return nil
        }
    }

    /// The second parameter of a key pressed with Shift alone.
    private static let shift = 2

    private static func key(final: UInt8, parameter: Int, isShifted: Bool) -> Key? {
        switch final {
        case UInt8(ascii: "A") where isShifted: .shifted(.up)
        case UInt8(ascii: "B") where isShifted: .shifted(.down)
        case UInt8(ascii: "C") where isShifted: .shifted(.right)
        case UInt8(ascii: "D") where isShifted: .shifted(.left)
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
