import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Passwords that people are shown, and give back.
    @Suite("check-out", .serialized, .laboratory, .throughGateway, .asRoot)
    struct Checkouts {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        /// `name` with a password of `ops`, and alice let in by a grant of `kinds`.
        private func server(_ name: String, allowing kinds: String) throws -> AccountServer {
            let server = try AccountServer(named: name, in: self.lab.scratch)
            try self.gateway.administer(
                "target", "add", name, "--address", "127.0.0.1:\(server.port)", "--host-key", server.hostKey.publicPath)
            try self.gateway.administer(
                "credential", "set", "\(name)/ops", "--password-stdin", input: server.password + "\n")
            try self.gateway.administer(
                "grant", "add", "\(name)-ops", "--user", "alice", "--target", name, "--account", "ops", "--allow", kinds
            )
            return server
        }

        /// alice's command to the gateway itself, at a terminal.
        private func atTerminal(_ command: String, as user: String = "alice") throws -> TerminalProcess {
            let words = self.lab.client.ssh(self.lab.route().logging(inAs: user), flags: ["-tt"], command)
            return try TerminalProcess(words, in: self.lab.scratch, columns: 200)
        }

        private func said(_ command: String) throws -> (code: Int32?, text: String) {
            let terminal = try self.atTerminal(command)
            let ending = try terminal.wait()
            guard case .exited(let code) = ending else { return (nil, terminal.screenText) }
            return (code, terminal.screenText)
        }

        @Test(
            "a permitted person is shown a password once, at a terminal, alone, and it is another one when it is back")
        func outAndIn() throws {
            let server = try self.server("co", allowing: "exec,checkout")
            defer { server.stop() }
            let before = try self.gateway.lastAuditSequence()
            let known = Set(try self.gateway.recordings().map(\.id))
            let out = try self.said("checkout co/ops --reason change 4711 --for 10m")
            #expect(out.code == 0 && out.text.contains(server.password), "\(out.text)")
            #expect(out.text.contains("co/ops is yours for 10 min; return it with: checkin co/ops"))
            let event = try #require(try self.gateway.audited("SP7221W", after: before).first)
            #expect(event.actor == "alice" && event.fields["reason"] == "change 4711" && event.fields["seconds"] != nil)

            // Exclusive, for everybody and everything.
            let again = try self.said("checkout co/ops --reason again")
            #expect(again.code == 1 && again.text.contains("alice has checked co/ops out"), "\(again.text)")
            #expect(!again.text.contains(server.password))
            let rotation = try self.gateway.command(["credential", "rotate", "co/ops"])
            #expect(rotation.code == 1 && rotation.errorText.contains("alice has checked co/ops out"))
            let list = try self.gateway.administer("credential", "checkouts")
            #expect(list.contains("co/ops") && list.contains("alice") && list.contains("change 4711"))

            let back = try self.said("checkin co/ops")
            #expect(back.code == 0 && back.text.contains("co/ops is returned and has a new password"), "\(back.text)")
            #expect(try self.gateway.administer("credential", "checkouts") == "nobody has a password\n")
            #expect(try self.gateway.audited("SP7222I", after: before).first?.fields["cause"] == "returned")
            #expect(try self.gateway.audited("SP7212I", after: before).first?.fields["trigger"] == "checkin")
            let session = try self.lab.client.runSSH(self.lab.route().logging(inAs: "alice@ops@co"), "echo in")
            #expect(session.text == "in\n", "\(session.errorText)")

            // What was shown stands nowhere.
            var kept = self.gateway.log + (try self.gateway.administer("audit", "list", "--limit", "1000", "--json"))
            for recording in try self.gateway.sealedRecordings(since: known, count: 3) {
                kept += try self.gateway.administer("recording", "export", recording.id, "--format", "ndjson")
            }
            #expect(!kept.contains(server.password))
            let nothing = try self.said("checkin co/ops")
            #expect(nothing.code == 1 && nothing.text.contains("you have not checked co/ops out"))
        }

        @Test("without a terminal, a reason, a permission or a password to show there is one line, and nothing is out")
        func refusals() throws {
            let server = try self.server("no", allowing: "exec")
            defer { server.stop() }
            let before = try self.gateway.lastAuditSequence()
            let denied = try self.said("checkout no/ops --reason test")
            #expect(denied.code == 1 && denied.text.contains("you may not check no/ops out"), "\(denied.text)")
            #expect(
                try self.gateway.audited(AuditCodes.accessDenied, after: before).first?.fields["reason"]
                    == "no-checkout")
            let unknown = try self.said("checkout nowhere/ops --reason test")
            #expect(unknown.code == 1 && unknown.text.contains("you may not check nowhere/ops out"))

            try self.gateway.administer(
                "grant", "add", "no-ops-2", "--user", "alice", "--target", "no", "--account", "ops", "--allow",
                "checkout")
            let piped = try self.lab.client.runSSH(
                self.lab.route().logging(inAs: "alice"), "checkout no/ops --reason test")
            #expect(piped.code == 1 && piped.text.isEmpty)
            #expect(piped.errorText.contains("shown on a terminal only"), "\(piped.errorText)")
            #expect(try self.said("checkout no/ops").text.contains("say why: --reason WHY"))
            #expect(try self.said("checkout no/ops --reason x --for 99h").text.contains("at most 480 minutes"))
            try self.gateway.administer("credential", "set", "no/ops", "--key", self.lab.target.key.path)
            #expect(try self.said("checkout no/ops --reason x").text.contains("only passwords"))
            #expect(try self.gateway.administer("credential", "checkouts") == "nobody has a password\n")
        }

        @Test("a permission to be shown a password opens no session")
        func noSession() throws {
            let server = try self.server("only", allowing: "checkout")
            defer { server.stop() }
            let outcome = try self.lab.client.runSSH(self.lab.route().logging(inAs: "alice@ops@only"), "echo in")
            #expect(outcome.text.isEmpty && outcome.errorText.contains("you have no access to"), "\(outcome.errorText)")
        }

        @Test("a password comes back by itself: at its time, when an operator says so, when the grant is gone")
        func byItself() throws {
            try self.gateway.configure("rotation", "check_seconds = 1")
            self.gateway.stop()
            try self.gateway.start()
            let server = try self.server("back", allowing: "exec,checkout")
            defer { server.stop() }
            for (length, cause) in [("2s", "time"), ("1h", "operator"), ("1h", "withdrawn")] {
                let before = try self.gateway.lastAuditSequence()
                let out = try self.said("checkout back/ops --reason \(cause) --for \(length)")
                #expect(out.code == 0, "\(out.text)")
                switch cause {
                case "operator":
                    #expect(
                        try self.gateway.administer("credential", "checkin", "back/ops")
                            == "back/ops is taken back and has a new password\n")
                case "withdrawn": try self.gateway.administer("grant", "remove", "back-ops")
                default: break
                }
                let event = try #require(try self.gateway.audited("SP7222I", after: before).first)
                #expect(event.fields["cause"] == cause)
                #expect(try self.gateway.audited("SP7212I", after: before).first?.fields["trigger"] == "checkin")
                try waitUntil("nobody has it") {
                    try self.gateway.administer("credential", "checkouts") == "nobody has a password\n"
                }
            }
        }
    }
}
