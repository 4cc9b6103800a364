import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Several factors at one login, and codes of an authenticator app.
    @Suite("login factors", .serialized, .laboratory, .throughGateway)
    struct Factors {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        private static let password = "planted-password-of-a-user"

        /// A user of the test's own with a key and a password, and the way to web1.
        private func newUser(_ name: String, requiring factors: String...) throws -> Route {
            let key = try SSHKey(.ed25519, named: "\(name)-key", in: self.lab.scratch)
            try self.gateway.administer(
                "user", "add", name, "--key", key.publicPath, "--password-stdin", input: Self.password + "\n")
            if !factors.isEmpty {
                try self.gateway.administer("user", "edit", name, "--require", factors.joined(separator: ","))
            }
            try self.lab.grant("web1", user: name)
            return self.lab.route().logging(inAs: "\(name)@\(self.lab.target.login)@web1").identifying(with: key)
        }

        private func login(
            _ route: Route, flags: [String] = [], password: String = Self.password, code: String = "none"
        ) throws -> (outcome: Outcome, prompts: [String]) {
            try self.lab.client.runSSH(
                route, flags: flags, "echo in", answers: [("assword", password), ("code", code)])
        }

        @Test(
            "paramiko is led from the key to the code",
            .enabled(if: ForeignTools.areInstalled, "scripts/test installs the packages that it needs"))
        func paramiko() throws {
            _ = try self.newUser("petra", requiring: "publickey+totp")
            let app = try SecondFactor(enrolling: "petra", on: self.gateway)
            func client(_ code: String) throws -> Outcome {
                try run(
                    ForeignTools.python("factor_client.py") + [
                        "\(self.gateway.port)", "petra@\(self.lab.target.login)@web1",
                        self.lab.scratch.path("petra-key"), code, "echo in; exit 7",
                    ], in: self.lab.scratch)
            }
            let code = try app.code()
            let led = try client(code)
            #expect(
                led.text.split(separator: "\n") == [
                    "left: keyboard-interactive", "prompt: One-time code: hidden", "left: ", "output: in", "exit: 7",
                ], "\(led.text)\(led.errorText)")
            // No code is good twice.
            #expect(try client(code).text.split(separator: "\n").last == "refused")
        }

        @Test("a key and a code: neither alone, no code twice, also not after a restart, and recovery codes once")
        func keyAndCode() throws {
            let route = try self.newUser("kate", requiring: "publickey+totp")
            let app = try SecondFactor(enrolling: "kate", on: self.gateway)
            #expect(app.recoveryCodes.count == 10)
            let before = try self.gateway.lastAuditSequence()
            let alone = try self.lab.client.runSSH(route, "echo in")
            #expect(alone.ending == .exited(255))
            #expect(alone.errorText.contains("Permission denied (keyboard-interactive)"))
            let failed = try self.gateway.audited(AuditCodes.loginFailed, after: before)
            #expect(failed.first?.fields["cause"] == "a further factor was not given")

            let code = try app.code()
            let (first, prompts) = try self.login(route, code: code)
            #expect(first.text == "in\n", "\(first.errorText)")
            // Nothing but the code is asked for.
            #expect(prompts.map { $0.hasSuffix("One-time code:") } == [true], "\(prompts)")
            let succeeded = try self.gateway.audited(AuditCodes.loginSucceeded, after: before)
            #expect(succeeded.first?.fields["method"] == "public-key+totp")
            #expect(try self.login(route, code: code).outcome.ending == .exited(255))
            #expect(
                try self.gateway.audited(AuditCodes.loginFailed, after: before).last?.fields["cause"]
                    == "one-time code used already")
            self.gateway.stop()
            try self.gateway.start()
            #expect(try self.login(route, code: code).outcome.ending == .exited(255))
            #expect(try self.login(route, code: try app.code(stepsAhead: 1)).outcome.text == "in\n")
            #expect(try self.login(route, code: "000000").outcome.ending == .exited(255))
            #expect(try self.login(route, code: try app.code(stepsAhead: 9)).outcome.ending == .exited(255))

            #expect(try self.login(route, code: app.recoveryCodes[3].uppercased()).outcome.text == "in\n")
            #expect(try self.login(route, code: app.recoveryCodes[3]).outcome.ending == .exited(255))
            #expect(try self.gateway.administer("user", "show", "kate").contains("recovery codes left:  9"))
            // No secret of any of this is in the log, or in the audit log.
            let audit = try self.gateway.administer("audit", "list", "--limit", "10000", "--json")
            for secret in app.recoveryCodes + [code] {
                #expect(!self.gateway.log.contains(secret))
                #expect(!audit.contains("\"\(secret)\""))
            }
        }

        @Test(
            "a password and a code, by the password method and by keyboard-interactive alone",
            arguments: ["keyboard-interactive", "password,keyboard-interactive"])
        func passwordAndCode(methods: String) throws {
            let name = methods.hasPrefix("k") ? "liam" : "lena"
            let route = try self.newUser(name, requiring: "password+totp")
            let app = try SecondFactor(enrolling: name, on: self.gateway)
            let asking = route.identifying(with: nil).with("PreferredAuthentications=\(methods)")
            let (right, prompts) = try self.login(asking, code: try app.code())
            #expect(right.text == "in\n", "\(right.errorText)")
            #expect(prompts.count == 2, "\(prompts)")
            #expect(prompts.last?.hasSuffix("One-time code:") == true)
            let wrong = try self.login(asking, password: "wrong", code: try app.code(stepsAhead: 1))
            #expect(wrong.outcome.ending == .exited(255))
            // A wrong password is the end: nobody learns of the code.
            #expect(!wrong.prompts.contains { $0.contains("code") }, "\(wrong.prompts)")
            // The key alone is not among the combinations.
            #expect(try self.lab.client.runSSH(route, "echo in").ending == .exited(255))
        }

        @Test("PuTTY asks for the code too")
        func putty() throws {
            let route = try self.newUser("mona", requiring: "password+totp")
            let app = try SecondFactor(enrolling: "mona", on: self.gateway)
            let fingerprint = try output(
                of: ["ssh-keygen", "-lf", self.gateway.state + "/keys/host_ed25519.pub"], in: self.lab.scratch
            ).split(separator: " ")[1]
            let terminal = try TerminalProcess(
                [
                    "plink", "-ssh", "-noagent", "-no-antispoof", "-P", "\(route.port)", "-hostkey",
                    String(fingerprint), "-l",
                    route.login, "127.0.0.1", "echo in",
                ], in: self.lab.scratch)
            try terminal.waitFor("assword: ")
            try terminal.type(Self.password + "\r")
            try terminal.waitFor("One-time code: ")
            let code = try app.code()
            let offset = terminal.shown.count
            try terminal.type(code + "\r")
            try terminal.waitFor("\nin", after: offset)
            #expect(try terminal.wait() == .exited(0))
            #expect(!terminal.screenText.contains(code))
        }

        @Test("unknown users, disabled ones and those without the method are asked the same, and hear the same")
        func constantAnswers() throws {
            // So that the failures of other tests slow nobody down here.
            self.gateway.stop()
            try self.gateway.start()
            _ = try self.newUser("nina", requiring: "publickey+totp")
            _ = try self.newUser("nora")
            try self.gateway.administer("user", "disable", "nora")
            var heard: Set<[String]> = []
            for name in ["nina", "nora", "nobody-at-all", "alice"] {
                let route = self.lab.route().logging(inAs: "\(name)@\(self.lab.target.login)@web1")
                    .identifying(with: nil)
                let (outcome, prompts) = try self.lab.client.runSSH(
                    route, flags: ["-v"], "true", answers: [("assword", "wrong"), ("code", "123456")])
                #expect(outcome.ending == .exited(255))
                let lines = outcome.errorLines.filter {
                    $0.contains("Authentications that can continue") || $0.contains("Permission denied")
                        || $0.contains("Next authentication method")
                }
                #expect(lines.contains { $0.hasSuffix("publickey,password,keyboard-interactive") }, "\(lines)")
                let named = { (text: String) in text.replacingOccurrences(of: name, with: "NAME") }
                heard.insert((lines + prompts).map(named))
            }
            #expect(heard.count == 1, "\(heard)")
        }

        @Test("who guesses is slowed, and whoever signs in with a key from the same address is not")
        func guessing() throws {
            self.gateway.stop()
            try self.gateway.start()
            let route = try self.newUser("rita")
            let before = try self.gateway.lastAuditSequence()
            let asking = route.identifying(with: nil).with("PreferredAuthentications=password")
            // At once, each on a connection of its own: beyond the free ones they wait, or are refused unread.
            let guesses = try (0..<24).map { _ in
                try RunningProcess(
                    self.lab.client.ssh(asking.with("NumberOfPasswordPrompts=1"), "true"), in: self.lab.scratch,
                    environment: ["SSH_ASKPASS": "/bin/echo", "SSH_ASKPASS_REQUIRE": "force"])
            }
            for guess in guesses { #expect(try guess.wait(within: .seconds(60)).code == 255) }
            #expect(try self.lab.client.runSSH(route, "echo in").text == "in\n")
            let rows = try self.gateway.audit().filter {
                $0.sequence > before && $0.code == AuditCodes.loginFailed && $0.fields["method"] != "none"
            }
            #expect(rows.count <= 10, "\(rows.count)")
            self.gateway.stop()
            try self.gateway.start()
        }

        @Test("a group's rule counts for its members beside their own")
        func groupRule() throws {
            let route = try self.newUser("otto")
            #expect(try self.lab.client.runSSH(route, "echo in").text == "in\n")
            try self.gateway.administer("group", "add", "strict", "--user", "otto")
            try self.gateway.administer("group", "edit", "strict", "--require", "publickey+totp")
            #expect(try self.lab.client.runSSH(route, "echo in").ending == .exited(255))
            // Nobody who has no app gets in by any code.
            #expect(try self.login(route, code: "123456").outcome.ending == .exited(255))
            let app = try SecondFactor(enrolling: "otto", on: self.gateway)
            #expect(try self.login(route, code: try app.code()).outcome.text == "in\n")
            try self.gateway.administer("group", "edit", "strict", "--require", "default")
            #expect(try self.lab.client.runSSH(route, "echo in").text == "in\n")
            let bad = try self.gateway.command(["user", "edit", "otto", "--require", "totp"])
            #expect(bad.code == 2)
            #expect(bad.errorText.contains("a one-time code alone proves too little"))
        }

        @Test("a grant that wants a fresh code has it asked for: in the login name, by a jump; the menu says how")
        func stepUp() throws {
            let route = try self.newUser("paul")
            let account = self.lab.target.login
            try self.gateway.administer("grant", "remove", "paul-web1")
            try self.gateway.administer(
                "grant", "add", "paul-mfa", "--user", "paul", "--target", "web1", "--account", account, "--allow",
                "shell,exec", "--mfa-within", "10m")
            // Who has no app is told what is missing.
            let none = try self.lab.client.runSSH(route, "echo in")
            #expect(
                none.errorLines == [
                    "sallyport: \(account)@web1 asks for a one-time code, and you have none set up: ask your administrator"
                ])
            let app = try SecondFactor(enrolling: "paul", on: self.gateway)
            let menu = try TerminalProcess(
                self.lab.client.ssh(route.logging(inAs: "paul"), flags: ["-tt"]), in: self.lab.scratch)
            try menu.waitFor("web1")
            try menu.type("\r")
            try menu.waitFor("asks for a one-time code: connect with ssh paul@\(account)@web1@GATEWAY")
            #expect(try menu.wait() != .exited(0))

            let jump = route.logging(inAs: account).with(
                "ProxyCommand="
                    + self.lab.client.ssh(route.logging(inAs: "paul"), flags: ["-W", "web1:22"])
                    .joined(separator: " "),
                "HostKeyAlias=[127.0.0.1]:\(self.gateway.port)")
            let (jumped, prompts) = try self.login(jump, code: try app.code())
            #expect(jumped.text == "in\n", "\(jumped.errorText)")
            #expect(prompts.count == 1, "\(prompts)")
            // From here that is fresh enough, for every way in.
            #expect(try self.lab.client.runSSH(route, "echo in").text == "in\n")
            // A restart forgets it, so that the login is asked again.
            self.gateway.stop()
            try self.gateway.start()
            #expect(try self.lab.client.runSSH(route, "echo in").ending == .exited(255))
            let control = self.lab.scratch.path("paul-control")
            let (shared, asked) = try self.login(
                route.with("ControlMaster=auto", "ControlPath=\(control)", "ControlPersist=20"),
                code: try app.code(stepsAhead: 1))
            #expect(shared.text == "in\n", "\(shared.errorText)")
            #expect(asked.count == 1)
            let second = try run(
                ["ssh", "-F", "/dev/null", "-o", "ControlPath=\(control)", "nowhere", "echo again"],
                in: self.lab.scratch)
            #expect(second.text == "again\n", "\(second.errorText)")
            _ = try run(
                ["ssh", "-F", "/dev/null", "-o", "ControlPath=\(control)", "-O", "exit", "nowhere"],
                in: self.lab.scratch)
        }

        @Test("an enrolment shows a QR code and the URI, and counts once a code has confirmed it")
        func enrolment() throws {
            let route = try self.newUser("quin", requiring: "publickey+totp")
            let shown = try self.gateway.administer("user", "totp", "enrol", "quin")
            #expect(shown.contains("otpauth://totp/Sallyport:quin?secret="))
            #expect(shown.contains("\u{2588}"))
            let wrong = try self.gateway.command(["user", "totp", "confirm", "quin"], input: "000000\n")
            #expect(wrong.code != 0)
            #expect(wrong.errorText.contains("the code is wrong"))
            #expect(try self.login(route, code: "000000").outcome.ending == .exited(255))
            let app = try SecondFactor(enrolling: "quin", on: self.gateway)
            #expect(try self.login(route, code: try app.code()).outcome.text == "in\n")
            #expect(
                try self.gateway.command(["user", "totp", "confirm", "quin"], input: "000000\n").errorText
                    .contains("there is no enrolment of user quin to confirm"))
            try self.gateway.administer("user", "totp", "remove", "quin")
            #expect(try self.login(route, code: try app.code(stepsAhead: 1)).outcome.ending == .exited(255))
        }

        @Test("a key that is removed while the code is asked for has proved nothing")
        func keyRemovedBetween() throws {
            let route = try self.newUser("kira", requiring: "publickey+totp")
            let app = try SecondFactor(enrolling: "kira", on: self.gateway)
            let (asked, go) = (self.lab.scratch.path("kira-asked"), self.lab.scratch.path("kira-go"))
            let askpass = self.lab.scratch.path("kira-askpass")
            try writeProgram(
                "#!/bin/sh\n: > \(asked)\nwhile [ ! -f \(go) ]; do sleep 0.02; done\necho \(try app.code())\n",
                to: askpass, mode: 0o700)
            let client = try RunningProcess(
                self.lab.client.ssh(route.with("BatchMode=no"), "echo in"), in: self.lab.scratch,
                environment: ["SSH_ASKPASS": askpass, "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"])
            try waitUntil("the code is asked for: \(client.errorText)") {
                FileManager.default.fileExists(atPath: asked)
            }
            let key = try #require(route.identity)
            let line = try output(of: ["ssh-keygen", "-l", "-f", key.publicPath], in: self.lab.scratch)
            let fingerprint = try #require(line.split(separator: " ").first { $0.hasPrefix("SHA256:") })
            try self.gateway.administer("user", "key", "remove", "kira", String(fingerprint))
            try Data().write(to: URL(fileURLWithPath: go))
            let outcome = try client.wait()
            #expect(outcome.code == 255 && !outcome.text.contains("in"), "\(outcome.errorText)")
            #expect(try self.gateway.sessions().isEmpty)
        }
    }
}
