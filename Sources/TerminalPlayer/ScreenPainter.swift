import TerminalModel

/// Shows recorded screens on a terminal of just their size, such as one in a browser, by what changes from one to the
/// next.
///
/// Of a recording it writes characters and styles alone, made harmless; every escape sequence is its own: colours,
/// where the cursor goes, and whether it shows.
public struct ScreenPainter: Sendable {
    /// What turns the last screen into the next.
    public struct Change: Hashable, Sendable {
        public var size: TerminalSize
        /// UTF-8 text, which is complete by itself after a change of the size.
        public var bytes: [UInt8]
    }

    private var shown: Frame?

    public init() {}

    /// Nil where nothing has changed.
    public mutating func paint(_ screen: TerminalScreen) -> Change? {
        var frame = Frame(size: screen.size)
        Letterbox(rows: 0..<screen.size.rows, columns: screen.size.columns).draw(screen, into: &frame)
        let bytes = FramePainter.paint(from: self.shown, to: frame)
        self.shown = frame
        return bytes.isEmpty ? nil : Change(size: screen.size, bytes: bytes)
    }
}
