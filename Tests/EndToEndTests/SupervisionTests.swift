import Foundation
import Glibc
import SallyportTesting
import Testing

extension EndToEnd {
    /// Who watches, and sessions that need somebody who does.
    @Suite("supervision", .serialized, .laboratory, .throughGateway)
    struct Supervision {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        /// A user of the test's own and the way to web1, by a grant with these terms alone.
        private func user(_ name: String, _ terms: String...) throws -> Route {
            let key = try SSHKey(.ed25519, named: "\(name)-key", in: self.lab.scratch)
            try self.gateway.administer("user", "add", name, "--key", key.publicPath)
            let words = ["--user", name, "--target", "web1", "--account", self.lab.target.login]
            let added = try self.gateway.command(
                ["grant", "add", "supervised-\(name)"] + words + ["--allow", "shell,exec,sftp"] + terms)
            #expect(added.code == 0, "\(added.errorText)")
            return self.lab.route().logging(inAs: "\(name)@\(self.lab.target.login)@web1").identifying(with: key)
        }

        private func session(of user: String) throws -> LiveSession {
            try waitUntil("\(user) has a session") { try self.gateway.sessions().contains { $0.user == user } }
            return try #require(try self.gateway.sessions().first { $0.user == user })
        }

        private func terminal(_ route: Route) throws -> TerminalProcess {
            try TerminalProcess(self.lab.client.ssh(route, flags: ["-tt"], "sh"), in: self.lab.scratch)
        }

        /// Somebody at a terminal who watches.
        private func watch(_ session: LiveSession) throws -> TerminalProcess {
            let viewer = try TerminalProcess(
                [Binaries.commandLine, "--state", self.gateway.state, "session", "watch", session.id],
                in: self.lab.scratch, columns: 200, environment: ["TERM": "xterm-256color"])
            try viewer.waitFor("LIVE")
            return viewer
        }

        /// A word of the viewer's status line: all of it is drawn anew until it is there.
        private func see(_ word: String, on viewer: TerminalProcess) throws {
            try waitUntil("the viewer shows \(word)") {
                let offset = viewer.shown.count
                try viewer.type("\u{C}")
                return (try? viewer.waitFor(word, after: offset, within: .milliseconds(500))) != nil
            }
        }

        private func events(of id: String) throws -> String {
            try waitUntil("the recording of \(id) is sealed") {
                try self.gateway.recordings().contains { $0.id == id && $0.ended != nil }
            }
            try self.gateway.administer("recording", "verify", id)
            return try self.gateway.administer("recording", "export", id, "--format", "ndjson")
        }

        @Test("nothing is typed without a supervisor: not at first, not once they are gone, and what was is dropped")
        func dualControl() throws {
            let before = try self.gateway.lastAuditSequence()
            let terminal = try self.terminal(try self.user("dora", "--dual-control"))
            try terminal.waitFor("dual control: nothing that you type arrives until a supervisor watches")
            let session = try self.session(of: "dora")
            #expect(try self.gateway.administer("session", "show", session.id).contains("held: no supervisor"))
            try terminal.type("touch planted-at-first\r")
            let first = try self.watch(session)
            try terminal.waitFor("typed meanwhile dropped")
            try terminal.type("PS1='re''ady> '\r")
            try terminal.waitFor("ready> ")
            try terminal.type("echo fi''rst\r")
            try terminal.waitFor("first")
            Glibc.kill(first.pid, SIGKILL)
            try terminal.waitFor("the supervisor is gone")
            try terminal.type("touch planted-by-loss\r")
            try terminal.waitFor("what you type is dropped until a supervisor watches")
            let offset = terminal.shown.count
            let second = try self.watch(session)
            try terminal.waitFor("typed meanwhile dropped", after: offset)
            try terminal.type("ls; exit 3\r")
            #expect(try terminal.wait() == .exited(3))
            #expect(!terminal.screenText.contains("planted"), "\(terminal.screenText)")
            try self.see("ENDED", on: second)
            let events = try self.events(of: session.id)
            for word in ["watcher_joined", "watcher_left", "input_dropped", "input is held", "input goes on"] {
                #expect(events.contains(word), "\(word): \(events)")
            }
            #expect(try self.gateway.audited(AuditCodes.inputReleased, after: before).count == 2)
            let held = try self.gateway.audited(AuditCodes.inputHeld, after: before)
            #expect(held.map(\.fields["cause"]) == ["no-supervisor"])
        }

