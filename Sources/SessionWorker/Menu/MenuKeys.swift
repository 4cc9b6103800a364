/// What a key means in the menu.
enum MenuKey: Hashable {
    case character(Unicode.Scalar)
    case backspace, clear, deleteWord
    case up, down, pageUp, pageDown, first, last
    case enter
    case leave
}

/// Turns the bytes of a terminal into keys, one byte at a time, whatever they are. Sequences that mean nothing here
/// are read to their end and dropped.
struct MenuKeyDecoder {
    private enum State {
        case ground
        /// Behind an escape byte that came at this time, in nanoseconds.
        case escape(since: UInt64)
        /// Inside a control sequence (ECMA-48 section 5.4): the parameters so far.
        case sequence([UInt8])
        /// Behind the `ESC O` with which terminals in application mode begin arrows.
        case single
    }

    private var state = State.ground
    /// The bytes so far of a character of several bytes.
    private var partial: [UInt8] = []

    /// How long an escape byte waits for the rest of a key, in nanoseconds: who only pressed Esc sends no more.
    private static let patience: UInt64 = 200_000_000
    /// Longest parameters that are looked at; further ones are dropped.
    private static let maximumParameters = 16

    private static let escape: UInt8 = 0x1B

    /// When an escape byte that came alone becomes a key, if one waits.
    var deadline: UInt64? { if case .escape(let since) = self.state { since + Self.patience } else { nil } }

    /// Time has passed.
    mutating func expired(at now: UInt64) -> MenuKey? {
        guard let deadline = self.deadline, now >= deadline else { return nil }
        self.state = .ground
        return .leave
    }

    mutating func received(_ byte: UInt8, at now: UInt64) -> MenuKey? {
        switch self.state {
        case .ground: return self.ground(byte, at: now)
        case .escape:
            self.state = .ground
            switch byte {
            case UInt8(ascii: "["): self.state = .sequence([])
            case UInt8(ascii: "O"): self.state = .single
            case Self.escape: return .leave
            case 0..<0x20: return self.ground(byte, at: now)
            default: break
            }
            return nil
        case .single:
            self.state = .ground
            return byte < 0x20 ? self.ground(byte, at: now) : Self.key(final: byte, parameters: [])
        case .sequence(var parameters):
            switch byte {
            case 0x20...0x3F:
                if parameters.count < Self.maximumParameters { parameters.append(byte) }
                self.state = .sequence(parameters)
                return nil
            case 0x40...0x7E:
                self.state = .ground
                return Self.key(final: byte, parameters: parameters)
            default:
                self.state = .ground
                return self.ground(byte, at: now)
            }
        }
    }

    private mutating func ground(_ byte: UInt8, at now: UInt64) -> MenuKey? {
        if byte >= 0x80 { return self.continued(byte) }
        self.partial.removeAll()
        switch byte {
        case Self.escape:
            self.state = .escape(since: now)
            return nil
        case 0x0D, 0x0A: return .enter
        case 0x03, 0x04: return .leave
        case 0x08, 0x7F: return .backspace
        case 0x15: return .clear
        case 0x17: return .deleteWord
        case 0x10: return .up
        case 0x0E, 0x09: return .down
        case 0x20..<0x7F: return .character(Unicode.Scalar(byte))
        default: return nil
        }
    }

    /// A byte of a UTF-8 character that has several (RFC 3629 section 3).
    private mutating func continued(_ byte: UInt8) -> MenuKey? {
        if byte >= 0xC0 { self.partial.removeAll() } else if self.partial.isEmpty { return nil }
        self.partial.append(byte)
        let length = self.partial[0] >= 0xF0 ? 4 : self.partial[0] >= 0xE0 ? 3 : 2
        guard self.partial.count >= length else { return nil }
        defer { self.partial.removeAll() }
        guard let scalar = String(validating: self.partial, as: UTF8.self)?.unicodeScalars.first else { return nil }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return nil
        default: return .character(scalar)
        }
    }

    private static func key(final: UInt8, parameters: [UInt8]) -> MenuKey? {
        switch final {
        case UInt8(ascii: "A"): return .up
        case UInt8(ascii: "B"): return .down
        case UInt8(ascii: "H"): return .first
        case UInt8(ascii: "F"): return .last
        case UInt8(ascii: "~"):
            switch String(decoding: parameters.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self) {
            case "1", "7": return .first
            case "4", "8": return .last
            case "5": return .pageUp
            case "6": return .pageDown
            default: return nil
            }
        default: return nil
        }
    }
}
