import TerminalModel
import WorkerProtocol

/// Text that fits into some columns of a terminal.
enum MenuText {
    /// Printable ASCII stays, anything else of a name becomes `?`: names are checked where they are made.
    static func safe(_ name: [UInt8]) -> String { SafeLine.text(name) }

    static func columns(of text: some StringProtocol) -> Int {
        text.unicodeScalars.reduce(0) { $0 + CharacterWidth.columns(of: $1) }
    }

    /// The beginning of `text`, with `~` for what is left out.
    static func head(of text: String, columns: Int) -> String {
        guard self.columns(of: text) > columns else { return text }
        var result = ""
        var used = 0
        for scalar in text.unicodeScalars {
            used += CharacterWidth.columns(of: scalar)
            guard used < columns else { break }
            result.unicodeScalars.append(scalar)
        }
        return columns > 0 ? result + "~" : ""
    }

    /// The end of `text`.
    static func tail(of text: String, columns: Int) -> String {
        guard self.columns(of: text) > columns else { return text }
        var scalars: [Unicode.Scalar] = []
        var used = 0
        for scalar in text.unicodeScalars.reversed() {
            used += CharacterWidth.columns(of: scalar)
            guard used <= columns else { break }
            scalars.append(scalar)
        }
        return String(String.UnicodeScalarView(scalars.reversed()))
    }
}

/// Puts a menu into the lines of a terminal: a head, what is typed, the page of the list that holds the selected row,
/// and a line of help. Small terminals lose the help first, then the head.
struct MenuLayout {
    struct Line: Hashable {
        var text: String
        var isMarked = false
    }

    let lines: [Line]
    /// Where the cursor stands, from 0.
    let cursor: (row: Int, column: Int)

    /// How many rows of the list a terminal shows.
    static func pageSize(rows: Int) -> Int { max(0, rows - 1 - (rows > 3 ? 1 : 0) - (rows > 2 ? 1 : 0)) }

    init(_ menu: inout TargetMenu, columns: Int, rows: Int) {
        // The last column stays free: terminals differ in what a character there does to the cursor.
        let width = max(1, columns - 1)
        let found = menu.rows()
        var lines: [Line] = []
        func add(_ text: String, marked: Bool = false) {
            lines.append(Line(text: MenuText.head(of: text, columns: width), isMarked: marked))
        }
        let listed = found.count { if case .listed = $0 { true } else { false } }
        if rows > 2 { add("Where to? \(listed) of \(menu.total)") }
        let prompt = ": "
        // A place for the cursor behind it.
        let typed = prompt + MenuText.tail(of: menu.filter, columns: max(0, width - prompt.utf8.count - 1))
        let cursorRow = lines.count
        add(typed)
        let page = Self.pageSize(rows: rows)
        if page > 0 {
            let start = menu.selectedRow / page * page
            let shown = found.dropFirst(start).prefix(page)
            let targets = Self.targetColumns(of: menu, width: width)
            for (index, row) in zip(shown.indices, shown) {
                let isSelected = index == menu.selectedRow
                add((isSelected ? "> " : "  ") + Self.text(of: row, in: menu, targets: targets), marked: isSelected)
            }
            if found.isEmpty { add("  nothing matches") }
            while lines.count < cursorRow + 1 + page { add("") }
        }
        if rows > 3 {
            add(
                menu.unlisted > 0
                    ? "\(menu.unlisted) more: type ACCOUNT@TARGET in full" : "type to filter, arrows, Enter, Esc")
        }
        self.lines = lines
        self.cursor = (cursorRow, min(MenuText.columns(of: typed), width))
    }

    private static func text(of row: TargetMenu.Row, in menu: TargetMenu, targets: Int) -> String {
        let destination = menu.destination(of: row)
        let target = MenuText.head(of: MenuText.safe(destination.target), columns: targets)
        let account = MenuText.safe(destination.account)
        let padded = target + String(repeating: " ", count: max(0, targets - target.utf8.count))
        switch row {
        case .listed: return "\(padded)  \(account)\(destination.isOnApproval ? TargetMenu.onApproval : "")"
        case .typed: return account.isEmpty ? "\(target)  as typed" : "\(account)@\(target)  as typed"
        }
    }

    /// Columns for the targets' names: as many as the longest needs, and room for accounts.
    private static func targetColumns(of menu: TargetMenu, width: Int) -> Int {
        min(menu.longestTarget, max(1, width * 6 / 10, width - menu.longestAccount - 4))
    }
}
