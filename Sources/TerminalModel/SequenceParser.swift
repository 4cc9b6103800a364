/// Splits a terminal's byte stream into characters, controls and escape sequences, whatever way it arrives in pieces.
///
/// Any byte is accepted in any state, and what is kept between bytes is of fixed size (ECMA-48; the states are those
/// of DEC's VT500 parser). Text is UTF-8; what isn't valid becomes U+FFFD.
public struct SequenceParser: Hashable, Sendable {
    /// What one byte completed.
    public enum Action: Hashable, Sendable {
        /// Nothing yet.
        case none
        case character(Unicode.Scalar)
        /// The byte ended a broken character: show U+FFFD, then give the same byte again.
        case brokenCharacter
        /// A C0 control, or a C1 control as its ESC form's final byte plus 0x40.
        case control(UInt8)
        /// ESC with ``intermediates`` and this final byte.
        case escape(UInt8)
        /// CSI with ``parameters``, ``marker``, ``intermediates`` and this final byte.
        case csi(UInt8)
    }

    enum State: Hashable, Sendable {
        case ground
        /// Within a character of several bytes: bytes to come, value so far, and what the next byte may be.
        case character(remaining: UInt8, value: UInt32, least: UInt8, most: UInt8)
        case escape
        case csiStart
        case csi
        /// A CSI sequence that is not well-formed, until its final byte.
        case csiIgnored
        /// OSC, DCS, SOS, PM or APC: skipped up to its terminator. BEL ends an OSC alone.
        case string(endsAtBell: Bool)
        /// ESC within a string: `\` ends it, anything else begins a new sequence.
        case stringEscape
    }

    var state = State.ground
    public internal(set) var parameters = SequenceParameters()
    /// The private marker `<`, `=`, `>` or `?` that began the parameters, or 0.
    public internal(set) var marker: UInt8 = 0
    /// Bytes 0x20 to 0x2F before the final byte, the last one lowest; 0 when there are none.
    public internal(set) var intermediates: UInt32 = 0

    public init() {}

    /// The next byte 0x20 to 0x7E would be a character of its own.
    public var isGround: Bool { self.state == .ground }

    public mutating func advance(_ byte: UInt8) -> Action {
        switch self.state {
        case .ground: return self.ground(byte)
        case .character(let remaining, let value, let least, let most):
            return self.character(byte, remaining: remaining, value: value, allowed: least...most)
        case .string(let endsAtBell): return self.string(byte, endsAtBell: endsAtBell)
        case .stringEscape:
            self.begin()
            guard byte != UInt8(ascii: "\\") else { return self.leave(.none) }
            return self.advance(byte)
        case .escape, .csiStart, .csi, .csiIgnored: return self.sequence(byte)
        }
    }

    private mutating func leave(_ action: Action) -> Action {
        self.state = .ground
        return action
    }

    private mutating func begin() {
        self.state = .escape
        self.intermediates = 0
        self.marker = 0
    }

    private mutating func ground(_ byte: UInt8) -> Action {
        switch byte {
        case 0x1B:
            self.begin()
            return .none
        case 0x00..<0x20: return .control(byte)
        case 0x7F: return .none
        case 0x20..<0x7F: return .character(Unicode.Scalar(byte))
        // The first and second bytes of well-formed UTF-8: Unicode standard, table 3-7.
        case 0xC2...0xDF: self.expect(1, UInt32(byte & 0x1F), 0x80, 0xBF)
        case 0xE0: self.expect(2, 0, 0xA0, 0xBF)
        case 0xED: self.expect(2, 0xD, 0x80, 0x9F)
        case 0xE1...0xEF: self.expect(2, UInt32(byte & 0x0F), 0x80, 0xBF)
        case 0xF0: self.expect(3, 0, 0x90, 0xBF)
        case 0xF1...0xF3: self.expect(3, UInt32(byte & 0x07), 0x80, 0xBF)
        case 0xF4: self.expect(3, 4, 0x80, 0x8F)
        default: return .character("\u{FFFD}")
        }
        return .none
    }

    private mutating func expect(_ remaining: UInt8, _ value: UInt32, _ least: UInt8, _ most: UInt8) {
        self.state = .character(remaining: remaining, value: value, least: least, most: most)
    }

    private mutating func character(
        _ byte: UInt8, remaining: UInt8, value: UInt32, allowed: ClosedRange<UInt8>
    ) -> Action {
        guard allowed ~= byte else { return self.leave(.brokenCharacter) }
        let value = value << 6 | UInt32(byte & 0x3F)
        guard remaining == 1 else {
            self.expect(remaining - 1, value, 0x80, 0xBF)
            return .none
        }
        guard 0x80..<0xA0 ~= value else { return self.leave(.character(Unicode.Scalar(value) ?? "\u{FFFD}")) }
        // A C1 control is the same as ESC and a byte from 0x40 up.
        self.begin()
        return self.advance(UInt8(value - 0x40))
    }

    private mutating func string(_ byte: UInt8, endsAtBell: Bool) -> Action {
        switch byte {
        case 0x1B: self.state = .stringEscape
        case 0x18, 0x1A: self.state = .ground
        case 0x07 where endsAtBell: self.state = .ground
        default: break
        }
        return .none
    }

    private mutating func sequence(_ byte: UInt8) -> Action {
        switch byte {
        case 0x18, 0x1A: return self.leave(.none)
        case 0x1B:
            self.begin()
            return .none
        case 0x00..<0x20: return .control(byte)
        case 0x7F: return .none
        case 0x80...: return self.leave(.brokenCharacter)
        default: break
        }
        switch self.state {
        case .escape: return self.escape(byte)
        case .csiStart:
            self.state = .csi
            if 0x3C...0x3F ~= byte {
                self.marker = byte
                return .none
            }
            return self.csi(byte)
        case .csi: return self.csi(byte)
        default: return byte >= 0x40 ? self.leave(.none) : .none
        }
    }

    private mutating func escape(_ byte: UInt8) -> Action {
        switch byte {
        case 0x20..<0x30:
            self.collect(byte)
            return .none
        case UInt8(ascii: "[") where self.intermediates == 0:
            self.parameters.reset()
            self.state = .csiStart
            return .none
        case UInt8(ascii: "]") where self.intermediates == 0:
            self.state = .string(endsAtBell: true)
            return .none
        // ESC k is how screen and tmux name a window.
        case UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "k"):
            guard self.intermediates == 0 else { return self.leave(.escape(byte)) }
            self.state = .string(endsAtBell: false)
            return .none
        case 0x40..<0x60 where self.intermediates == 0: return self.leave(.control(byte + 0x40))
        default: return self.leave(.escape(byte))
        }
    }

    private mutating func csi(_ byte: UInt8) -> Action {
        switch byte {
        case 0x30...0x3B where self.intermediates == 0: self.parameters.append(byte)
        case 0x30..<0x40: self.state = .csiIgnored
        case 0x20..<0x30: self.collect(byte)
        default: return self.leave(.csi(byte))
        }
        return .none
    }

    private mutating func collect(_ byte: UInt8) {
        self.intermediates = self.intermediates << 8 | UInt32(byte)
    }
}
