import TerminalModel

/// Bytes from the network made into text that can't act on the terminal, the log or the page that shows it.
///
/// As a value it takes a stream in pieces that may end anywhere: escape sequences are taken out, a carriage return
/// ends a line (once, with the line feed that follows it), other controls are dropped, and what isn't UTF-8 becomes
/// U+FFFD.
public struct SafeText: Sendable {
    private var parser = SequenceParser()
    private var lastWasReturn = false

    public init() {}

    /// The text of the next `bytes`, as far as it is complete.
    public mutating func append(_ bytes: ArraySlice<UInt8>) -> String {
        var text = ""
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let start = index
            if self.parser.isGround {
                while index < bytes.endIndex, 0x20..<0x7F ~= bytes[index] { index += 1 }
            }
            if index > start {
                self.lastWasReturn = false
                text += String(decoding: bytes[start..<index], as: UTF8.self)
            } else {
                self.append(bytes[index], to: &text)
                index += 1
            }
        }
        return text
    }

    /// ``append(_:)-(ArraySlice<UInt8>)`` of the whole.
    public mutating func append(_ bytes: [UInt8]) -> String { self.append(bytes[...]) }

    private mutating func append(_ byte: UInt8, to text: inout String) {
        switch self.parser.advance(byte) {
        case .none, .escape, .csi: break
        case .character(let scalar):
            self.lastWasReturn = false
            text.unicodeScalars.append(Self.harmless(scalar))
        case .brokenCharacter:
            self.lastWasReturn = false
            text.unicodeScalars.append("\u{FFFD}")
            self.append(byte, to: &text)
        case .control(let control): self.append(control: control, to: &text)
        }
    }

    private mutating func append(control: UInt8, to text: inout String) {
        switch control {
        case 0x0D:
            if !self.lastWasReturn { text.unicodeScalars.append("\n") }
            self.lastWasReturn = true
            return
        case 0x0A: if !self.lastWasReturn { text.unicodeScalars.append("\n") }
        case 0x09: text.unicodeScalars.append("\t")
        default: return
        }
        self.lastWasReturn = false
    }

    /// One line for labels, names and commands: controls are shown as their pictures (U+2400 and on).
    ///
    /// - parameter limit: the number of Unicode scalars after which it is cut and ends in "…".
    public static func line(_ bytes: some Sequence<UInt8>, limit: Int = 1000) -> String {
        var scalars = String.UnicodeScalarView()
        var count = 0
        for scalar in String(decoding: Array(bytes.prefix(limit * 4)), as: UTF8.self).unicodeScalars {
            guard count < limit else {
                scalars.append("…")
                break
            }
            scalars.append(self.picture(scalar))
            count += 1
        }
        return String(scalars)
    }

    /// `scalar`, or U+FFFD if showing it could reorder text, end a line or act on a terminal.
    public static func harmless(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0: "\u{FFFD}"
        // Line and paragraph separators, directional embeddings, overrides and isolates, tags.
        case 0x2028, 0x2029, 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xE0000...0xE007F: "\u{FFFD}"
        case 0xFEFF, 0xFFF9...0xFFFB: "\u{FFFD}"
        default: scalar
        }
    }

    private static func picture(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0..<0x20: Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}"
        case 0x7F: "\u{2421}"
        default: self.harmless(scalar)
        }
    }
}
