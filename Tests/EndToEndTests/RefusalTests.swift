import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// What can't work says so in one line, is audited, and leaves nothing behind.
    @Suite("refusals", .serialized, .laboratory, .throughGateway)
    struct Refusals {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        /// Runs `body`, whose ssh must fail, and checks the words, the audit and what is left.
        /// - returns: the one line that the person saw.
        @discardableResult
        private func refused(auditedAs code: String, _ body: () throws -> Outcome) throws -> String {
            let before = try self.gateway.lastAuditSequence()
            let known = Set(try self.gateway.recordings().map(\.id))
            let outcome = try body()
            #expect(outcome.code > 0, "\(outcome.ending)")
            #expect(outcome.text.isEmpty)
            #expect(outcome.errorLines.count == 1, "\(outcome.errorText)")
            #expect(!outcome.errorText.unicodeScalars.contains { $0.value < 32 && $0 != "\n" && $0 != "\r" })
            #expect(!outcome.errorText.contains(self.lab.target.password))
            try self.gateway.audited(code, after: before)
            try waitUntil("no session is left") { try self.gateway.sessions().isEmpty }
            try waitUntil("no worker is left") { self.gateway.workers.isEmpty }
            for entry in try self.gateway.recordings() where !known.contains(entry.id) {
                #expect(entry.ended != nil)
                try self.gateway.administer("recording", "verify", entry.id)
            }
            return outcome.errorLines.first ?? ""
        }

        @Test("outsiders learn nothing: unknown user, wrong key and unknown target get the same words")
        func outsiders() throws {
            let stranger = try SSHKey(.ed25519, named: "stranger", in: self.lab.scratch)
            let account = self.lab.target.login
            var words: Set<String> = []
            for name in [
                "alice@\(account)@web1", "nobody@\(account)@web1", "alice@\(account)@nowhere", "alice", "@@",
            ] {
                let line = try self.refused(auditedAs: AuditCodes.loginFailed) {
                    try self.lab.client.runSSH(
                        self.lab.route().identifying(with: stranger).logging(inAs: name), "echo in")
                }
                words.insert(line.replacingOccurrences(of: "\(name)@127.0.0.1", with: "NAME"))
            }
            #expect(words.count == 1, "\(words)")
            #expect(words.first?.contains("Permission denied") == true)
        }

        @Test("mosh, which would go on unrecorded, is refused with the reason")
        func mosh() throws {
            let outcome = try self.lab.client.runSSH(self.lab.route(), "mosh-server new -c 256")
            #expect(outcome.code == 255)
            #expect(outcome.errorLines == ["sallyport: mosh leaves SSH for UDP, which can't be recorded: use ssh"])
        }

        @Test("a wrong password is refused, for a known user and for an unknown one, in the same words")
        func wrongPassword() throws {
            var words: Set<String> = []
            for name in ["alice", "nobody"] {
                let login = "\(name)@\(self.lab.target.login)@web1"
                let line = try self.refused(auditedAs: AuditCodes.loginFailed) {
                    try self.lab.client.runSSH(
                        self.lab.route().logging(inAs: login), "echo in", password: "not the password")
                }
                words.insert(line.replacingOccurrences(of: "\(login)@127.0.0.1", with: "NAME"))
            }
            #expect(words.count == 1, "\(words)")
        }

        @Test("the target's password is not alice's")
        func targetPassword() throws {
            try self.refused(auditedAs: AuditCodes.loginFailed) {
                try self.lab.client.runSSH(self.lab.route(), "echo in", password: self.lab.target.password)
            }
        }

        @Test("a target that is not there, and one without a grant, are refused alike")
        func noGrant() throws {
            try self.gateway.administer(
                "target", "add", "secret", "--address", "127.0.0.1:\(self.lab.target.port)", "--host-key",
                self.lab.target.hostKey.publicPath)
            var words: Set<String> = []
            for target in ["nowhere", "secret"] {
                let line = try self.refused(auditedAs: AuditCodes.accessDenied) {
                    try self.lab.client.runSSH(self.lab.route(to: target), "echo in")
                }
                words.insert(line.replacingOccurrences(of: target, with: "TARGET"))
            }
            #expect(words.count == 1, "\(words)")
        }

        @Test("an account without a grant is refused")
        func otherAccount() throws {
            try self.refused(auditedAs: AuditCodes.accessDenied) {
                try self.lab.client.runSSH(self.lab.route().logging(inAs: "alice@root@web1"), "echo in")
            }
        }

        @Test("a target that is down is named as such")
        func targetDown() throws {
            try self.lab.addTarget("down", port: freePort(), hostKey: self.lab.target.hostKey)
            let line = try self.refused(auditedAs: AuditCodes.targetUnreachable) {
                try self.lab.client.runSSH(self.lab.route(to: "down"), "echo in")
            }
            #expect(line.contains("down"))
        }

        @Test("a changed host key is refused before any credential is sent")
        func changedHostKey() throws {
            let other = try SSHKey(.ed25519, named: "other-host", in: self.lab.scratch)
            try self.lab.addTarget("moved", port: self.lab.target.port, hostKey: other)
            let seen = self.lab.target.log.count
            try self.refused(auditedAs: AuditCodes.targetHostKeyMismatch) {
                try self.lab.client.runSSH(self.lab.route(to: "moved"), "echo in")
            }
            let log = self.lab.target.log.dropFirst(seen)
            #expect(log.contains("Connection from"))
            for word in ["Accepted", "Failed", "Postponed", "preauth] user", self.lab.target.login] {
                #expect(!log.contains(word), "\(log)")
            }
        }

        @Test("a target that refuses the credential is refused in one line")
        func refusedCredential() throws {
            let wrong = try SSHKey(.ed25519, named: "wrong-credential", in: self.lab.scratch)
            try self.lab.addTarget("closed", port: self.lab.target.port, hostKey: self.lab.target.hostKey)
            try self.gateway.administer("credential", "set", "closed/\(self.lab.target.login)", "--key", wrong.path)
            try self.refused(auditedAs: AuditCodes.targetCredentialRefused) {
                try self.lab.client.runSSH(self.lab.route(to: "closed"), "echo in")
            }
        }

        @Test("a refused password credential is named in no word anywhere", .asRoot)
        func refusedPassword() throws {
            let account = self.lab.target.login
            try self.lab.addTarget("closed2", port: self.lab.target.port, hostKey: self.lab.target.hostKey)
            try self.gateway.administer(
                "credential", "set", "closed2/\(account)", "--password-stdin", input: "planted-wrong-password\n")
            let line = try self.refused(auditedAs: AuditCodes.targetCredentialRefused) {
                try self.lab.client.runSSH(self.lab.route(to: "closed2"), "echo in")
            }
            #expect(!line.contains("planted"))
            #expect(!self.gateway.log.contains("planted"))
            #expect(!(try self.gateway.administer("audit", "list", "--json")).contains("planted"))
        }

        @Test("on a terminal the refusal is one line too")
        func onTerminal() throws {
            let terminal = try TerminalProcess(
                self.lab.client.ssh(self.lab.route(to: "nowhere")), in: self.lab.scratch)
            let ending = try terminal.wait()
            #expect(ending != .exited(0))
            let lines = terminal.screenText.split(whereSeparator: \.isNewline).filter { !$0.isEmpty }
            #expect(lines.count { $0.hasPrefix("sallyport: ") } == 1, "\(lines)")
            // ssh may add that the connection is closed.
            #expect(lines.count <= 2, "\(lines)")
        }

        @Test("bytes that are not SSH end the connection, and the gateway goes on")
        func notSSH() throws {
            let zeros = String(repeating: "\u{0}", count: 5000)
            // The second says nothing at all and leaves.
            for text in ["GET / HTTP/1.0\r\n\r\n", "", "SSH-2.0-x\r\n", "SSH-2.0-x\r\n" + zeros] {
                let words = "exec 3<>/dev/tcp/127.0.0.1/\(self.gateway.port); printf %s \"$1\" >&3; exec 3>&-"
                _ = try run(["bash", "-c", words, "bash", text], in: self.lab.scratch)
            }
            try waitUntil("no worker is left") { self.gateway.workers.isEmpty }
            #expect(try self.lab.ssh("echo next").text == "next\n")
        }
    }
}
