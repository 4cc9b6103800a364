import TerminalModel
import Testing
import WorkerProtocol

@testable import SessionWorker

/// A menu on a terminal that understands what it is sent.
private struct MenuAtTerminal {
    var menu: TargetMenu
    var screen: MenuScreen
    var terminal: TerminalScreen
    /// Bytes sent by the last drawing.
    var cost = 0

    init(_ names: [String], isCut: Bool = false, columns: UInt32 = 80, rows: UInt32 = 24) {
        let entries = names.map { name in
            let parts = name.split(separator: "@").map { Array($0.utf8) }
            return Destination(account: parts[0], target: parts[1])
        }
        self.menu = TargetMenu(DestinationList(entries + (isCut ? Self.beyond(entries.count) : [])))
        self.screen = MenuScreen(columns: columns, rows: rows)
        self.terminal = TerminalScreen(size: TerminalSize(columns: self.screen.columns, rows: self.screen.rows))
        self.draw()
    }

    /// So many that not all are listed.
    private static func beyond(_ count: Int) -> [Destination] {
        (count..<(WireLimits.destinations + 7)).map {
            Destination(account: Array("ops".utf8), target: Array("many\($0)".utf8))
        }
    }

    mutating func draw() {
        self.menu.pageSize = MenuLayout.pageSize(rows: self.screen.rows)
        let bytes = self.screen.show(
            MenuLayout(&self.menu, columns: self.screen.columns, rows: self.screen.rows))
        self.cost = bytes.count
        self.terminal.feed(bytes)
    }

    @discardableResult
    mutating func type(_ bytes: [UInt8], at now: UInt64 = 0) -> Int {
        let taken = bytes.withUnsafeBytes { self.menu.received($0, at: now) }
        self.draw()
        return taken
    }

    @discardableResult
    mutating func type(_ text: String) -> Int { self.type(Array(text.utf8)) }

    mutating func resize(columns: UInt32, rows: UInt32) {
        self.screen.resize(columns: columns, rows: rows)
        self.terminal.resize(to: TerminalSize(columns: self.screen.columns, rows: self.screen.rows))
        self.draw()
    }

    var lines: [String] { self.terminal.rows.map { $0.text } }
    /// What the terminal would show if all of it were drawn anew.
    mutating func drawnAnew() -> [String] {
        var fresh = MenuScreen(columns: UInt32(self.screen.columns), rows: UInt32(self.screen.rows))
        var terminal = TerminalScreen(size: TerminalSize(columns: self.screen.columns, rows: self.screen.rows))
        terminal.feed(fresh.show(MenuLayout(&self.menu, columns: self.screen.columns, rows: self.screen.rows)))
        return terminal.rows.map { $0.text }
    }

    var choice: String? {
        guard case .chosen(let destination) = self.menu.outcome else { return nil }
        return String(decoding: destination.account + [64] + destination.target, as: UTF8.self)
    }
}

@Suite("The menu of targets")
struct TargetMenuTests {
    private static let names = [
        "root@db1", "postgres@db1", "root@web1", "www@web1", "root@web10", "ops@old-web1", "Admin@WIN7",
    ]

    @Test(
        "what is typed picks a target",
        arguments: [
            ("\r", "root@db1"), ("web1\r", "root@web1"), ("web1 www\r", "www@web1"), ("www@web1\r", "www@web1"),
            ("ops\r", "ops@old-web1"), ("old\r", "ops@old-web1"), ("win ADMIN\r", "Admin@WIN7"),
            ("\u{1B}[B\r", "postgres@db1"), ("\u{1B}OB\u{1B}OB\u{1B}OA\r", "postgres@db1"),
            ("\u{1B}[F\r", "Admin@WIN7"),
            ("\u{1B}[4~\u{1B}[1~\r", "root@db1"), ("\u{e}\u{e}\u{10}\n", "postgres@db1"), ("\u{1B}[6~\r", "Admin@WIN7"),
            ("webx\u{7f}10\r", "root@web10"), ("nothing\u{15}web10\r", "root@web10"),
            ("web1 no\u{17}www\r", "www@web1"),
            ("\u{1B}[A\u{1B}[1;5B\r", "postgres@db1"),
            ("\u{1B}x\u{1B}[999;999;999;999;999;999;999Zold\r", "ops@old-web1"),
        ])
    func choice(keys: String, expected: String) {
        var place = MenuAtTerminal(Self.names)
        place.type(keys)
        #expect(place.choice == expected)
    }

    @Test("Enter without a match stays, and what comes behind the choice is left for the session")
    func remainder() {
        var place = MenuAtTerminal(Self.names)
        #expect(place.type("nowhere\r") == 8)
        #expect(place.menu.outcome == .undecided)
        #expect(place.lines.contains("  nothing matches"))
        #expect(place.type("\u{15}db1\recho typed ahead\r") == 5)
        #expect(place.choice == "root@db1")
        #expect(place.type("more") == 0)
    }

