/// Passing over output that scrolls away within one call of ``TerminalScreen/feed(_:)-(ArraySlice<UInt8>)``.
///
/// A flood of lines leaves nothing of itself but its last screenful. Where a span of bytes holds only text, controls
/// that never move up, SGR and EL, what the screen shows at its end depends on its last lines and on the pen before
/// them, and all bytes before need not be written. The result is exact, not an approximation.
extension TerminalScreen {
    /// Spans shorter than this are written as they are: looking for what to leave out would cost more.
    static let smallestSkip = 4096

    /// What to leave out at the start of a piece of output.
    struct Skip {
        /// Where the plain span ends: no further skip is possible before.
        var spanEnd: Int
        /// Where to go on; nil if all of it has to be written.
        var target: Int?
    }

    /// Takes over what bytes up to the skip's target change, if any can be left out. Returns where the span ends.
    /// - parameter index: where to go on; moved to the target.
    mutating func skip(_ bytes: ArraySlice<UInt8>, from index: inout Int) -> Int {
        guard self.canSkip else { return bytes.endIndex }
        let skip = bytes.withUnsafeBufferPointer {
            PlainSpan(bytes: $0, rows: self.size.rows).skip(from: index - bytes.startIndex)
        }
        let spanEnd = bytes.startIndex + skip.spanEnd
        guard let target = skip.target else { return spanEnd }
        let end = bytes.startIndex + target
        self.usePens(of: bytes[index..<end])
        self.cursor.row = self.size.rows - 1
        self.cursor.column = 0
        self.cursor.pendingWrap = false
        index = end
        return spanEnd
    }

    /// Every line feed at the bottom must scroll whole rows off, and nobody must want them.
    private var canSkip: Bool {
        !self.keepsDepartedLines && self.parser.isGround && self.charsets.isTransparent && !self.modes.sideMargins
            && self.margins == Margins(size: self.size)
    }

    /// Performs the SGR sequences of a plain span, from the last one that resets the pen.
    private mutating func usePens(of bytes: ArraySlice<UInt8>) {
        guard var index = bytes.withUnsafeBufferPointer({ PlainSpan.firstPen($0) }) else { return }
        index += bytes.startIndex
        while index < bytes.endIndex {
            guard bytes[index] == 0x1B else {
                index += 1
                continue
            }
            // The span's sequences are whole, and end at a letter.
            var end = index + 2
            while end < bytes.endIndex, bytes[end] < 0x40 { end += 1 }
            if end < bytes.endIndex, bytes[end] == UInt8(ascii: "m") {
                for position in index...end {
                    if case .csi(let final) = self.parser.advance(bytes[position]) { self.perform(csi: final) }
                }
            }
            index = end + 1
        }
    }
}

/// Finds the plain span at a place, and how much of it can be left out on a screen of `rows`.
private struct PlainSpan {
    let bytes: UnsafeBufferPointer<UInt8>
    let rows: Int

    func skip(from start: Int) -> TerminalScreen.Skip {
        var index = start
        var lineFeeds = 0
        while index < self.bytes.count {
            let byte = self.bytes[index]
            if byte == 0x1B {
                guard let end = self.sequenceEnd(index) else { break }
                index = end
                continue
            }
            guard Self.isPlain(byte) else { break }
            if byte == 0x0A { lineFeeds += 1 }
            index += 1
        }
        return TerminalScreen.Skip(
            spanEnd: index, target: self.target(in: start..<index, lineFeeds: lineFeeds))
    }

    /// Text, and controls that move right, left or down. 0xC2 may begin a C1 control.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 ? byte != 0xC2 : byte <= 0x0D
    }

    /// The end of an SGR or EL sequence at `start`; nil for any other.
    private func sequenceEnd(_ start: Int) -> Int? {
        var index = start + 1
        guard index < self.bytes.count, self.bytes[index] == UInt8(ascii: "[") else { return nil }
        index += 1
        while index < self.bytes.count, 0x30...0x3B ~= self.bytes[index] { index += 1 }
        guard index < self.bytes.count,
            self.bytes[index] == UInt8(ascii: "m") || self.bytes[index] == UInt8(ascii: "K")
        else { return nil }
        return index + 1
    }

    /// Where the sequences that decide the pen after the plain span `bytes` begin; nil if it has none.
    static func firstPen(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var first: Int?
        var index = bytes.count - 1
        while index >= 0 {
            if bytes[index] == 0x1B {
                first = index
                // ESC [ m and ESC [ 0 m: what was set before doesn't matter.
                let isZero = index + 2 < bytes.count && bytes[index + 2] == UInt8(ascii: "0")
                let final = index + (isZero ? 3 : 2)
                if final < bytes.count, bytes[final] == UInt8(ascii: "m") { return index }
            }
            index -= 1
        }
        return first
    }

    /// The start of a line before which the cursor has reached the bottom, whatever its row was, and after which
    /// all rows are scrolled off.
    private func target(in span: Range<Int>, lineFeeds: Int) -> Int? {
        guard lineFeeds >= 2 * self.rows else { return nil }
        var after = 0
        var index = span.upperBound - 1
        while index > span.lowerBound {
            if self.bytes[index] == 0x0A {
                let isLineStart = self.bytes[index - 1] == 0x0D
                if after >= self.rows, isLineStart, lineFeeds - after > self.rows {
                    return self.hasText(index + 1..<span.upperBound) ? index + 1 : nil
                }
                after += 1
            }
            index -= 1
        }
        return nil
    }

    /// A character that is written makes the last one written before it matter no more.
    private func hasText(_ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = self.bytes[index]
            if 0x20..<0x7F ~= byte { return true }
            index = byte == 0x1B ? (self.sequenceEnd(index) ?? range.upperBound) : index + 1
        }
        return false
    }
}
