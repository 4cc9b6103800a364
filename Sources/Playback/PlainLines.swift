/// Lines of a byte stream that no terminal shows: a program's output, errors or input.
struct PlainLines: Sendable {
    enum Piece: Hashable, Sendable {
        case line(String)
        /// So many bytes that are not text.
        case binary(UInt64)
    }

    /// A line is cut after this many bytes of UTF-8.
    static let maximumLine = 64 * 1024

    private var safe = SafeText()
    private var line = ""
    private var binaryBytes: UInt64 = 0
    /// A carriage return alone was seen: what comes next overwrites the line, as progress bars do.
    private var overwrites = false

    /// What the next `bytes` complete. A piece that holds a NUL byte is taken for binary data.
    mutating func append(_ bytes: [UInt8]) -> [Piece] {
        guard !bytes.contains(0) else {
            let pieces = self.binaryBytes == 0 ? self.endLine() : []
            self.binaryBytes += UInt64(bytes.count)
            return pieces
        }
        var pieces = self.endBinary()
        // SafeText would end a line at a carriage return.
        let parts = bytes.split(omittingEmptySubsequences: false, whereSeparator: { $0 == 0x0D })
        for (index, part) in parts.enumerated() {
            if index > 0 { self.overwrites = true }
            pieces += self.append(part: part)
        }
        return pieces
    }

    private mutating func append(part: ArraySlice<UInt8>) -> [Piece] {
        guard let first = part.first else { return [] }
        if self.overwrites, first != 0x0A { self.line = "" }
        self.overwrites = false
        var pieces: [Piece] = []
        let lines = self.safe.append(part).utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            if index > 0 {
                pieces.append(.line(self.line))
                self.line = ""
            }
            self.line += String(Substring(line))
            if self.line.utf8.count >= Self.maximumLine { pieces += self.endLine() }
        }
        return pieces
    }

    private mutating func endLine() -> [Piece] {
        guard !self.line.isEmpty else { return [] }
        defer { self.line = "" }
        return [.line(self.line)]
    }

    private mutating func endBinary() -> [Piece] {
        guard self.binaryBytes > 0 else { return [] }
        defer { self.binaryBytes = 0 }
        return [.binary(self.binaryBytes)]
    }

    /// What was begun and not ended.
    mutating func finish() -> [Piece] { self.endLine() + self.endBinary() }
}
