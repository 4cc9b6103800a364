/// A character set that ESC ( and its kin select for the bytes 0x20 to 0x7E.
enum Charset: Hashable, Sendable {
    case ascii
    case unitedKingdom
    /// DEC Special Graphics: lines and corners.
    case lineDrawing

    init(designator: UInt8) {
        switch designator {
        case UInt8(ascii: "0"): self = .lineDrawing
        case UInt8(ascii: "A"): self = .unitedKingdom
        default: self = .ascii
        }
    }

    func map(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch self {
        case .ascii: return scalar
        case .unitedKingdom: return scalar == "#" ? "£" : scalar
        case .lineDrawing:
            guard 0x5F...0x7E ~= scalar.value else { return scalar }
            return Self.lines[Int(scalar.value - 0x5F)]
        }
    }

    /// For 0x5F to 0x7E, as in the VT220 manual's table of the DEC Special Graphics set.
    private static let lines: [Unicode.Scalar] = [
        " ", "\u{25C6}", "\u{2592}", "\u{2409}", "\u{240C}", "\u{240D}", "\u{240A}", "\u{B0}", "\u{B1}",
        "\u{2424}", "\u{240B}", "\u{2518}", "\u{2510}", "\u{250C}", "\u{2514}", "\u{253C}", "\u{23BA}", "\u{23BB}",
        "\u{2500}", "\u{23BC}", "\u{23BD}", "\u{251C}", "\u{2524}", "\u{2534}", "\u{252C}", "\u{2502}", "\u{2264}",
        "\u{2265}", "\u{3C0}", "\u{2260}", "\u{A3}", "\u{B7}",
    ]
}

/// The four designated character sets and which of them is in use.
struct CharsetState: Hashable, Sendable {
    var designated: (Charset, Charset, Charset, Charset) = (.ascii, .ascii, .ascii, .ascii)
    /// Index of the set that locking shifts chose.
    var active = 0
    /// Index of the set that holds for one character (SS2, SS3).
    var single: Int?

    /// Characters pass as they are.
    var isTransparent: Bool { self.single == nil && self[self.active] == .ascii }

    subscript(index: Int) -> Charset {
        get {
            switch index {
            case 0: self.designated.0
            case 1: self.designated.1
            case 2: self.designated.2
            default: self.designated.3
            }
        }
        set {
            switch index {
            case 0: self.designated.0 = newValue
            case 1: self.designated.1 = newValue
            case 2: self.designated.2 = newValue
            default: self.designated.3 = newValue
            }
        }
    }

    mutating func map(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        let set = self[self.single ?? self.active]
        self.single = nil
        return set.map(scalar)
    }

    static func == (a: CharsetState, b: CharsetState) -> Bool {
        a.designated == b.designated && a.active == b.active && a.single == b.single
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(self.designated.0)
        hasher.combine(self.designated.1)
        hasher.combine(self.designated.2)
        hasher.combine(self.designated.3)
        hasher.combine(self.active)
        hasher.combine(self.single)
    }
}
