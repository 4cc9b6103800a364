import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Targets that ask for more than the account's credential, and what the vault answers.
    @Suite("targets' questions", .serialized, .laboratory, .throughGateway)
    struct TargetQuestions {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        private static let seed = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

        private func ssh(_ target: String, _ command: String) throws -> Outcome {
            try self.lab.client.runSSH(self.lab.route(to: target), command)
        }

        // MARK: OpenSSH with PAM

        /// An sshd whose PAM stack asks as `authentication` says, with google-authenticator's file in place.
        private func pamServer(_ name: String, _ settings: [String], _ authentication: [String]) throws -> TargetServer
        {
            let file = try self.lab.scratch.write(
                "\(Self.seed)\n\" WINDOW_SIZE 3\n\" DISALLOW_REUSE\n\" TOTP_AUTH\n", to: "\(name)-codes", mode: 0o600)
            let codes = "auth required pam_google_authenticator.so secret=\(file) user=root no_strict_owner"
            return try TargetServer(
                named: name, in: self.lab.scratch,
                settings: ["UsePAM yes", "KbdInteractiveAuthentication yes"] + settings,
                pam: authentication.map { $0 == "codes" ? codes : $0 }
                    + ["account required pam_permit.so", "session required pam_permit.so"])
        }

        @Test("a target that asks for password and one-time code gets both", .asRoot)
        func passwordAndCode() throws {
            let target = try self.pamServer(
                "both", ["PasswordAuthentication no"], ["auth required pam_unix.so", "codes"])
            defer { target.stop() }
            try self.lab.addTarget("both", port: target.port, hostKey: target.hostKey)
            let account = "both/\(target.login)"
            try self.gateway.administer("credential", "set", account, "--password-stdin", input: target.password + "\n")
            let without = try self.ssh("both", "echo in")
            #expect(without.errorLines.count == 1)
            #expect(
                without.errorText.contains(
                    "both asks for more than the password of \(target.login): \"Verification code:"))

            let set = try self.gateway.administer(
                "credential", "answer", "set", account, "--totp-stdin", input: Self.seed + "\n")
            #expect(set == "\(account) answers questions for a one-time code with codes (SHA1, 6 digits, 30 s)\n")
            let before = try self.gateway.lastAuditSequence()
            let outcome = try self.ssh("both", "echo in")
            #expect(outcome.text == "in\n", "\(outcome.errorText) \(target.log.suffix(2000))")
            let event = try self.gateway.audited(AuditCodes.targetQuestionAnswered, after: before)
            #expect(event.first?.fields["kind"] == "totp")
            #expect(event.first?.fields["question"]?.contains("Verification code") == true)
            let shown = try self.gateway.administer("credential", "show", account)
            #expect(shown.contains("questions for a one-time code") && !shown.contains(Self.seed))
        }

        @Test("a key or a certificate, then a one-time code", .asRoot, arguments: ["key", "certificate"])
        func keyAndCode(kind: String) throws {
            let trust = try self.lab.scratch.write("", to: "second-trust-\(kind)")
            let name = "second-\(kind)"
            let target = try self.pamServer(
                name,
                [
                    "AuthenticationMethods publickey,keyboard-interactive:pam", "TrustedUserCAKeys \(trust)",
                    "PasswordAuthentication no",
                ], ["codes"])
            defer { target.stop() }
            try self.lab.addTarget(name, port: target.port, hostKey: target.hostKey)
            let account = "\(name)/\(target.login)"
            if kind == "certificate" {
                let said = try self.gateway.administer("credential", "set", account, "--ca", "--ca-name", "second")
                try self.lab.scratch.write(
                    "\(try #require(said.split(separator: "\n").last))\n", to: "second-trust-\(kind)")
            } else {
                try self.gateway.administer("credential", "set", account, "--key", target.key.path)
            }
            let without = try self.ssh(name, "echo in")
            #expect(
                without.errorText.contains(
                    "\(name) asks for more than the \(kind) of \(target.login): \"Verification code:"))
            try self.gateway.administer(
                "credential", "answer", "set", account, "--totp-stdin",
                input: "otpauth://totp/x?secret=\(Self.seed)&period=30\n")
            let outcome = try self.ssh(name, "echo in")
            #expect(outcome.text == "in\n", "\(outcome.errorText) \(target.log.suffix(2000))")
            // The credential may be replaced: its answers stay.
            try self.gateway.administer("credential", "set", account, "--key", target.key.path)
            #expect(try self.gateway.administer("credential", "show", account).contains("one-time code"))
        }

        // MARK: A server that says what it was answered

        private func promptingServer(_ name: String, _ words: [String], password: Bool = true) throws -> RunningProcess
        {
            let port = try freePort()
            let server = try RunningProcess(
                ForeignTools.python("prompting_server.py") + ["\(port)"] + words, in: self.lab.scratch)
            try server.waitForOutput("\n")
            let key = try self.lab.scratch.write(server.text, to: "\(name).pub")
            try self.gateway.administer(
                "target", "add", name, "--address", "127.0.0.1:\(port)", "--host-key", key)
            if password {
                try self.gateway.administer(
                    "credential", "set", "\(name)/ops", "--password-stdin", input: "planted-answer\n")
            } else {
                try self.gateway.administer("credential", "set", "\(name)/ops", "--key", self.lab.target.key.path)
            }
            try self.gateway.administer(
                "grant", "add", "alice-\(name)", "--user", "alice", "--target", name, "--account", "ops", "--allow",
                "shell,exec")
            return server
        }

        private func answer(_ name: String, _ question: String, with answer: String = "planted-answer") throws {
            try self.gateway.administer(
                "credential", "answer", "set", "\(name)/ops", "--question", question, "--secret-stdin",
                input: answer + "\n")
        }

        @Test(
            "several questions get the answers of their patterns, the longest pattern first",
            .enabled(if: ForeignTools.areInstalled, "scripts/test installs the packages that it needs"),
            arguments: [true, false])
        func several(password: Bool) throws {
            let name = "several-\(password)"
            let questions = ["!Your token's PIN: ", "Name of your first pet? ", "Word of the day: "]
            let server = try self.promptingServer(
                name, password ? ["Password: "] + questions : ["--key-first"] + questions, password: password)
            defer { server.kill() }
            try self.answer(name, "*pin*")
            try self.answer(name, "*", with: "planted-wrong")
            try self.answer(name, "name of*pet?*")
            let wrong = try self.lab.client.runSSH(
                self.lab.route(to: name).logging(inAs: "alice@ops@\(name)"), "echo in")
            #expect(wrong.ending == .exited(255))
            #expect(wrong.errorLines == ["sallyport: \(name) refused the credential for ops"])
            try self.answer(name, "*")
            let right = try self.lab.client.runSSH(
                self.lab.route(to: name).logging(inAs: "alice@ops@\(name)"), "echo in")
            #expect(right.text == "echo in\n", "\(right.errorText) \(server.errorText)")
            // Each answer was given once, the wrong one too.
            #expect(server.text.components(separatedBy: "answered planted-wrong").count - 1 == 1)
            let shown = try self.gateway.administer("credential", "show", "\(name)/ops", "--json")
            #expect(!shown.contains("planted") && shown.contains("name of*pet?*"))
            let audit = try self.gateway.administer("audit", "list", "--limit", "10000", "--json")
            #expect(!audit.contains("planted-wrong"))
            try self.gateway.administer("credential", "answer", "remove", "\(name)/ops", "--question", "*pin*")
            let removed = try self.lab.client.runSSH(
                self.lab.route(to: name).logging(inAs: "alice@ops@\(name)"), "echo in")
            #expect(removed.ending == .exited(255))
        }

        @Test(
            "two logins at once never give the same code: one waits for the next",
            .enabled(if: ForeignTools.areInstalled, "scripts/test installs the packages that it needs"))
        func once() throws {
            let server = try self.promptingServer(
                "once", ["--key-first", "--codes", "\(Self.seed):10", "Verification code: "], password: false)
            defer { server.kill() }
            try self.gateway.administer(
                "credential", "answer", "set", "once/ops", "--totp-stdin",
                input: "otpauth://totp/x?secret=\(Self.seed)&period=10\n")
            let route = self.lab.route(to: "once").logging(inAs: "alice@ops@once")
            let logins = try (0..<2).map { _ in
                try RunningProcess(self.lab.client.ssh(route, "echo in"), in: self.lab.scratch)
            }
            for login in logins {
                let outcome = try login.wait()
                #expect(outcome.text == "echo in\n", "\(outcome.errorText) \(server.text)")
            }
            let codes = server.text.split(separator: "\n").filter { $0.hasPrefix("answered") }
            #expect(codes.count == 2 && Set(codes).count == 2, "\(codes)")
        }

        @Test("what can't be an answer is refused in one line")
        func refused() throws {
            let account = "web1/\(self.lab.target.login)"
            for (words, input, code, message) in [
                (["--totp-stdin"], "not a seed!\n", 2, "the seed is not base32"),
                (["--secret-stdin"], "x\n", 2, "--secret-stdin needs --question PATTERN"),
                (["--question", "*", "--secret-stdin"], "\n", 2, "the answer is empty"),
            ] as [([String], String, Int32, String)] {
                let said = try self.gateway.command(["credential", "answer", "set", account] + words, input: input)
                #expect(said.code == code)
                #expect(said.errorLines.first == "sallyport: error: \(message)", "\(said.errorText)")
            }
            let nobody = try self.gateway.command(
                ["credential", "answer", "set", "web1/nobody", "--totp-stdin"], input: Self.seed + "\n")
            #expect(nobody.code == 1)
            #expect(nobody.errorText.contains("there is no credential for web1/nobody yet"))
        }
    }
}
