/// A colour as the program asked for it.
public enum TerminalColor: Hashable, Sendable {
    /// The viewer's own foreground or background.
    case standard
    /// One of the 256 palette colours; 0 to 15 are the viewer's ANSI colours.
    case palette(UInt8)
    case rgb(UInt8, UInt8, UInt8)
}

/// How a cell is drawn.
public struct TerminalStyle: Hashable, Sendable {
    public static let plain = TerminalStyle()

    public var foreground = TerminalColor.standard
    public var background = TerminalColor.standard
    public var attributes: TerminalAttributes = []

    public init() {}

    public init(
        foreground: TerminalColor = .standard, background: TerminalColor = .standard,
        attributes: TerminalAttributes = []
    ) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }
}

/// The attributes of SGR (ECMA-48 section 8.3.117) that change how a character looks.
public struct TerminalAttributes: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let bold = TerminalAttributes(rawValue: 1 << 0)
    public static let faint = TerminalAttributes(rawValue: 1 << 1)
    public static let italic = TerminalAttributes(rawValue: 1 << 2)
    public static let underline = TerminalAttributes(rawValue: 1 << 3)
    public static let doubleUnderline = TerminalAttributes(rawValue: 1 << 4)
    public static let blink = TerminalAttributes(rawValue: 1 << 5)
    public static let inverse = TerminalAttributes(rawValue: 1 << 6)
    public static let conceal = TerminalAttributes(rawValue: 1 << 7)
    public static let strike = TerminalAttributes(rawValue: 1 << 8)
    /// Kept by selective erasure (DECSCA); not drawn.
    public static let protected = TerminalAttributes(rawValue: 1 << 9)
}
