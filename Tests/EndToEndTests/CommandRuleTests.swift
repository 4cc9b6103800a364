import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Rules on commands and on lines at shells, with what people do to get around them. docs/supervision.md says which of
    /// these ways are seen; here is where that is known from.
    @Suite("command rules", .serialized, .laboratory, .throughGateway)
    struct CommandRules {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        private func user(_ name: String, _ rules: String...) throws -> Route {
            let key = try SSHKey(.ed25519, named: "\(name)-key", in: self.lab.scratch)
            try self.gateway.administer("user", "add", name, "--key", key.publicPath)
            let words = ["--user", name, "--target", "web1", "--account", self.lab.target.login]
            let added = try self.gateway.command(
                ["grant", "add", "ruled-\(name)"] + words + ["--allow", "shell,exec,sftp"]
                    + rules.flatMap { ["--rule", $0] })
            #expect(added.code == 0, "\(added.errorText)")
            return self.lab.route().logging(inAs: "\(name)@\(self.lab.target.login)@web1").identifying(with: key)
        }

        private func session(of user: String) throws -> LiveSession {
            try waitUntil("\(user) has a session") { try self.gateway.sessions().contains { $0.user == user } }
            return try #require(try self.gateway.sessions().first { $0.user == user })
        }

        private func shell(_ route: Route, _ program: String = "bash --norc --noprofile") throws -> TerminalProcess {
            let terminal = try TerminalProcess(
                self.lab.client.ssh(route, flags: ["-tt"], "env PS1='re''ady> ' HISTFILE= \(program)"),
                in: self.lab.scratch)
            try terminal.waitFor("ready> ")
            return terminal
        }

        private func matched(after sequence: UInt64) throws -> [AuditRow] {
            try self.gateway.audit().filter { $0.sequence > sequence && $0.code == AuditCodes.commandMatched }
        }

        @Test("a command that a rule kills is never started, one that a rule is told of is, and both are audited")
        func commands() throws {
            let route = try self.user("cara", "wipe kill rm\\s+-rf", "look alert ^id")
            let before = try self.gateway.lastAuditSequence()
            #expect(try self.lab.client.runSSH(route, "id >/dev/null; echo r''un").text == "run\n")
            try output(of: ["mkdir", "-p", self.lab.target.home + "/kept"], in: self.lab.scratch)
            let killed = try self.lab.client.runSSH(route, "rm -rf kept")
            #expect(killed.code != 0, "\(killed.errorText)")
            #expect(killed.errorText.contains("the command rule wipe ends this session"), "\(killed.errorText)")
            #expect(FileManager.default.fileExists(atPath: self.lab.target.home + "/kept"))
            let rows = try self.matched(after: before)
            #expect(rows.map(\.fields["rule"]) == ["look", "wipe"])
            #expect(rows.last?.fields["command"] == "rm -rf kept")
        }

        @Test("a line that a rule locks is not run, and nothing after it is")
        func lock() throws {
            let terminal = try self.shell(try self.user("leo", "stop lock touch\\s+planted"))
            let session = try self.session(of: "leo")
            try terminal.type("touch planted-line\r")
            try terminal.waitFor("the command rule stop has locked this session")
            try terminal.type("echo ne''ver\r")
            #expect(try self.gateway.administer("session", "show", session.id).contains("command rule stop"))
            try self.gateway.administer("session", "unlock", session.id)
            try terminal.waitFor("has unlocked this session")
            try terminal.type("\u{15}ls; exit\r")
            _ = try terminal.wait()
            #expect(!terminal.screenText.contains("never"))
            #expect(!FileManager.default.fileExists(atPath: self.lab.target.home + "/planted-line"))
        }

        @Test("a line that a rule holds waits: approved it runs, denied it doesn't, and Ctrl-C takes it back")
        func hold() throws {
            let route = try self.user("hanna", "ask hold touch")
            let terminal = try self.shell(route)
            let session = try self.session(of: "hanna")
            let home = self.lab.target.home
            func isWaiting() throws -> Bool {
                try self.gateway.administer("session", "show", session.id).contains("waits for approval")
            }
            let before = try self.gateway.lastAuditSequence()
            try terminal.type("touch appro''ved; echo d''one\r")
            try terminal.waitFor("this line waits for a supervisor (rule ask)")
            try waitUntil("it is listed") { try isWaiting() }
            #expect(!FileManager.default.fileExists(atPath: home + "/approved"))
            try self.gateway.administer("session", "approve", session.id)
            try terminal.waitFor("done")
            #expect(FileManager.default.fileExists(atPath: home + "/approved"))
            var offset = terminal.shown.count
            try terminal.type("touch denied\r")
            try terminal.waitFor("waits for a supervisor", after: offset)
            try waitUntil("it is listed") { try isWaiting() }
            try self.gateway.administer("session", "deny", session.id)
            try terminal.waitFor("has denied it", after: offset)
            try terminal.type("\u{15}")
            offset = terminal.shown.count
            try terminal.type("touch taken-back\r")
            try terminal.waitFor("waits for a supervisor", after: offset)
            try terminal.type("\u{3}")
            try waitUntil("it is taken back") { try !isWaiting() }
            try terminal.type("\u{15}echo a''fterwards; exit\r")
            try terminal.waitFor("afterwards")
            _ = try terminal.wait()
            for name in ["denied", "taken-back"] {
                #expect(!FileManager.default.fileExists(atPath: "\(home)/\(name)"), "\(name)")
            }
            let codes = try self.gateway.audit().filter { $0.sequence > before }.map(\.code)
            #expect(codes.contains(AuditCodes.commandApproved) && codes.contains(AuditCodes.commandDenied))
            // A command of its own waits as well.
            let client = try RunningProcess(
                self.lab.client.ssh(route, "touch by-command; echo ok"), in: self.lab.scratch)
            defer { client.kill() }
            let second = try self.session(of: "hanna")
            try waitUntil("it waits") { client.errorText.contains("this command waits for a supervisor") }
            try self.gateway.administer("session", "approve", second.id)
            #expect(try client.wait().text == "ok\n")
        }

        @Test("a shell without a terminal is looked at line by line")
        func withoutTerminal() throws {
            let before = try self.gateway.lastAuditSequence()
            let client = try RunningProcess(
                self.lab.client.ssh(try self.user("tara", "stop kill touch\\s+planted"), flags: ["-T"], nil),
                in: self.lab.scratch, input: .pipe)
            defer { client.kill() }
            try client.write("echo fi''rst\n")
            try client.waitForOutput("first")
            try client.write("touch planted-piped\necho sec''ond\n")
            #expect(try client.wait().code != 0)
            #expect(!client.text.contains("second"), "\(client.text)")
            #expect(!FileManager.default.fileExists(atPath: self.lab.target.home + "/planted-piped"))
            #expect(try self.matched(after: before).map(\.fields["command"]) == ["touch planted-piped"])
        }

        /// A way to write `touch planted` and whether it is seen.
        struct Way: CustomTestStringConvertible, Sendable {
            let name: String
            let keys: String
            let isSeen: Bool
            var testDescription: String { self.name }
        }

        static let ways = [
            Way(name: "plain", keys: "touch planted\r", isSeen: true),
            Way(name: "behind another command", keys: "true; touch planted\r", isSeen: true),
            Way(name: "edited in the middle", keys: "tou planted\u{1}\u{1B}[C\u{1B}[C\u{1B}[Cch\r", isSeen: true),
            Way(name: "ended with Ctrl-J", keys: "touch planted\n", isSeen: true),
            Way(name: "ended with Ctrl-O", keys: "touch planted\u{F}", isSeen: true),
            Way(name: "from the history", keys: "\u{1B}[A\r", isSeen: true),
            Way(name: "pasted", keys: "\u{1B}[200~touch planted\u{1B}[201~\r", isSeen: true),
            Way(name: "the second of two lines at once", keys: "true\rtouch planted\r", isSeen: true),
            Way(name: "without echo", keys: "stty -echo\rtouch planted\r", isSeen: true),
            Way(name: "in vi mode", keys: "set -o vi\rtouch lanted\u{1B}bip\r", isSeen: true),
            Way(name: "completed by Tab", keys: ": > plante''d0\rtouch plante\t\r", isSeen: true),
            Way(name: "in a shell within", keys: "sh\rtouch planted\r", isSeen: true),
            Way(name: "quotes", keys: "to''uch planted\r", isSeen: false),
            Way(name: "a variable", keys: "x=touch; $x planted\r", isSeen: false),
            Way(name: "a substitution", keys: "$(echo dG91Y2ggcGxhbnRlZAo= | base64 -d)\r", isSeen: false),
            Way(name: "base64 into sh", keys: "echo dG91Y2ggcGxhbnRlZAo= | base64 -d | sh\r", isSeen: false),
            Way(name: "an alias", keys: "alias t='tou''ch'\rt planted\r", isSeen: false),
            Way(name: "continued on a second line", keys: "tou\\\rch planted\r", isSeen: false),
            Way(name: "history expansion", keys: "^x^planted^\r", isSeen: false),
        ]

        @Test("what is seen of the ways around a rule is what the documents say", arguments: ways)
        func evasion(way: Way) throws {
            let name = "e" + String(way.name.filter(\.isLetter).lowercased().prefix(20))
            let terminal = try self.shell(try self.user(name, "stop lock touch\\s+planted"))
            if way.name == "from the history" { try terminal.type("history -s touch planted\r") }
            if way.name == "history expansion" { try terminal.type("touch x\r") }
            let offset = terminal.shown.count
            try terminal.waitFor("ready> ", after: max(0, offset - 8))
            try terminal.type(way.keys)
            if way.isSeen {
                try terminal.waitFor("the command rule stop has locked this session")
            } else {
                try terminal.type("echo lin''es are over\r")
                try terminal.waitFor("lines are over")
                #expect(!terminal.screenText.contains("the command rule"))
            }
        }
    }
}
