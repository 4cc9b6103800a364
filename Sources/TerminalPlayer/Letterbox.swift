import TerminalModel

/// Fits a recorded screen into a part of the viewer's: in the middle if it is smaller, a part of it if larger.
struct Letterbox {
    /// The rows of the frame that the recording may use; all of its columns.
    let rows: Range<Int>
    let columns: Int

    private static let border = TerminalStyle(attributes: .faint)

    /// What of `screen` has room.
    func part(of screen: TerminalScreen, _ viewport: Viewport) -> VisiblePart {
        VisiblePart(
            rows: .init(
                screen.size.rows, in: self.rows.count, from: viewport.corner?.row, cursor: screen.cursor.row),
            columns: .init(
                screen.size.columns, in: self.columns, from: viewport.corner?.column, cursor: screen.cursor.column))
    }

    /// Draws that part of `screen` into `frame` and sets the frame's cursor.
    func draw(_ screen: TerminalScreen, _ viewport: Viewport = Viewport(), into frame: inout Frame) {
        guard !self.rows.isEmpty, self.columns > 0 else { return }
        let part = self.part(of: screen, viewport)
        let (vertical, horizontal) = (part.rows, part.columns)
        for row in 0..<vertical.count {
            let cells = screen.rows[vertical.source + row].cells
            let target = self.rows.lowerBound + vertical.target + row
            for column in 0..<horizontal.count {
                var cell = cells[horizontal.source + column]
                // A wide character cut by the box's edge is left out.
                let isCut = (column == 0 && cell.width == 0) || (column == horizontal.count - 1 && cell.width == 2)
                if isCut { cell = TerminalCell(" ", style: cell.style) }
                if screen.modes.isReversed { cell = cell.styled(Self.reversed(cell.style)) }
                frame.put(cell, row: target, column: horizontal.target + column)
            }
        }
        self.drawBorder(vertical, horizontal, into: &frame)
        let row = screen.cursor.row - vertical.source
        let column = screen.cursor.column - horizontal.source
        if screen.modes.showsCursor, (0..<vertical.count).contains(row), (0..<horizontal.count).contains(column) {
            frame.cursor = Frame.Position(
                row: self.rows.lowerBound + vertical.target + row, column: horizontal.target + column)
        }
    }

    private static func reversed(_ style: TerminalStyle) -> TerminalStyle {
        var style = style
        style.attributes.formSymmetricDifference(.inverse)
        return style
    }

    private func drawBorder(_ vertical: VisiblePart.Extent, _ horizontal: VisiblePart.Extent, into frame: inout Frame) {
        let top = self.rows.lowerBound + vertical.target - 1
        let bottom = self.rows.lowerBound + vertical.target + vertical.count
        let left = horizontal.target - 1
        let right = horizontal.target + horizontal.count
        func put(_ character: Unicode.Scalar, _ row: Int, _ column: Int) {
            guard self.rows.contains(row), (0..<self.columns).contains(column) else { return }
            frame.put(TerminalCell(character, style: Self.border), row: row, column: column)
        }
        for column in (left + 1)..<right {
            put("─", top, column)
            put("─", bottom, column)
        }
        for row in (top + 1)..<bottom {
            put("│", row, left)
            put("│", row, right)
        }
        put("┌", top, left)
        put("┐", top, right)
        put("└", bottom, left)
        put("┘", bottom, right)
    }
}