        @Test("a program waits for a supervisor, and for the next when the first is stopped; no byte is lost")
        func programs() throws {
            let before = try self.gateway.lastAuditSequence()
            let route = try self.user("pia", "--dual-control")
            let client = try RunningProcess(
                self.lab.client.ssh(route, "echo started; cat; exit 4"), in: self.lab.scratch, input: .pipe)
            defer { client.kill() }
            try client.write("one\n")
            try waitUntil("the user is told") { client.errorText.contains("until a supervisor watches") }
            let session = try self.session(of: "pia")
            func watch() throws -> RunningProcess {
                try RunningProcess(
                    [Binaries.commandLine, "--state", self.gateway.state, "session", "watch", session.id, "--plain"],
                    in: self.lab.scratch)
            }
            #expect(client.text.isEmpty)
            let first = try watch()
            defer { first.kill() }
            try client.waitForOutput("started\none\n")
            first.signal(SIGSTOP)
            try waitUntil("its silence is noticed") {
                try !self.gateway.audit().filter { $0.sequence > before && $0.code == AuditCodes.inputHeld }.isEmpty
            }
            let left = try self.gateway.audited(AuditCodes.watcherLeft, after: before)
            #expect(left.map(\.fields["cause"]) == ["silent"])
            let block = String(repeating: "two and three\n", count: 20_000)
            // Within the window of the client's channel: it all waits at the gateway.
            try client.write(block)
            client.closeInput()
            #expect(!client.text.contains("two"))
            let second = try watch()
            defer { second.kill() }
            let ended = try client.wait(within: .seconds(60))
            #expect(ended.code == 4 && ended.text == "started\none\n" + block)
            // Once it goes on, it learns that it doesn't count.
            first.signal(SIGCONT)
            #expect(try first.wait().code != 0)
        }

        @Test("a supervisor who doesn't press the key in time holds the input, and one who does lets it go on")
        func deadMan() throws {
            let before = try self.gateway.lastAuditSequence()
            let terminal = try self.terminal(try self.user("dede", "--dual-control", "--dead-man", "5s"))
            try terminal.waitFor("dual control")
            let session = try self.session(of: "dede")
            let viewer = try self.watch(session)
            try self.see("within", on: viewer)
            try terminal.waitFor("what you type arrives again")
            try terminal.waitFor("has not answered", within: .seconds(60))
            try self.see("HELD,", on: viewer)
            try terminal.type("echo not ru''n\r")
            try terminal.waitFor("what you type is dropped until a supervisor watches")
            let offset = terminal.shown.count
            try viewer.type("a")
            try terminal.waitFor("what you type arrives again", after: offset)
            try terminal.type("echo ru''n; exit\r")
            _ = try terminal.wait()
            #expect(!terminal.screenText.contains("not run"))
            let held = try self.gateway.audited(AuditCodes.inputHeld, after: before)
            #expect(held.first?.fields["cause"] == "not-acknowledged")
        }

        @Test("who is in none of the groups watches, and supervises nothing")
        func groups() throws {
            let before = try self.gateway.lastAuditSequence()
            try self.gateway.administer("group", "add", "guards")
            let terminal = try self.terminal(
                try self.user("greta", "--dual-control", "--supervisors", "guards"))
            try terminal.waitFor("dual control")
            let session = try self.session(of: "greta")
            let onlooker = try self.watch(session)
            try self.see("HELD", on: onlooker)
            let joined = try #require(try self.gateway.audited(AuditCodes.watcherJoined, after: before).first)
            #expect(joined.fields["supervises"] == "false")
            #expect(try self.gateway.administer("session", "show", session.id).contains("held: no supervisor"))
            let key = try SSHKey(.ed25519, named: "guard-key", in: self.lab.scratch)
            try self.gateway.administer("user", "add", joined.actor, "--key", key.publicPath)
            try self.gateway.administer("group", "edit", "guards", "--add-user", joined.actor)
            let supervisor = try self.watch(session)
            try terminal.waitFor("what you type arrives again")
            try terminal.type("exit\r")
            _ = try terminal.wait()
            try self.see("ENDED", on: supervisor)
        }

        @Test("those who watch see each other and are listed; the user is told where the grant says so")
        func watchers() throws {
            let quiet = try self.terminal(try self.user("quinn"))
            let open = try self.terminal(try self.user("olga", "--show-watchers"))
            for terminal in [quiet, open] {
                try terminal.type("PS1='re''ady> '\r")
                try terminal.waitFor("ready> ")
            }
            let session = try self.session(of: "olga")
            let viewers = [
                try self.watch(session), try self.watch(session), try self.watch(try self.session(of: "quinn")),
            ]
            try self.see("watching:", on: viewers[0])
            try self.see("watching:", on: viewers[1])
            try open.waitFor(" watches this session")
            let listed = try self.gateway.administer("session", "list", "--json")
            #expect(listed.contains("\"watchers\""))
            #expect(try self.gateway.administer("session", "show", session.id).contains("watched by"))
            try viewers[0].type("q")
            try viewers[1].type("q")
            try open.waitFor("no longer watches this session")
            try quiet.type("echo qui''et; exit\r")
            try quiet.waitFor("quiet")
            _ = try quiet.wait()
            #expect(!quiet.screenText.contains("watches this session"))
            try open.type("exit\r")
            _ = try open.wait()
        }
    }
}
