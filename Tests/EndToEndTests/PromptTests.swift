import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Questions of a target's login that only the user can answer.
    @Suite(
        "questions of a target's login", .serialized, .laboratory, .throughGateway,
        .enabled(if: ForeignTools.areInstalled, "scripts/test installs the packages that it needs"))
    struct Prompts {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        private func add(
            _ name: String, port: Int, hostKey: String, login: String, prompts: String = "pass", to gateway: TestGateway
        ) throws {
            try gateway.administer(
                "target", "add", name, "--address", "127.0.0.1:\(port)", "--host-key", hostKey, "--prompts", prompts)
            try gateway.administer(
                "grant", "add", "alice-\(name)", "--user", "alice", "--target", name, "--account", login, "--allow",
                "shell,exec")
        }

        /// A server that asks `questions`; the vault knows the answer to the one for a password.
        private func quiz(
            _ name: String, _ questions: [String], prompts: String = "pass", on gateway: TestGateway? = nil
        ) throws -> RunningProcess {
            let port = try freePort()
            let server = try RunningProcess(
                ForeignTools.python("prompting_server.py") + ["\(port)"] + questions, in: self.lab.scratch)
            try server.waitForOutput("\n")
            let key = try self.lab.scratch.write(server.text, to: "\(name).pub")
            let gateway = gateway ?? self.gateway
            try self.add(name, port: port, hostKey: key, login: "ops", prompts: prompts, to: gateway)
            try gateway.administer(
                "credential", "set", "\(name)/ops", "--password-stdin", input: "planted-answer\n")
            return server
        }

        private func terminal(_ name: String, _ command: String?) throws -> TerminalProcess {
            return try TerminalProcess(
                self.lab.client.ssh(self.lab.route(to: name), flags: ["-tt"], command), in: self.lab.scratch)
        }

        private func answers(_ server: RunningProcess) -> Int {
            server.text.components(separatedBy: "answered planted-answer").count - 1
        }

        @Test("the user answers at a terminal, hidden or in the open as the target says; no answer is recorded")
        func answered() throws {
            let questions = [
                "Password: ", "Two steps for ops\n\nSent to +49 *** 17|Verification code: ",
                "!Your \u{1B}[31mteam\u{7}\rsallyport: ",
            ]
            let server = try self.quiz("asker", questions)
            defer { server.kill() }
            let known = Set(try self.gateway.recordings().map(\.id))
            let terminal = try self.terminal("asker", "show version")
            try terminal.waitFor("asker: Two steps for ops\r\nasker: \r\nasker: Sent to +49 *** 17\r\n")
            try terminal.waitFor("asker: Verification code: ")
            // A slip of the finger, in a character of several bytes.
            try terminal.type("planted-anß\u{7F}swer\r")
            try terminal.waitFor("asker: Your  [31mteam sallyport: ")
            try terminal.type("planted-answ€\u{7F}er\r")
            try terminal.waitFor("planted-answ€\u{8} \u{8}er\r\n")
            try terminal.waitFor("show version")
            #expect(try terminal.wait() == .exited(7))
            #expect(
                !terminal.screenText.contains("planted-an\u{df}") && !terminal.screenText.contains("planted-answer"))
            #expect(!terminal.screenText.contains("\u{1B}[31m"))
            #expect(self.answers(server) == 3, "\(server.text)")

            let entry = try #require(try self.gateway.sealedRecordings(since: known, count: 1).first)
            try self.gateway.administer("recording", "verify", entry.id)
            let events = try self.gateway.administer("recording", "export", entry.id, "--format", "ndjson")
            #expect(events.contains("asker asks the user: Two steps for ops"))
            #expect(events.components(separatedBy: "the user has answered").count == 3)
            #expect(!events.contains("planted-an"), "\(events)")
            let transcript = try self.gateway.administer("recording", "transcript", entry.id)
            #expect(transcript.contains("show version") && !transcript.contains("planted-an"))
            for word in ["planted-answer", "planted-answ€"] { #expect(!self.gateway.log.contains(word)) }
        }

        @Test("without a terminal the login ends with a line that says what to do, and nothing is answered")
        func withoutTerminal() throws {
            let server = try self.quiz("mute", ["Password: ", "Verification code: "])
            defer { server.kill() }
            let before = try self.gateway.lastAuditSequence()
            let outcome = try self.lab.client.runSSH(
                self.lab.route(to: "mute").logging(inAs: "alice@ops@mute"), "echo in")
            #expect(outcome.ending == .exited(255))
            #expect(
                outcome.errorLines == [
                    "sallyport: mute asks ops \"Verification code:\", which can only be answered at a terminal (ssh -t)"
                ])
            #expect(self.answers(server) == 1)
            try self.gateway.audited(AuditCodes.targetCredentialRefused, after: before)
        }

        @Test("Ctrl-C ends the login, and so does a question that is left alone")
        func left() throws {
            let server = try self.quiz("leaver", ["Verification code: "])
            defer { server.kill() }
            let terminal = try self.terminal("leaver", "echo in")
            try terminal.waitFor("leaver: Verification code: ")
            try terminal.type("12\u{3}")
            #expect(try terminal.wait() == .exited(255))
            #expect(
                terminal.screenText.contains(
                    "sallyport: leaver asks ops \"Verification code:\", which was not answered"))
            #expect(self.answers(server) == 0)

            let gateway = try TestGateway(named: "hasty", in: self.lab.scratch)
            let text = try String(contentsOfFile: gateway.configuration, encoding: .utf8)
            try text.replacing("# answer_seconds = 300", with: "answer_seconds = 2").write(
                toFile: gateway.configuration, atomically: true, encoding: .utf8)
            try gateway.start()
            defer { gateway.stop() }
            try self.lab.introduce(to: gateway)
            try self.lab.client.trust(port: gateway.port, publicLine: gateway.hostKeyLine())
            let other = try self.quiz("sleeper", ["Verification code: "], on: gateway)
            defer { other.kill() }
            var route = self.lab.route().logging(inAs: "alice@ops@sleeper")
            route.port = gateway.port
            let alone = try TerminalProcess(self.lab.client.ssh(route, flags: ["-tt"], "echo in"), in: self.lab.scratch)
            #expect(try alone.wait() == .exited(255))
            #expect(alone.screenText.contains("its question was left alone for 2 s"), "\(alone.screenText)")
            try waitUntil("no worker is left") { gateway.workers.isEmpty }
        }

        @Test(
            "a key that is right, then a question of the target's PAM, then the shell with what was typed ahead",
            .asRoot)
        func secondFactor() throws {
            let target = try TargetServer(
                named: "factor", in: self.lab.scratch, key: self.lab.target.key,
                settings: [
                    "UsePAM yes", "KbdInteractiveAuthentication yes",
                    "AuthenticationMethods publickey,keyboard-interactive:pam",
                ],
                pam: ["auth required pam_unix.so", "account required pam_permit.so", "session required pam_permit.so"])
            defer { target.stop() }
            try self.add(
                "factor", port: target.port, hostKey: target.hostKey.publicPath, login: target.login,
                to: self.gateway)
            try self.gateway.administer(
                "credential", "set", "factor/\(target.login)", "--key", self.lab.target.key.path)
            let known = Set(try self.gateway.recordings().map(\.id))
            let terminal = try self.terminal("factor", nil)
            try terminal.waitFor("factor: Password: ")
            try terminal.type(target.password + "\r" + "echo typed-ah''ead; exit 3\n")
            try terminal.waitFor("typed-ahead")
            #expect(try terminal.wait() == .exited(3))
            #expect(!terminal.screenText.contains(target.password))
            #expect(target.log.contains("Accepted keyboard-interactive/pam for \(target.login)"))
            let entry = try #require(try self.gateway.sealedRecordings(since: known, count: 1).first)
            let events = try self.gateway.administer("recording", "export", entry.id, "--format", "ndjson")
            #expect(events.contains("factor asks the user: Password: ") && !events.contains(target.password))
            #expect(events.contains("typed-ah"))

            // With the setting taken back, a line that quotes the question.
            try self.gateway.administer("target", "set", "factor", "--prompts", "refuse")
            let refused = try self.lab.client.runSSH(self.lab.route(to: "factor"), "echo in")
            #expect(refused.ending == .exited(255))
            let line = "sallyport: factor asks for more than the key of \(target.login): \"Password:\""
            #expect(refused.errorLines == [line])
            let unknown = try self.gateway.command(["target", "set", "factor", "--prompts", "maybe"])
            #expect(unknown.code == 2 && unknown.errorText.contains("refuse or pass"), "\(unknown.errorText)")
        }

        @Test("a question that comes after the choice from the menu is asked on the same terminal")
        func afterMenu() throws {
            let server = try self.quiz("menuasker", ["Verification code: "])
            defer { server.kill() }
            let terminal = try TerminalProcess(
                self.lab.client.ssh(self.lab.route().logging(inAs: "alice")), in: self.lab.scratch)
            try terminal.waitFor("Where to?")
            try terminal.type("menuasker\r")
            try terminal.waitFor("menuasker: Verification code: ")
            try terminal.type("planted-answer\r")
            try waitUntil("the server is answered; \(server.text)") { self.answers(server) == 1 }
            // It has no shell to give.
            #expect(try terminal.wait() == .exited(255))
            #expect(terminal.screenText.contains("the target starts no program"))
        }
    }
}
