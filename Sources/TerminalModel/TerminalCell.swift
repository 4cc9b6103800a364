/// One character position of a terminal: a character with up to three combining marks, and its style.
public struct TerminalCell: Hashable, Sendable {
    /// Nothing was ever written here.
    public static let blank = TerminalCell()

    /// The Unicode scalar shown, or 0 for a cell that is unwritten or the right half of a wide character.
    var scalar: UInt32 = 0
    /// Zero-width scalars on top of `scalar`, in order; 0 where there is none.
    var marks: (UInt32, UInt32, UInt32) = (0, 0, 0)
    public internal(set) var style = TerminalStyle.plain
    /// Columns taken: 1, or 2 for a wide character whose next cell is its right half, or 0 for that half.
    public internal(set) var width: UInt8 = 1

    public init() {}

    /// A cell for a single scalar; `width` as in ``CharacterWidth``.
    public init(_ scalar: Unicode.Scalar, width: Int = 1, style: TerminalStyle = .plain) {
        self.scalar = scalar.value
        self.width = UInt8(clamping: width)
        self.style = style
    }

    /// What stands right of a wide character.
    public static func rightHalf(style: TerminalStyle = .plain) -> TerminalCell {
        var cell = TerminalCell()
        cell.width = 0
        cell.style = style
        return cell
    }

    /// The same cell with another style.
    public func styled(_ style: TerminalStyle) -> TerminalCell {
        var cell = self
        cell.style = style
        return cell
    }

    init(erasedWith style: TerminalStyle) {
        self.style = TerminalStyle(background: style.background)
    }

    /// Whether something was written here, a space included.
    public var isWritten: Bool { self.scalar != 0 || self.width == 0 }

    /// The scalars shown, base first; none for an unwritten cell and for a right half.
    public var scalars: [Unicode.Scalar] {
        [self.scalar, self.marks.0, self.marks.1, self.marks.2].filter { $0 != 0 }.compactMap(Unicode.Scalar.init)
    }

    /// Adds a zero-width scalar; one that finds no room is dropped.
    mutating func combine(_ mark: Unicode.Scalar) {
        if self.marks.0 == 0 {
            self.marks.0 = mark.value
        } else if self.marks.1 == 0 {
            self.marks.1 = mark.value
        } else if self.marks.2 == 0 {
            self.marks.2 = mark.value
        }
    }

    public static func == (a: TerminalCell, b: TerminalCell) -> Bool {
        a.scalar == b.scalar && a.marks == b.marks && a.style == b.style && a.width == b.width
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.scalar)
        hasher.combine(self.marks.0)
        hasher.combine(self.marks.1)
        hasher.combine(self.marks.2)
        hasher.combine(self.style)
        hasher.combine(self.width)
    }
}
