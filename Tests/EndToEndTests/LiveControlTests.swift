import Foundation
import Glibc
import SallyportTesting
import Testing

extension EndToEnd {
    /// Locks and messages of a security team, as the admin at the other end meets them.
    @Suite("locks and messages", .serialized, .laboratory, .throughGateway)
    struct LiveControl {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        private func shell() throws -> (terminal: TerminalProcess, session: LiveSession) {
            let known = Set(try self.gateway.sessions().map(\.id))
            let terminal = try TerminalProcess(
                self.lab.client.ssh(self.lab.route(), flags: ["-tt"], "sh"), in: self.lab.scratch)
            try terminal.type("PS1='re''ady> '\r")
            try terminal.waitFor("ready> ")
            let session = try #require(try self.gateway.sessions().first { !known.contains($0.id) })
            return (terminal, session)
        }

        private func events(of id: String) throws -> String {
            try waitUntil("the recording of \(id) is sealed") {
                try self.gateway.recordings().contains { $0.id == id && $0.ended != nil }
            }
            try self.gateway.administer("recording", "verify", id)
            return try self.gateway.administer("recording", "export", id, "--format", "ndjson")
        }

        @Test("what is typed while locked never happens, output still comes, and everybody is told")
        func lockTerminal() throws {
            let before = try self.gateway.lastAuditSequence()
            let (terminal, session) = try self.shell()
            let place = self.lab.target.home
            try terminal.type("cd \(place); mkfifo go; (read x < go; echo from the tar''get) &\r")
            try terminal.waitFor("ready> ")
            let locked = try self.gateway.administer(
                "session", "lock", session.id, "--reason", "wait for the change \u{1B}[2Jwindow")
            #expect(locked == "locked: \(session.id)\n")
            try terminal.waitFor("has locked this session: wait for the change ")
            #expect(!terminal.screenText.contains("\u{1B}[2J"))
            #expect(
                try self.gateway.administer("session", "lock", session.id).hasPrefix("was locked before: "))
            try terminal.type("touch planted-by-lock\r")
            // The target goes on showing things.
            try output(of: ["sh", "-c", "echo > \(place)/go"], in: self.lab.scratch)
            try terminal.waitFor("from the target")
            let listed = try self.gateway.administer("session", "show", session.id)
            #expect(listed.contains("locked by"))
            try self.gateway.administer("session", "unlock", session.id)
            try terminal.waitFor("has unlocked this session")
            try terminal.type("ls; echo here after''wards; exit 3\r")
            try terminal.waitFor("here afterwards")
            #expect(try terminal.wait() == .exited(3))
            #expect(!terminal.screenText.contains("planted-by-lock"))
            let events = try self.events(of: session.id)
            #expect(events.contains("\"locked\"") && events.contains("\"unlocked\""), "\(events)")
            #expect(events.contains("\"bytes\":22"), "\(events)")
            let audited = try self.gateway.audited(AuditCodes.sessionLocked, after: before)
            #expect(audited.count == 1 && audited.first?.fields["confirmed"] == "true", "\(audited)")
            try self.gateway.audited(AuditCodes.sessionUnlocked, after: before)
        }

        @Test("what programs send waits while locked, nothing new starts, and no byte is lost")
        func lockPrograms() throws {
            let control = self.lab.scratch.freshPath("c")
            let master = try RunningProcess(
                self.lab.client.ssh(self.lab.route(), flags: ["-M", "-S", control, "-tt"], "cat"), in: self.lab.scratch,
                input: .pipe)
            defer { master.kill() }
            try waitUntil("the shared connection is there") { FileManager.default.fileExists(atPath: control) }
            try master.write("go\n")
            try master.waitForOutput("go")
            let session = try #require(try self.gateway.sessions().last)
            let pipe = try RunningProcess(
                self.lab.client.ssh(self.lab.route(), flags: ["-S", control], "cat; exit 4"), in: self.lab.scratch,
                input: .pipe)
            try pipe.write("one\n")
            try pipe.waitForOutput("one\n")
            try self.gateway.administer("session", "lock", session.id, "--reason", "a look")
            let block = String(repeating: "two and three\n", count: 20_000)
            try pipe.write("two\n")
            let refused = try self.lab.client.runSSH(self.lab.route(), flags: ["-S", control], "echo started")
            #expect(refused.code == 255 && refused.text.isEmpty)
            #expect(refused.errorText.contains("has locked this session: a look"), "\(refused.errorText)")
            #expect(!pipe.text.contains("two"))
            try self.gateway.administer("session", "unlock", session.id)
            try pipe.waitForOutput("two\n")
            try pipe.write(block)
            pipe.closeInput()
            let ended = try pipe.wait(within: .seconds(60))
            #expect(ended.code == 4 && ended.text == "one\ntwo\n" + block)
            #expect(try self.lab.client.runSSH(self.lab.route(), flags: ["-S", control], "echo more").text == "more\n")
        }

