import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Programs that sign in by themselves: from where, with what, for what, and how often at once.
    @Suite("service accounts", .serialized, .laboratory, .throughGateway)
    struct ServiceAccounts {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        /// - returns: its way to web1, with a key of its own.
        private func newAccount(
            _ name: String, from sources: String = "127.0.0.0/8", sessions: Int = 10,
            granted kinds: String? = "exec,sftp,scp"
        ) throws -> Route {
            let key = try SSHKey(.ed25519, named: "\(name)-key", in: self.lab.scratch)
            try self.gateway.administer(
                "user", "add", name, "--service", "--from", sources, "--sessions", "\(sessions)", "--key",
                key.publicPath)
            if let kinds { try self.grant(kinds, "--user", name) }
            return self.lab.route().logging(inAs: "\(name)@\(self.lab.target.login)@web1").identifying(with: key)
        }

        private func grant(_ kinds: String, _ words: String...) throws {
            let name = URL(fileURLWithPath: self.lab.scratch.freshPath("grant")).lastPathComponent
            let outcome = try self.gateway.command(
                ["grant", "add", name, "--target", "web1", "--account", self.lab.target.login, "--allow", kinds]
                    + words)
            #expect(outcome.code == 0, "\(outcome.errorText)")
        }

        private func waiting(_ route: Route) throws -> RunningProcess {
            let client = try RunningProcess(
                self.lab.client.ssh(route, "echo in; cat >/dev/null"), in: self.lab.scratch, input: .pipe)
            try client.waitForOutput("in\n")
            return client
        }

        @Test("it runs commands and moves files, and gets neither terminal nor shell nor menu")
        func nonInteractive() throws {
            let route = try self.newAccount("deploy")
            #expect(try self.lab.client.runSSH(route, "echo in").text == "in\n")
            let sent = self.lab.scratch.path("sent")
            try Data("content".utf8).write(to: URL(fileURLWithPath: sent))
            for legacy in [false, true] {
                let copied = self.lab.target.path("copied-\(legacy)")
                let outcome = try run(
                    self.lab.client.scp(route, from: sent, to: "127.0.0.1:\(copied)", legacy: legacy),
                    in: self.lab.scratch)
                #expect(outcome.code == 0, "\(outcome.errorText)")
            }

            var before = try self.gateway.lastAuditSequence()
            let shell = try self.lab.client.runSSH(route)
            #expect(shell.code > 0)
            #expect(shell.errorText.contains("shell is not permitted by your grant"))
            #expect(
                try self.gateway.audited(AuditCodes.channelRefused, after: before).first?.fields["channel"] == "shell")
            before = try self.gateway.lastAuditSequence()
            let terminal = try self.lab.client.runSSH(route, flags: ["-tt"], "test -t 0 && echo terminal")
            #expect(!terminal.text.contains("terminal"))
            #expect(terminal.errorText.contains("PTY allocation request failed"))
            #expect(
                try self.gateway.audited(AuditCodes.channelRefused, after: before).first?.fields["channel"]
                    == "terminal")

            before = try self.gateway.lastAuditSequence()
            let menu = try TerminalProcess(
                self.lab.client.ssh(route.logging(inAs: "deploy"), flags: ["-tt"]), in: self.lab.scratch)
            try menu.waitFor("a service account gets no menu: say where to go")
            _ = try menu.wait()
            let denied = try self.gateway.audited(AuditCodes.accessDenied, after: before).first
            #expect(denied?.fields["reason"] == "service-account-menu")
        }

        @Test("a grant that names it gives all it says, one of its group exec, sftp and scp")
        func grants() throws {
            let ofGroup = try self.newAccount("nightly", granted: nil)
            try self.gateway.administer("group", "add", "jobs", "--user", "nightly,alice")
            try self.grant("shell,exec", "--group", "jobs")
            #expect(try self.lab.client.runSSH(ofGroup, "echo in").text == "in\n")
            #expect(try self.lab.client.runSSH(ofGroup).errorText.contains("shell is not permitted"))
            let explained = try self.gateway.command(["explain", "nightly", self.lab.target.login, "web1"])
            #expect(explained.code == 0, "\(explained.errorText)")
            try self.grant("shell", "--user", "nightly")
            let shell = try TerminalProcess(self.lab.client.ssh(ofGroup, flags: ["-tt"]), in: self.lab.scratch)
            try shell.waitFor("ready> ")
            try shell.type("exit\n")
            _ = try shell.wait()
        }

        @Test("it comes from its addresses alone, also while a session lives")
        func sources() throws {
            let route = try self.newAccount("backup", from: "10.9.0.0/16,127.0.0.1")
            let session = try self.waiting(route)
            var before = try self.gateway.lastAuditSequence()
            try self.gateway.administer("user", "edit", "backup", "--from", "10.9.0.0/16")
            #expect(try session.wait(within: .seconds(20)).code == 255)
            let ended = try self.gateway.audited("SP3003W", after: before).first
            #expect(ended?.fields["reason"] == "service account backup may no longer come from 127.0.0.1")
            before = try self.gateway.lastAuditSequence()
            #expect(try self.lab.client.runSSH(route, "echo in").text.isEmpty)
            let failed = try self.gateway.audited(AuditCodes.loginFailed, after: before).first
            #expect(failed?.fields["cause"] == "the service account may not come from this address")
        }

        @Test("it has as many sessions as it may, and the next one a line that says so; a place is free when one ends")
        func quota() throws {
            let route = try self.newAccount("queue", sessions: 2)
            let (first, second) = (try self.waiting(route), try self.waiting(route))
            let before = try self.gateway.lastAuditSequence()
            let third = try self.lab.client.runSSH(route, "echo in")
            #expect(third.code > 0)
            #expect(third.text.isEmpty)
            #expect(third.errorText.contains("service account queue may have 2 sessions at once, and has"))
            let denied = try self.gateway.audited(AuditCodes.accessDenied, after: before).first
            #expect(denied?.fields["reason"] == "service-account-sessions")
            first.closeInput()
            #expect(try first.wait(within: .seconds(20)).code == 0)
            try waitUntil("a place is free") { try self.lab.client.runSSH(route, "echo in").text == "in\n" }
            second.closeInput()
            #expect(try second.wait(within: .seconds(20)).code == 0)
            try self.gateway.administer("user", "edit", "queue", "--sessions", "1")
            let only = try self.waiting(route)
            #expect(try self.lab.client.runSSH(route, "echo in").errorText.contains("may have one session at once"))
            only.closeInput()
            _ = try only.wait(within: .seconds(20))
        }

        @Test("nothing more than a key is asked of it, and a grant that asks for a code refuses it, by jump too")
        func secondFactor() throws {
            let route = try self.newAccount("robot")
            try self.gateway.administer("group", "add", "strict", "--user", "robot")
            try self.gateway.administer("group", "edit", "strict", "--require", "publickey+totp")
            #expect(try self.lab.client.runSSH(route, "echo in").text == "in\n")
            try self.grant("exec", "--group", "strict", "--mfa-within", "15m")
            let outer = self.lab.client.ssh(route.logging(inAs: "robot"), flags: ["-W", "web1:22"]).dropLast()
            let jump = route.logging(inAs: self.lab.target.login).with(
                "ProxyCommand=\(outer.joined(separator: " ")) 127.0.0.1",
                "HostKeyAlias=[127.0.0.1]:\(self.gateway.port)")
            for route in [route, jump] {
                let before = try self.gateway.lastAuditSequence()
                let outcome = try self.lab.client.runSSH(route, "echo in")
                #expect(outcome.text.isEmpty)
                #expect(outcome.errorText.contains("asks for a one-time code, which a service account can't give"))
                let denied = try self.gateway.audited(AuditCodes.accessDenied, after: before).first
                #expect(denied?.fields["reason"] == "service-account-second-factor")
            }
        }

        @Test("it has no password and no codes, and what can't be is refused in one line")
        func administration() throws {
            _ = try self.newAccount("cron", granted: nil)
            func refused(_ words: [String], _ code: Int32, _ text: String, input: String? = nil) throws {
                let outcome = try self.gateway.command(words, input: input)
                #expect(outcome.code == code, "\(words)")
                #expect(outcome.errorText.contains(text), "\(outcome.errorText)")
            }
            let only = "user cron is a service account, which signs in by key or certificate alone"
            try refused(["user", "set-password", "cron", "--password-stdin"], 1, only, input: "secret\n")
            try refused(["user", "totp", "enrol", "cron"], 1, only)
            try refused(["user", "edit", "cron", "--require", "password"], 1, only)
            try refused(["user", "edit", "alice", "--from", "::1"], 1, "user alice is no service account")
            let key = self.lab.identity.publicPath
            try refused(["user", "add", "z", "--service", "--key", key], 2, "a service account needs --from")
            try refused(["user", "add", "z", "--from", "::1", "--key", key], 2, "add --service")
            try refused(
                ["user", "add", "z", "--service", "--from", "::1", "--password-stdin"], 2,
                "a service account has no password")
            try refused(
                ["user", "add", "z", "--service", "--from", "10.0.0.1/8", "--key", key], 2, "networks without host bits"
            )
            try refused(["user", "add", "z", "--service", "--from", "::1"], 2, "user z could never sign in")
            #expect(try self.gateway.command(["user", "show", "z"]).code == 1)

            let listed = try self.gateway.command(["user", "show", "cron", "--json"])
            struct Shown: Decodable {
                struct Service: Decodable {
                    let from: [String]
                    let sessions: Int
                }
                let service: Service?
            }
            let shown = try JSONDecoder().decode(Shown.self, from: listed.output)
            #expect(shown.service?.from == ["127.0.0.0/8"])
            #expect(shown.service?.sessions == 10)
            #expect(try self.gateway.audit().contains { $0.code == "SP7023I" && $0.fields["sources"] == "127.0.0.0/8" })

            let before = try self.gateway.lastAuditSequence()
            let login = self.lab.route().logging(inAs: "cron@\(self.lab.target.login)@web1")
            #expect(try self.lab.client.runSSH(login, "echo in", password: "guess").text.isEmpty)
            let failed = try self.gateway.audited(AuditCodes.loginFailed, after: before).first
            #expect(failed?.fields["cause"] == "a service account signs in by key or certificate alone")
        }

        @Test("a password is shown to no program, whatever it is granted")
        func checkout() throws {
            let route = try self.newAccount("taker", granted: "exec,shell,checkout")
            let before = try self.gateway.lastAuditSequence()
            let login = self.lab.target.login
            for flags in [[], ["-tt"]] {
                let outcome = try self.lab.client.runSSH(
                    route.logging(inAs: "taker"), flags: flags, "checkout web1/\(login) --reason test")
                #expect(outcome.code != 0, "\(outcome.text)")
                #expect(
                    (outcome.text + outcome.errorText).contains("which you are not permitted to have"),
                    "\(outcome.text) \(outcome.errorText)")
            }
            #expect(try self.gateway.administer("credential", "checkouts") == "nobody has a password\n")
            #expect(try !self.gateway.audit().contains { $0.sequence > before && $0.code == "SP7221W" })
        }
    }
}
