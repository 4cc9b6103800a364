import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// `ssh alice@gateway` at a terminal.
    @Suite("the menu", .serialized, .laboratory, .throughGateway)
    struct Menu {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        private func open(
            user: String = "alice", options: [String] = [], columns: UInt16 = 80, rows: UInt16 = 24
        ) throws -> TerminalProcess {
            var route = self.lab.route().logging(inAs: user)
            route.options += options
            return try TerminalProcess(
                self.lab.client.ssh(route), in: self.lab.scratch, columns: columns, rows: rows)
        }

        private static let leaving = "\u{1B}[?1049l"

        @Test("a target is found by typing, chosen with Enter, and its session recorded as any other")
        func choose() throws {
            try self.lab.addTarget("store1", port: self.lab.target.port, hostKey: self.lab.target.hostKey)
            let known = Set(try self.gateway.recordings().map(\.id))
            let before = try self.gateway.lastAuditSequence()
            let terminal = try self.open(columns: 40, rows: 12)
            try terminal.waitFor("Where to?")
            try terminal.waitFor("store1")
            #expect(try self.gateway.sessions().isEmpty)
            let offset = terminal.shown.count
            try terminal.resize(columns: 101, rows: 33)
            try terminal.waitFor("\u{1B}[33;1H", after: offset)
            try terminal.type("sto")
            try terminal.waitFor("1 of 3", after: offset)
            // Behind Enter: typed ahead, for the shell.
            try terminal.type("\rstty size; echo chos''en; test -t 0 && echo on a t''ty; exit 9\n")
            #expect(try terminal.wait() == .exited(9))
            let shown = terminal.screenText
            let end = try #require(shown.range(of: Self.leaving))
            #expect(shown[end.upperBound...].contains("33 101\r\n"))
            #expect(shown[end.upperBound...].contains("chosen\r\n"))
            #expect(shown.contains("on a tty\r\n"))

            let made = try self.gateway.sealedRecordings(since: known, count: 1)
            #expect(made.count == 1)
            let entry = try #require(made.first)
            #expect(entry.user == "alice")
            #expect(entry.account == self.lab.target.login)
            #expect(entry.target == "store1")
            try self.gateway.administer("recording", "verify", entry.id)
            let transcript = try self.gateway.administer("recording", "transcript", entry.id)
            #expect(transcript.contains("chosen"))
            // The menu is no part of it.
            #expect(!transcript.contains("Where to?"))
            let row = try #require(try self.gateway.audited(AuditCodes.accessAllowed, after: before).first)
            #expect(row.fields["target"] == "store1")
            try waitUntil("no worker is left") { self.gateway.workers.isEmpty }
        }

        @Test(
            "Esc and Ctrl-C give the terminal back and exit with 1, without a session", arguments: ["\u{1B}", "\u{3}"])
        func leave(key: String) throws {
            let known = try self.gateway.recordings().count
            let terminal = try self.open()
            try terminal.waitFor("Where to?")
            try terminal.type(key)
            #expect(try terminal.wait() == .exited(1))
            #expect(terminal.screenText.contains(Self.leaving))
            #expect(try self.gateway.recordings().count == known)
            try waitUntil("no worker is left") { self.gateway.workers.isEmpty }
        }

        @Test("targets are listed in the order in which people count")
        func order() throws {
            try self.gateway.administer("user", "add", "otto", "--key", self.lab.identity.publicPath)
            for number in [10, 9, 100] {
                try self.lab.addTarget("n\(number)", port: self.lab.target.port, hostKey: self.lab.target.hostKey)
                try self.lab.grant("n\(number)", user: "otto")
            }
            let terminal = try self.open(user: "otto")
            try terminal.waitFor("n100")
            let shown = terminal.screenText
            let places = try ["n9 ", "n10 ", "n100 "].map { try #require(shown.range(of: $0)).lowerBound }
            #expect(places == places.sorted())
        }

        @Test("forwards that are asked for before the choice are held, judged by the chosen target's grant, and work")
        func forwards() throws {
            let web = try WebServer(in: self.lab.scratch)
            try self.gateway.administer("user", "add", "fred", "--key", self.lab.identity.publicPath)
            let target = try self.lab.forwardTarget("menu-forwards", user: "fred")
            try self.lab.grant(target, user: "fred")
            let (there, here) = (try freePort(), try freePort())
            let terminal = try self.open(
                user: "fred",
                options: [
                    "RemoteForward=\(there) 127.0.0.1:\(web.port)", "RemoteForward=*:\(try freePort()) 127.0.0.1:9",
                    "LocalForward=127.0.0.1:\(here) localhost:\(web.port)", "LogLevel=INFO",
                    // Its questions wait behind the forwards: it has to hear something all the same.
                    "ServerAliveInterval=1", "ServerAliveCountMax=2",
                ])
            try terminal.waitFor("menu-forwards")
            let early = try RunningProcess(
                ["curl", "-sS", "-m", "60", "http://127.0.0.1:\(here)/page"], in: self.lab.scratch)
            // Longer than the client's patience without a sign of life.
            pause(.seconds(4))
            #expect(terminal.poll() == nil, "\(terminal.screenText)")
            #expect(early.poll() == nil)
            try terminal.type("\r")
            let outcome = try early.wait()
            #expect(outcome.text == web.page, "\(outcome.errorText)")
            let fetched = try run(
                ["curl", "-sS", "-m", "20", "http://127.0.0.1:\(there)/page"], in: self.lab.scratch)
            #expect(fetched.text == web.page, "\(fetched.errorText)")
            try terminal.waitFor("remote port forwarding failed for listen port")
            try terminal.type("exit 5\n")
            #expect(try terminal.wait() == .exited(5))
        }

        @Test("forwards without a place to go are refused: for a client that left the menu, and one that has none")
        func forwardsInVain() throws {
            let words = ["RemoteForward=\(try freePort()) 127.0.0.1:9", "ExitOnForwardFailure=yes", "LogLevel=INFO"]
            let terminal = try self.open(options: words)
            try terminal.waitFor("Where to?")
            try terminal.type("\u{3}")
            #expect(try terminal.wait() == .exited(1))
            #expect(terminal.screenText.contains(Self.leaving))
            var route = self.lab.route().logging(inAs: "alice")
            route.options = words
            let nothing = try self.lab.client.runSSH(route, flags: ["-N"])
            #expect(nothing.ending == .exited(255))
            #expect(nothing.errorText.contains("remote port forwarding failed"), "\(nothing.errorText)")
            let shell = try self.lab.client.runSSH(route, flags: ["-T"])
            #expect(shell.ending == .exited(1))
            #expect(shell.errorText.contains("say where to go"), "\(shell.errorText)")
            try waitUntil("no worker is left") { self.gateway.workers.isEmpty }
        }

        @Test("a menu that is left alone gives the terminal back, says so and exits with 1")
        func leftAlone() throws {
            let scratch = self.lab.scratch
            let gateway = try TestGateway(named: "impatient", in: scratch)
            let text = try String(contentsOfFile: gateway.configuration, encoding: .utf8)
            try text.replacing("# answer_seconds = 300", with: "answer_seconds = 2").write(
                toFile: gateway.configuration, atomically: true, encoding: .utf8)
            try gateway.start()
            defer { gateway.stop() }
            try self.lab.introduce(to: gateway)
            try self.lab.client.trust(port: gateway.port, publicLine: gateway.hostKeyLine())
            var route = self.lab.route().logging(inAs: "alice")
            route.port = gateway.port
            let terminal = try TerminalProcess(self.lab.client.ssh(route), in: scratch)
            try terminal.waitFor("Where to?")
            #expect(try terminal.wait() == .exited(1))
            let end = try #require(terminal.screenText.range(of: Self.leaving))
            #expect(
                terminal.screenText[end.upperBound...].contains("sallyport: the menu was left alone for 2 s\r\n"))
            try waitUntil("no worker is left") { gateway.workers.isEmpty }
        }

        @Test("a grant that is gone when Enter comes is one line, and the terminal is given back before it")
        func revoked() throws {
            try self.gateway.administer("user", "add", "dora", "--key", self.lab.identity.publicPath)
            try self.lab.grant("web1", user: "dora")
            let terminal = try self.open(user: "dora")
            try terminal.waitFor("web1")
            try self.gateway.administer("grant", "remove", "dora-web1")
            try terminal.type("\r")
            #expect(try terminal.wait() == .exited(255))
            let shown = terminal.screenText
            let end = try #require(shown.range(of: Self.leaving))
            #expect(shown[end.upperBound...].contains("sallyport: you have no access to \(self.lab.target.login)@web1"))
        }

        @Test("who may go nowhere reads one line")
        func nowhere() throws {
            try self.gateway.administer("user", "add", "nick", "--key", self.lab.identity.publicPath)
            let terminal = try self.open(user: "nick")
            #expect(try terminal.wait() == .exited(1))
            #expect(terminal.screenText.contains("sallyport: you have access to no target\r\n"))
            #expect(!terminal.screenText.contains("\u{1B}["))
        }

        @Test("on a terminal that can't show it, and for a command, there is a line instead")
        func unable() throws {
            let login = self.lab.route().logging(inAs: "alice")
            let line = "sallyport: say where to go: ssh alice@ACCOUNT@TARGET@GATEWAY"
            let dumb = try TerminalProcess(
                self.lab.client.ssh(login), in: self.lab.scratch, environment: ["TERM": "dumb"])
            #expect(try dumb.wait() == .exited(1))
            #expect(dumb.screenText.contains(line))
            let command = try self.lab.client.runSSH(login, flags: ["-tt"], "id -un")
            #expect(command.ending == .exited(1))
            #expect((command.text + command.errorText).contains(line))
            let shell = try self.lab.client.runSSH(login)
            #expect(shell.ending == .exited(1))
            #expect(shell.errorLines == [line])
        }

        @Test("the first choice decides for a shared connection: its other menus end, its next shell goes there")
        func shared() throws {
            let control = self.lab.scratch.path("menu-control")
            let first = try self.open(options: ["ControlMaster=yes", "ControlPath=\(control)"])
            try first.waitFor("Where to?")
            let second = try self.open(options: ["ControlPath=\(control)"])
            try second.waitFor("Where to?")
            try first.type("web1\r")
            try first.waitFor(Self.leaving)
            #expect(try second.wait() == .exited(1))
            #expect(second.screenText.contains("this connection leads to web1 now"))
            var route = self.lab.route().logging(inAs: "alice")
            route.options = ["ControlPath=\(control)"]
            let third = try self.lab.client.runSSH(route, "id -un")
            #expect(third.text == self.lab.target.login + "\n")
            try first.type("exit\n")
            _ = try first.wait()
            try waitUntil("no worker is left") { self.gateway.workers.isEmpty }
        }
    }
}
