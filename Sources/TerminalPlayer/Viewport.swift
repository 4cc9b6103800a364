import TerminalModel

/// Which part of a recorded screen shows where it is larger than the viewer's: what is around its cursor, until the
/// viewer moves it.
struct Viewport: Hashable, Sendable {
    enum Direction: Hashable, Sendable { case left, right, up, down }

    /// First row and column that show; nil follows the cursor.
    private(set) var corner: Frame.Position?

    /// Rows and columns of one step.
    private static let rowStep = 4
    private static let columnStep = 8

    /// - parameter part: what shows now.
    mutating func move(_ direction: Direction, from part: VisiblePart) {
        var corner = Frame.Position(row: part.rows.source, column: part.columns.source)
        switch direction {
        case .left: corner.column -= Self.columnStep
        case .right: corner.column += Self.columnStep
        case .up: corner.row -= Self.rowStep
        case .down: corner.row += Self.rowStep
        }
        corner.row = min(max(corner.row, 0), part.rows.recorded - part.rows.count)
        corner.column = min(max(corner.column, 0), part.columns.recorded - part.columns.count)
        self.corner = corner
    }

    mutating func followCursor() { self.corner = nil }
}

/// What shows of a recorded screen, and where in the box that it has.
struct VisiblePart: Hashable, Sendable {
    /// Rows, or columns.
    struct Extent: Hashable, Sendable {
        /// Of the whole recorded screen.
        let recorded: Int
        /// The first that shows, and where it goes in the box.
        let source: Int
        let target: Int
        let count: Int

        /// In the middle of the box if all of it fits; else from `corner` on, or so that the cursor is among it.
        init(_ recorded: Int, in available: Int, from corner: Int?, cursor: Int) {
            self.recorded = recorded
            self.count = min(recorded, available)
            self.target = (available - self.count) / 2
            self.source = min(max(corner ?? cursor - available + 1, 0), recorded - self.count)
        }

        fileprivate var hidesBefore: Bool { self.source > 0 }
        fileprivate var hidesAfter: Bool { self.source + self.count < self.recorded }
    }

    let rows: Extent
    let columns: Extent

    var isAll: Bool { self.rows.count == self.rows.recorded && self.columns.count == self.columns.recorded }

    /// `132×43 →↓ HJKL`: the size of what was recorded, where more of it is, and the keys that go there. Nil if all of it
    /// shows.
    var label: String? {
        guard !self.isAll else { return nil }
        let sides = [
            (self.columns.hidesBefore, "←"), (self.columns.hidesAfter, "→"), (self.rows.hidesBefore, "↑"),
            (self.rows.hidesAfter, "↓"),
        ]
        return "\(self.columns.recorded)×\(self.rows.recorded) " + sides.map { $0.0 ? $0.1 : "" }.joined() + " HJKL"
    }
}