        @Test("what was typed before the lock and waits for a busy target goes on; what comes behind it is dropped")
        func lockFullPipe() throws {
            let known = Set(try self.gateway.sessions().map(\.id))
            let client = try RunningProcess(
                self.lab.client.ssh(
                    self.lab.route(), flags: ["-tt"],
                    "stty raw -echo; echo ready; while [ ! -e go-on ]; do sleep 0.1; done; cat"),
                in: self.lab.scratch, input: .pipe)
            defer { client.kill() }
            try client.waitForOutput("ready")
            let session = try #require(try self.gateway.sessions().first { !known.contains($0.id) })
            // First most of a server's window of 2 MiB, then a little more than the rest, which waits at the gateway.
            var typed = 0
            for count in [(2 << 20) - 100_000, 120_000] {
                try client.write(String(repeating: "a", count: count))
                typed += count
                try waitUntil("the gateway has all of it", within: .seconds(60)) {
                    try self.gateway.administer("recording", "show", session.id, "--json")
                        .contains("\"bytes_in\":\(typed),")
                }
            }
            try self.gateway.administer("session", "lock", session.id)
            try client.write("behind")
            try waitUntil("what comes behind it is dropped", within: .seconds(60)) {
                try self.gateway.administer("recording", "export", session.id, "--format", "ndjson")
                    .contains("input_dropped")
            }
            try output(of: ["touch", self.lab.target.home + "/go-on"], in: self.lab.scratch)
            try self.gateway.administer("session", "unlock", session.id)
            try client.write(String(repeating: "b", count: 200))
            try client.waitForOutput("bbb", within: .seconds(60))
            #expect(!client.text.contains("behind"))
        }

        @Test("a forwarded connection waits while locked, and no new one is opened")
        func lockForwards() throws {
            let port = try freePort()
            let echo = try RunningProcess(
                ["socat", "TCP-LISTEN:\(port),bind=127.0.0.1,reuseaddr,fork", "EXEC:cat"], in: self.lab.scratch)
            defer { echo.kill() }
            try waitForListener(port: port)
            let target = try self.lab.forwardTarget("locked-forward", "--forward", "127.0.0.1:\(port)")
            let known = Set(try self.gateway.sessions().map(\.id))
            let tunnel = try self.lab.tunnel(
                to: target, ["-L", "0:127.0.0.1:\(port)"].freshPort(at: 1), options: ["LogLevel=INFO"])
            defer { tunnel.process.kill() }
            func connect() throws -> RunningProcess {
                try RunningProcess(
                    ["socat", "-t", "60", "-", "TCP:127.0.0.1:\(tunnel.port)"], in: self.lab.scratch, input: .pipe)
            }
            let connection = try connect()
            try connection.write("one\n")
            try connection.waitForOutput("one\n")
            let session = try #require(try self.gateway.sessions().first { !known.contains($0.id) })
            try self.gateway.administer("session", "lock", session.id)
            try connection.write("two\n")
            // It is refused after what came before it on the same connection to the gateway has been taken in.
            let another = try connect()
            try waitUntil("the new connection is refused") {
                tunnel.process.errorText.contains("the session is locked")
            }
            another.kill()
            #expect(connection.text == "one\n")
            try self.gateway.administer("session", "unlock", session.id)
            try connection.waitForOutput("two\n")
            connection.closeInput()
            #expect(try connection.wait(within: .seconds(60)).text == "one\ntwo\n")
        }

        @Test("a message that must be acknowledged holds the terminal until Enter, and says who and when")
        func message() throws {
            let before = try self.gateway.lastAuditSequence()
            let (terminal, session) = try self.shell()
            try self.gateway.administer("session", "message", session.id, "just so you know")
            try terminal.waitFor("just so you know")
            try terminal.type("echo still o''pen\r")
            try terminal.waitFor("still open")
            try self.gateway.administer("session", "message", session.id, "stop and read", "--require-ack")
            try terminal.waitFor("press Enter")
            try terminal.type("echo not ru''n\r")
            try waitUntil("it is acknowledged") {
                try self.gateway.audit().contains {
                    $0.sequence > before && $0.code == AuditCodes.sessionMessageAcknowledged
                }
            }
            try terminal.type("echo open a''gain; exit\r")
            try terminal.waitFor("open again")
            _ = try terminal.wait()
            #expect(!terminal.screenText.contains("not run"))
            let events = try self.events(of: session.id)
            #expect(events.contains("stop and read") && events.contains("is acknowledged"), "\(events)")
            #expect(try self.gateway.audited(AuditCodes.sessionMessaged, after: before).count == 2)
        }

        @Test(
            "without a terminal there is no message, a stopped worker confirms no lock, and strangers' ids are errors")
        func refusals() throws {
            let known = Set(try self.gateway.sessions().map(\.id))
            let client = try RunningProcess(
                self.lab.client.ssh(self.lab.route(), "echo here; cat"), in: self.lab.scratch, input: .pipe)
            defer { client.kill() }
            try client.waitForOutput("here")
            let session = try #require(try self.gateway.sessions().first { !known.contains($0.id) })
            let silent = try self.gateway.command(["session", "message", session.id, "hello"])
            #expect(silent.code == 1 && silent.errorText.contains("has no terminal"), "\(silent.errorText)")
            let before = try self.gateway.lastAuditSequence()
            Glibc.kill(session.pid, SIGSTOP)
            let stopped = try self.gateway.command(["session", "lock", session.id])
            #expect(stopped.code == 1 && stopped.errorText.contains("does not answer"), "\(stopped.errorText)")
            let audited = try self.gateway.audited(AuditCodes.sessionLocked, after: before)
            #expect(audited.first?.fields["confirmed"] == "false")
            #expect(try self.gateway.kill(session.id, reason: "stopped").verified)
            let none = try self.gateway.command(["session", "unlock", "nosuchsession"])
            #expect(none.code == 1 && none.errorText.contains("no live session"), "\(none.errorText)")
        }
    }
}