    @Test("Ctrl-C, Ctrl-D and Esc leave; the Esc of an arrow that comes in two parts does not")
    func leaving() {
        for keys in [[3], [4], [27, 27]] as [[UInt8]] {
            var place = MenuAtTerminal(Self.names)
            place.type(keys)
            #expect(place.menu.outcome == .left)
        }
        var place = MenuAtTerminal(Self.names)
        place.type([27], at: 1000)
        #expect(place.menu.deadline == 200_001_000)
        place.type(Array("[B".utf8), at: 100_000_000)
        #expect(place.menu.deadline == nil)
        place.menu.expired(at: .max)
        #expect(place.menu.outcome == .undecided)
        place.type([27], at: 1000)
        place.menu.expired(at: 200_000_999)
        #expect(place.menu.outcome == .undecided)
        place.menu.expired(at: 200_001_000)
        #expect(place.menu.outcome == .left)
    }

    @Test("where not all are listed, a full name can be typed, and is never taken for one that is like it")
    func unlisted() {
        var place = MenuAtTerminal(["root@web10"], isCut: true)
        #expect(place.lines.last == "7 more: type ACCOUNT@TARGET in full")
        place.type("root@web1")
        #expect(place.lines.contains("> root@web1  as typed"))
        place.type("\r")
        #expect(place.choice == "root@web1")
        for (keys, expected) in [
            ("root@web10\r", "root@web10"), ("web1\r", "root@web10"), ("far\r", "@far"), ("a@b@c\r", "a@b@c"),
            ("root@web1\u{1B}[B\r", "root@web10"),
        ] {
            var place = MenuAtTerminal(["root@web10"], isCut: true)
            place.type(keys)
            #expect(place.choice == expected)
        }
        // With a whole list nothing else may be asked for.
        var whole = MenuAtTerminal(["root@web10"])
        whole.type("root@web1x\r")
        #expect(whole.menu.outcome == .undecided)
    }

    @Test(
        "it fits into terminals of any size", arguments: [(80, 24), (40, 12), (20, 5), (10, 3), (5, 2), (1, 1), (0, 0)])
    func sizes(columns: Int, rows: Int) {
        let names = (0..<500).map { "root@host-\($0).example.org" }
        var place = MenuAtTerminal(names, columns: UInt32(columns), rows: UInt32(rows))
        for keys in ["", "\u{1B}[6~", "\u{1B}[F", "42", "日本語の名前", "\u{15}"] {
            place.type(keys)
            #expect(place.lines == place.drawnAnew())
            #expect(place.terminal.cursor.row < max(1, rows == 0 ? 24 : rows))
        }
        if rows >= 5 {
            #expect(place.lines[0] == (columns > 20 ? "Where to? 500 of 500" : "Where to? 500 of 5~"))
            place.type("\u{1B}[F")
            #expect(place.lines.contains { $0.hasPrefix("> host-499") })
        }
        place.resize(columns: 100, rows: 30)
        #expect(place.lines == place.drawnAnew())
        #expect(place.lines.contains { $0.hasPrefix("> host-") })
    }

    @Test("a key costs few bytes")
    func economy() {
        var place = MenuAtTerminal((0..<500).map { "root@host-\($0)" })
        #expect(place.cost < 800)
        place.type("\u{1B}[B")
        #expect(place.cost < 100)
        place.type("\u{1B}[A")
        #expect(place.cost < 100)
        place.type("")
        #expect(place.cost == 0)
        var small = MenuAtTerminal(["root@web1", "root@web2"])
        small.type("w")
        #expect(small.cost < 30)
    }

    @Test("names with control characters show none of them")
    func hostileNames() {
        var place = MenuAtTerminal(["ro\u{1B}[2Jot@we\u{7}b\u{9b}1"])
        #expect(place.lines.contains { $0.hasPrefix("> we?b") && $0.hasSuffix("ro?[2Jot") })
        place.type("\u{202E}\u{9b}\u{85}x\u{0}\u{1}")
        #expect(place.menu.filter == "x")
    }

    @Test("any bytes, in parts of any size and with changes of the terminal, leave it as if it were drawn anew")
    func anyBytes() {
        var random = SystemRandomNumberGenerator()
        let likely = Array("web1 root@\u{7f}\u{15}\u{17}\u{1B}[A\u{1B}[B\u{1B}[6~日本e\u{301}é".utf8)
        for round in 0..<300 {
            var place = MenuAtTerminal(Self.names, isCut: round % 3 == 0, columns: 40, rows: 12)
            for _ in 0..<20 where place.menu.outcome == .undecided {
                let bytes = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                    round.isMultiple(of: 2)
                        ? UInt8.random(in: 0...255, using: &random) : likely.randomElement(using: &random) ?? 0
                }
                place.type(bytes, at: UInt64.random(in: 0...1000, using: &random))
                if Int.random(in: 0..<8, using: &random) == 0 {
                    place.resize(
                        columns: UInt32.random(in: 0...90, using: &random),
                        rows: UInt32.random(in: 0...30, using: &random))
                }
                let anew = place.drawnAnew()
                #expect(place.lines == anew)
                #expect(place.menu.filter.utf8.count <= 2 * WireLimits.name + 1)
            }
        }
    }
}
