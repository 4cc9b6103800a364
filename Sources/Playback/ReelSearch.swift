import RecordingFormat
import TerminalModel

/// A search through a recording's output, a frame at a time. Not thread safe.
public final class ReelSearch {
    public enum Progress: Hashable, Sendable {
        /// Not in this frame.
        case goOn
        /// When the text was complete, in microseconds.
        case found(UInt64)
        /// Not up to the end.
        case notFound
    }

    private let reader: FrameReader
    private var clock: EventClock
    private let channel: UInt32
    private var finder: TextFinder
    /// Nil: from the start.
    private let after: UInt64?

    init(_ reader: FrameReader, clock: EventClock, channel: UInt32, finder: TextFinder, after: UInt64?) {
        self.reader = reader
        self.clock = clock
        self.channel = channel
        self.finder = finder
        self.after = after
    }

    /// Searches one frame.
    /// - throws: what reading the file throws.
    public func advance() throws -> Progress {
        guard let piece = try self.reader.next() else { return .notFound }
        for event in self.clock.order(piece.events) where event.channel == self.channel {
            switch event.body {
            case .output(let bytes), .stderr(let bytes):
                // What was found before `after` makes the finder start anew all the same.
                if self.finder.feed(bytes), self.after.map({ event.time > $0 }) ?? true { return .found(event.time) }
            default: break
            }
        }
        return .goOn
    }
}

/// Finds a text among the characters that a terminal gets in a row: colours may change within it, and it may be wrapped,
/// but a line's end or a move of the cursor ends it. ASCII letters match in either case.
struct TextFinder {
    private let text: [UInt32]
    /// For each number of matched characters how many of them still match after a mismatch (Knuth, Morris, Pratt).
    private let fallback: [Int]
    private var matched = 0
    private var parser = SequenceParser()

    /// An empty text is never found.
    init(_ text: String) {
        let text = text.unicodeScalars.map { Self.folded($0) }
        var fallback = [0, 0]
        var length = 0
        for index in text.indices.dropFirst() {
            while length > 0, text[index] != text[length] { length = fallback[length] }
            if text[index] == text[length] { length += 1 }
            fallback.append(length)
        }
        self.text = text
        self.fallback = fallback
    }

    private static func folded(_ scalar: Unicode.Scalar) -> UInt32 {
        0x41...0x5A ~= scalar.value ? scalar.value + 0x20 : scalar.value
    }

    /// Whether the text ends within `bytes`. All of them are taken.
    mutating func feed(_ bytes: [UInt8]) -> Bool {
        var isFound = false
        for byte in bytes {
            if self.parser.isGround, 0x20..<0x7F ~= byte {
                isFound = self.take(Unicode.Scalar(byte)) || isFound
                continue
            }
            switch self.parser.advance(byte) {
            case .none: break
            case .character(let scalar): isFound = self.take(scalar) || isFound
            case .brokenCharacter:
                self.matched = 0
                // The parser wants the same byte again; in its ground state that completes at most a character.
                if case .character(let scalar) = self.parser.advance(byte) {
                    isFound = self.take(scalar) || isFound
                }
            case .csi(UInt8(ascii: "m")): break
            case .control, .escape, .csi: self.matched = 0
            }
        }
        return isFound
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard !self.text.isEmpty else { return false }
        let character = Self.folded(scalar)
        while self.matched > 0, self.text[self.matched] != character { self.matched = self.fallback[self.matched] }
        if self.text[self.matched] == character { self.matched += 1 }
        guard self.matched == self.text.count else { return false }
        self.matched = self.fallback[self.matched]
        return true
    }
}
