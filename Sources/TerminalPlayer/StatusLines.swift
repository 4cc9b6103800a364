import Playback
import TerminalModel

/// The lines at the bottom of a view.
enum StatusLines {
    static let bar = TerminalStyle(attributes: .inverse)
    static let help = TerminalStyle(attributes: .faint)

    /// How many of the viewer's rows they take: none of a terminal too low for them.
    static func count(in size: TerminalSize) -> Int {
        switch size.rows {
        case ...2: 0
        case 3...7: 1
        default: 2
        }
    }

    /// `left`, a bar of how far `position` is in `duration`, `right`.
    static func progress(
        _ left: String, _ right: String, position: UInt64, duration: UInt64, marks: [UInt64], row: Int,
        into frame: inout Frame
    ) {
        frame.clear(row: row, style: self.bar)
        let start = frame.write(left, row: row, column: 0, style: self.bar)
        let end = max(frame.size.columns - right.columns, start)
        frame.write(right, row: row, column: end, style: self.bar)
        let width = end - start - 2
        guard width >= 4 else { return }
        func column(_ time: UInt64) -> Int {
            duration == 0 ? width : Int(min(time, duration) * UInt64(width) / duration)
        }
        let reached = column(position)
        for index in 0..<width {
            frame.put(
                TerminalCell(index < reached ? "━" : "─", style: self.bar), row: row, column: start + 1 + index)
        }
        for mark in marks {
            frame.put(TerminalCell("┿", style: self.bar), row: row, column: start + 1 + min(column(mark), width - 1))
        }
        frame.put(TerminalCell("●", style: self.bar), row: row, column: start + 1 + min(reached, width - 1))
    }

    /// A line of keys and what they do. Where it does not fit it is set closer, then the last keys lose their meanings.
    static func keys(_ keys: [(String, String)], row: Int, into frame: inout Frame) {
        let bare = keys.reduce(0) { $0 + $1.0.columns }
        let whole = keys.reduce(bare) { $0 + 1 + $1.1.columns }
        let gap = whole + 2 * keys.count > frame.size.columns ? 1 : 2
        var room = frame.size.columns - 1 - bare - gap * (keys.count - 1)
        var column = 1
        for (key, meaning) in keys {
            guard column + key.columns <= frame.size.columns else { return }
            column = frame.write(key, row: row, column: column, style: TerminalStyle(attributes: .bold))
            room -= 1 + meaning.columns
            if room >= 0 { column = frame.write(" " + meaning, row: row, column: column, style: self.help) }
            column += gap
        }
    }
}
