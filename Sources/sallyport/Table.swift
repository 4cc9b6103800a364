import AdminAPI
import Platform

/// A listing for people: aligned columns under a head line.
struct Table {
    enum Alignment {
        case left, right
    }

    struct Column {
        var title: String
        var alignment: Alignment = .left

        static func left(_ title: String) -> Column { Column(title: title) }
        static func right(_ title: String) -> Column { Column(title: title, alignment: .right) }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    init(_ columns: Column...) {
        self.columns = columns
    }

    mutating func add(_ cells: String...) {
        precondition(cells.count == self.columns.count, "each listing fills the columns that it names")
        self.rows.append(cells.map(Printable.line))
    }

    /// The head line and the rows, cell by cell.
    var lines: [[String]] { [self.columns.map(\.title)] + self.rows }

    /// Prints the table, or `none` when it has no rows.
    func write(none: String) {
        guard !self.rows.isEmpty else {
            StandardOutput.line(none)
            return
        }
        let lines = self.lines
        let widths = self.columns.indices.map { index in lines.map { $0[index].count }.max() ?? 0 }
        for line in lines {
            let cells = zip(line, zip(widths, self.columns)).map { cell, layout in
                let padding = String(repeating: " ", count: layout.0 - cell.count)
                return layout.1.alignment == .left ? cell + padding : padding + cell
            }
            var text = cells.joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            StandardOutput.line(text)
        }
    }
}

/// The details of one thing for people: `name: value` lines, aligned.
struct Details {
    private var lines: [(name: String, value: String)] = []

    mutating func add(_ name: String, _ value: String) {
        self.lines.append((name, Printable.line(value)))
    }

    func write() {
        let width = self.lines.map(\.name.count).max() ?? 0
        for line in self.lines {
            StandardOutput.line(
                "\(line.name):" + String(repeating: " ", count: width - line.name.count + 2) + line.value)
        }
    }
}

extension Timestamp {
    static var now: Timestamp { Timestamp(nanosecondsSince1970: Clock.wallNanoseconds()) }
}

enum Display {
    /// `2026-01-31 08:05:09Z`
    static func time(_ time: Timestamp) -> String {
        time.description.prefix(19).replacing("T", with: " ") + "Z"
    }

    /// `12 s`, `12 min`, `12 h` or `12 d`.
    static func age(of time: Timestamp, at now: Timestamp) -> String {
        let seconds = max(0, now.nanosecondsSince1970 - time.nanosecondsSince1970) / 1_000_000_000
        return switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3600) h"
        default: "\(seconds / 86_400) d"
        }
    }

    /// `1:02:03`, or `2:03` below an hour.
    static func duration(from start: Timestamp, to end: Timestamp) -> String {
        let seconds = max(0, end.nanosecondsSince1970 - start.nanosecondsSince1970) / 1_000_000_000
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let minutes = seconds / 60 % 60
        return seconds < 3600
            ? "\(minutes):\(two(seconds % 60))" : "\(seconds / 3600):\(two(minutes)):\(two(seconds % 60))"
    }

    /// `812 B`, `4.2 KiB`, `1.0 GiB`
    static func size(_ bytes: UInt64) -> String {
        guard bytes >= 1024 else { return "\(bytes) B" }
        var (value, units) = (bytes, ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"][...])
        while value >= 1024 * 1024, units.count > 1 {
            value /= 1024
            units.removeFirst()
        }
        let tenths = value * 10 / 1024
        return "\(tenths / 10).\(tenths % 10) \(units.first ?? "")"
    }

    static func list(_ names: [String]) -> String {
        names.isEmpty ? "-" : names.joined(separator: ",")
    }
}
