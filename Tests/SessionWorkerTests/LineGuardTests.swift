import TerminalModel
import Testing

@testable import SessionWorker

@Suite("lines at a shell")
struct LineGuardTests {
    private static let millisecond: UInt64 = 1_000_000
    private let start: UInt64 = 1_000_000_000_000

    private func step(_ lines: inout LineGuard, _ keys: String, at now: UInt64) -> LineGuard.Step {
        Array(keys.utf8).withUnsafeBytes { lines.step($0, at: now) }
    }

    private func atPrompt(_ prompt: String = "host$ ") -> LineGuard {
        var lines = LineGuard(size: .standard)
        lines.shown(Array(prompt.utf8), at: self.start)
        return lines
    }

    private func line(_ step: LineGuard.Step) -> (shown: String, typed: String)? {
        guard case .judge(_, let line) = step else { return nil }
        return (String(decoding: line.shown, as: UTF8.self), String(decoding: line.typed, as: UTF8.self))
    }

    @Test("Enter waits until the echo has come and the terminal is quiet, and passes once it was cleared")
    func echo() {
        var lines = self.atPrompt()
        let typed = self.step(&lines, "ls\r", at: self.start)
        #expect(typed == .pass(2, deadline: self.start + LineGuard.echoPatience))
        let echoed = self.start + 10 * Self.millisecond
        lines.shown(Array("ls".utf8), at: echoed)
        let early = self.step(&lines, "\r", at: echoed + Self.millisecond)
        #expect(early == .pass(0, deadline: echoed + LineGuard.echoQuiet))
        let due = self.step(&lines, "\rpwd", at: echoed + LineGuard.echoQuiet)
        #expect(due == .judge(0, LineGuard.Line(shown: Array("ls".utf8), typed: Array("ls".utf8))))
        lines.clear()
        let after = self.step(&lines, "\rpwd\r", at: echoed + LineGuard.echoQuiet)
        // Cleared is one Enter, not the next.
        #expect(after == .pass(4, deadline: echoed + LineGuard.echoQuiet + LineGuard.echoPatience))
    }

    @Test("without an echo the keys are judged after a while")
    func silent() {
        var lines = self.atPrompt()
        _ = self.step(&lines, "secret", at: self.start)
        let judged = self.line(self.step(&lines, "\r", at: self.start + LineGuard.echoPatience))
        #expect(judged?.shown == "" && judged?.typed == "secret")
    }

    @Test("what the screen shows counts, whatever was typed: completion, history, editing in the middle")
    func screen() {
        var lines = self.atPrompt()
        _ = self.step(&lines, "\u{1B}[A", at: self.start)
        lines.shown(Array("rm -rf /srv".utf8), at: self.start + 1)
        let judged = self.line(self.step(&lines, "\r", at: self.start + LineGuard.echoPatience))
        #expect(judged?.shown == "rm -rf /srv" && judged?.typed == "")
    }

    @Test("a line over several rows is one, without the prompt")
    func wrapped() {
        var lines = LineGuard(size: TerminalSize(columns: 10, rows: 5))
        lines.shown(Array("host$ ".utf8), at: self.start)
        _ = self.step(&lines, "echo one two three", at: self.start)
        lines.shown(Array("echo one two three".utf8), at: self.start + 1)
        let judged = self.line(self.step(&lines, "\n", at: self.start + LineGuard.echoPatience))
        #expect(judged?.shown == "echo one two three")
    }

    @Test(
        "keys are read with simple editing",
        arguments: [
            ("lx\u{7F}s", "ls"), ("rm x\u{15}ls", "ls"), ("echo rm\u{17}ls", "echo ls"), ("l\u{1B}[Ds", "ls"),
            ("\u{1B}[200~ls\u{1B}[201~", "ls"), ("x\u{3}ls", "ls"), ("\u{1B}OAls", "ls"),
        ])
    func editing(keys: String, line: String) {
        var lines = LineGuard(size: nil)
        let judged = self.line(self.step(&lines, keys + "\n", at: self.start))
        #expect(judged?.typed == line)
    }

    @Test("a shell without a terminal is judged by its input, at once, line by line")
    func withoutTerminal() {
        var lines = LineGuard(size: nil)
        let first = self.step(&lines, "one\ntwo\n", at: self.start)
        #expect(first == .judge(3, LineGuard.Line(shown: [], typed: Array("one".utf8))))
        lines.clear()
        let second = self.step(&lines, "\ntwo\n", at: self.start)
        #expect(second == .judge(4, LineGuard.Line(shown: [], typed: Array("two".utf8))))
    }
}
