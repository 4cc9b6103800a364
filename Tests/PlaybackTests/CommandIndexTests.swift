import RecordingFormat
import Testing

@testable import Playback

@Suite("Commands of a recording")
struct CommandIndexTests {
    private struct Session {
        var events: [RecordedEvent] = [Sample.pty(80, 24)]
        var time: UInt64 = 10

        private mutating func add(_ body: EventBody) {
            self.time += 10
            self.events.append(RecordedEvent(time: self.time, channel: 1, body: body))
        }
        mutating func output(_ text: String) { self.add(.output(Array(text.utf8))) }
        mutating func input(_ text: String) { self.add(.input(Array(text.utf8))) }
        mutating func event(_ body: EventBody) { self.add(body) }

        /// Each key echoed by itself, then Enter as readline echoes it.
        mutating func type(_ text: String) {
            for character in text {
                self.input(String(character))
                self.output(String(character))
            }
            self.input("\r")
            self.output("\r\n\u{1B}[?2004l\r")
        }

        var commands: [RecordedCommand] { CommandIndex.commands(of: self.events) }
        var texts: [String] { self.commands.map(\.text) }
    }

    @Test("an exec request is certain, and harmless")
    func requested() {
        let event = RecordedEvent(time: 5, channel: 2, body: .request(.exec(command: Array("ls \u{1B}[2J".utf8))))
        #expect(
            CommandIndex.commands(of: [event])
                == [RecordedCommand(time: 5, channel: 2, text: "ls \u{241B}[2J", confidence: .requested)])
    }

    @Test("what was typed behind a prompt is found, with the moment of its Enter")
    func echoed() {
        var session = Session()
        session.output("\u{1B}[?2004hroot@web1:~# ")
        session.type("id -u")
        session.output("0\r\n\u{1B}[?2004hroot@web1:~# ")
        let before = session.time
        session.type("cat /etc/motd | grep '# '")
        session.output("root@web1:~# ")
        #expect(session.texts == ["id -u", "cat /etc/motd | grep '# '"])
        #expect(session.commands.allSatisfy { $0.confidence == .echoed && $0.channel == 1 })
        #expect(session.commands.last.map { $0.time > before && $0.time < session.time } == true)
    }

    @Test("backspaces, a wrapped line, the history and its search show what was run")
    func edited() {
        var session = Session()
        session.output("$ ")
        session.input("lx")
        session.output("lx\u{8}\u{1B}[Ks /tmp")
        session.input("\u{7F}s /tmp\r")
        session.output("\r\n$ ")
        let long = "echo " + String(repeating: "0123456789", count: 12)
        session.type(long)
        session.output("$ ")
        session.input("\u{1B}[A")
        session.output("systemctl restart nginx")
        session.input("\r")
        session.output("\r\n$ ")
        session.input("\u{12}")
        session.output("\r(reverse-i-search)`': ")
        session.input("up")
        session.output("\r(reverse-i-search)`up': uptime -p")
        session.input("\r")
        session.output("\r\n")
        #expect(session.texts == ["ls /tmp", long, "systemctl restart nginx", "uptime -p"])
    }

    @Test("answers, passwords, empty lines, listings by Tab and full-screen programs are no commands")
    func notCommands() {
        var session = Session()
        session.output("[sudo] password for root: ")
        session.input("hunter2\r")
        session.output("\r\nContinue? [y/N] ")
        session.type("y")
        session.output("$ ")
        session.input("\r")
        session.output("\r\n$ ")
        session.input("ls /e\t\t")
        session.output("ls /e\r\netc/ else/\r\n$ ls /e")
        session.input("tc\r")
        session.output("tc\r\n\u{1B}[?1049h~\r\n# ")
        session.type(":wq")
        session.output("\u{1B}[?1049l$ ")
        #expect(session.texts == ["ls /etc"])
    }

    @Test("lines that are pasted together, or typed ahead, are found when their prompt comes")
    func early() {
        var session = Session()
        session.output("$ ")
        session.input("one\rtwo\r")
        session.output("one\r\nfirst output\r\n$ two\r\nsecond\r\n$ ")
        session.type("sleep 5")
        session.input("three\r")
        session.output("three\r\n$ three\r\n$ ")
        #expect(session.texts == ["one", "two", "sleep 5", "three"])
    }

    @Test("a shell's own marks are believed, and only they")
    func marked() {
        var session = Session()
        session.output("\u{1B}]133;A\u{7}any prompt at all \u{1B}]133;B\u{7}")
        session.type("make")
        session.output("\u{1B}]133;C\u{7}ask$ ")
        session.type("not a command")
        session.output("\u{1B}]133;D;0\u{1B}\\\u{1B}]133;A\u{1B}\\\r\n~ \u{1B}]133;B\u{1B}\\")
        session.type("make install")
        #expect(session.texts == ["make", "make install"])
        #expect(session.commands.allSatisfy { $0.confidence == .marked })
    }

    @Test("withheld input gives its command once its echo is there; lines for a shell without a terminal count too")
    func otherInput() {
        var session = Session()
        session.output("$ ")
        session.event(.withheld(bytes: 3))
        session.output("id")
        session.event(.revealed(Array("id".utf8)))
        session.output("\r\n$ ")
        #expect(session.texts == ["id"])

        let events = [
            RecordedEvent(time: 1, channel: 3, body: .request(.shell)),
            RecordedEvent(time: 2, channel: 3, body: .input(Array("uptime\nwho".utf8))),
            RecordedEvent(time: 3, channel: 3, body: .input(Array(" -a\n".utf8))),
        ]
        let sent = CommandIndex.commands(of: events)
        #expect(sent.map(\.text) == ["uptime", "who -a"])
        #expect(sent.map(\.confidence) == [.sent, .sent])
    }

    @Test("no bytes stop it, and its commands are bounded and harmless", arguments: 0..<40)
    func hostile(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var session = Session()
        for _ in 0..<40 {
            session.event(.output(Sample.terminalBytes(Int.random(in: 0..<400, using: &random), &random)))
            session.event(.input(Sample.terminalBytes(Int.random(in: 0..<9, using: &random), &random) + [0x0D]))
        }
        for command in session.commands {
            #expect(command.text.unicodeScalars.allSatisfy { $0.value >= 0x20 })
            #expect(command.text.unicodeScalars.count <= CommandIndex.maximumText + 1)
        }
        var flood = Session()
        for _ in 0..<CommandIndex.maximumCommands + 50 { flood.event(.request(.exec(command: [0x61]))) }
        #expect(flood.texts.count == CommandIndex.maximumCommands)
    }
}
