import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Certificates of an authority that the gateway trusts, made by ssh-keygen and offered by the stock client.
    @Suite("user certificates", .serialized, .laboratory, .throughGateway)
    struct UserCertificates {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        /// An authority, trusted for the user of each principal's name unless said otherwise.
        private func authority(_ name: String, principals: String = "*", trusted: Bool = true) throws -> SSHKey {
            let key = try SSHKey(.ed25519, named: "\(name)-ca", in: self.lab.scratch)
            if trusted {
                try self.gateway.administer(
                    "user", "authority", "add", name, "--key", key.publicPath, "--principals", principals)
            }
            return key
        }

        /// A user without any key of their own, and the way to web1.
        private func newUser(_ name: String, allowing kinds: String = "shell,exec,local-forward") throws {
            // Possible once an authority is trusted that could let them in.
            try self.gateway.administer("user", "add", name)
            try self.gateway.administer(
                "grant", "add", "\(name)-web1", "--user", name, "--target", "web1", "--account",
                self.lab.target.login, "--allow", kinds)
        }

        /// Logs in with a fresh key that `authority` certifies by these words of ssh-keygen.
        private func route(
            _ user: String, _ authority: SSHKey, _ words: [String], kind: SSHKey.Kind = .ed25519
        ) throws -> Route {
            let name = URL(fileURLWithPath: self.lab.scratch.freshPath("certified")).lastPathComponent
            let key = try SSHKey(kind, named: name, in: self.lab.scratch)
            try output(
                of: ["ssh-keygen", "-q", "-s", authority.path, "-I", name] + words + [key.publicPath],
                in: self.lab.scratch)
            return self.lab.route().logging(inAs: "\(user)@\(self.lab.target.login)@web1").identifying(with: key)
        }

        private func isLetIn(_ route: Route) throws -> Bool {
            try self.lab.client.runSSH(route, "echo in").text == "in\n"
        }

        @Test("a certificate lets its principal in, with each kind of key, and is named in the audit log")
        func right() throws {
            let authority = try self.authority("corporate")
            try self.newUser("sara")
            for kind in SSHKey.Kind.allCases {
                let before = try self.gateway.lastAuditSequence()
                let outcome = try self.lab.client.runSSH(
                    try self.route("sara", authority, ["-n", "ops,sara", "-z", "42"], kind: kind), "echo in")
                #expect(outcome.text == "in\n", "\(kind): \(outcome.errorText)")
                let row = try #require(try self.gateway.audited(AuditCodes.loginSucceeded, after: before).first)
                #expect(row.fields["method"] == "certificate")
                #expect(row.fields["key"]?.contains("serial 42 by corporate") == true)
            }
            // The bare key of a certificate is nobody's.
            let route = try self.route("sara", authority, ["-n", "sara"])
            let bare = try SSHKey(.ed25519, named: "bare", in: self.lab.scratch)
            #expect(try !self.isLetIn(route.identifying(with: bare)))
        }

        @Test("every reason to refuse a certificate does, and is on record")
        func refusals() throws {
            let authority = try self.authority("issuer")
            let stranger = try self.authority("stranger", trusted: false)
            try self.newUser("tom")
            let cases: [(SSHKey, [String], String)] = [
                (stranger, ["-n", "tom"], "certificate of an authority that is not trusted"),
                (authority, ["-n", "alice"], "the certificate is for somebody else"),
                (authority, [], "the certificate names no principal"),
                (authority, ["-n", "tom", "-V", "20200101:20200102"], "the certificate has expired"),
                (authority, ["-n", "tom", "-V", "+1d:+2d"], "the certificate is not valid yet"),
                (
                    authority, ["-n", "tom", "-O", "force-command=true"],
                    "the certificate has a critical option that is not served: force-command"
                ),
                (
                    authority, ["-n", "tom", "-O", "critical:x@example.org=1"],
                    "the certificate has a critical option that is not served: x@example.org"
                ),
                (
                    authority, ["-n", "tom", "-O", "source-address=10.0.0.0/8"],
                    "the certificate is not for this source address"
                ),
            ]
            for (signer, words, cause) in cases {
                let before = try self.gateway.lastAuditSequence()
                #expect(try !self.isLetIn(try self.route("tom", signer, words)), "\(words)")
                let rows = try self.gateway.audited(AuditCodes.loginFailed, after: before)
                #expect(rows.last?.fields["cause"] == cause, "\(words)")
            }
            #expect(
                try self.isLetIn(try self.route("tom", authority, ["-n", "tom", "-O", "source-address=127.0.0.0/8"])))
        }

        @Test(
            "a certificate that was altered, or that no authority has signed with its key, is refused",
            .enabled(if: ForeignTools.areInstalled, "scripts/test installs the packages that it needs"))
        func altered() throws {
            let authority = try self.authority("signing")
            try self.newUser("olga")
            let key = try SSHKey(.ed25519, named: "olga-key", in: self.lab.scratch)
            try output(
                of: ["ssh-keygen", "-q", "-s", authority.path, "-I", "olgas-laptop", "-n", "olga", key.publicPath],
                in: self.lab.scratch)
            func offer(_ altered: String...) throws -> String {
                try output(
                    of: ForeignTools.python("certificate_client.py") + [
                        "\(self.gateway.port)", "olga@\(self.lab.target.login)@web1", key.path,
                        key.path + "-cert.pub", "echo in",
                    ] + altered, in: self.lab.scratch)
            }
            #expect(try offer() == "in\n")
            let before = try self.gateway.lastAuditSequence()
            // What no check but that of the signature looks at.
            #expect(try offer("olgas-laptop") == "refused\n")
            let rows = try self.gateway.audited(AuditCodes.loginFailed, after: before)
            #expect(rows.last?.fields["cause"] == "the certificate was altered")
        }

        @Test("a host's certificate in place of a user's is refused, and is on record")
        func hostCertificate() throws {
            let authority = try self.authority("hosts")
            try self.newUser("tess")
            // The stock client offers none from a file, but does from an agent.
            let key = try SSHKey(.ed25519, named: "tess-host", in: self.lab.scratch)
            try output(
                of: ["ssh-keygen", "-q", "-h", "-s", authority.path, "-I", "host", "-n", "tess", key.publicPath],
                in: self.lab.scratch)
            let socket = self.lab.scratch.path("agent.sock")
            let agent = try RunningProcess(["ssh-agent", "-D", "-a", socket], in: self.lab.scratch)
            defer { agent.terminate() }
            try waitUntil("the agent listens") { FileManager.default.fileExists(atPath: socket) }
            try output(of: ["env", "SSH_AUTH_SOCK=\(socket)", "ssh-add", "-q", key.path], in: self.lab.scratch)
            let before = try self.gateway.lastAuditSequence()
            let route = self.lab.route().logging(inAs: "tess@\(self.lab.target.login)@web1").with(
                "IdentityAgent=\(socket)", "IdentitiesOnly=no")
            #expect(try !self.isLetIn(route))
            let rows = try self.gateway.audited(AuditCodes.loginFailed, after: before)
            #expect(rows.last?.fields["cause"] == "the certificate is none of a user")
        }

        @Test("principals are led to users, and those that are not named are nobody")
        func mapping() throws {
            let authority = try self.authority("robots", principals: "deploy-bot=uma,vera")
            try self.newUser("uma")
            try self.newUser("vera")
            #expect(try self.isLetIn(try self.route("uma", authority, ["-n", "deploy-bot"])))
            #expect(try !self.isLetIn(try self.route("uma", authority, ["-n", "uma"])))
            #expect(try !self.isLetIn(try self.route("vera", authority, ["-n", "deploy-bot"])))
            #expect(try self.isLetIn(try self.route("vera", authority, ["-n", "vera"])))
            let client = try RunningProcess(
                self.lab.client.ssh(try self.route("vera", authority, ["-n", "vera"]), "echo in; cat >/dev/null"),
                in: self.lab.scratch, input: .pipe)
            try client.waitForOutput("in\n")
            try self.gateway.administer("user", "authority", "remove", "robots", "--reason", "retired")
            #expect(try client.wait(within: .seconds(5)).code == 255)
            #expect(try !self.isLetIn(try self.route("vera", authority, ["-n", "vera"])))
        }

        @Test("what the certificate's extensions leave out is refused: a terminal, forwards, the menu")
        func extensions() throws {
            let authority = try self.authority("narrow")
            try self.newUser("will")
            let wide = try self.route("will", authority, ["-n", "will"])
            let narrow = try self.route("will", authority, ["-n", "will", "-O", "clear"])
            let terminal = try self.lab.client.runSSH(wide, flags: ["-tt"], "test -t 0 && echo terminal")
            #expect(terminal.text.contains("terminal"))
            let refused = try self.lab.client.runSSH(narrow, flags: ["-tt"], "test -t 0 && echo terminal")
            #expect(!refused.text.contains("terminal"))
            #expect(refused.errorText.contains("PTY allocation request failed"))
            #expect(try self.isLetIn(narrow))
            let forward = try run(
                self.lab.client.ssh(narrow, flags: ["-W", "127.0.0.1:\(self.lab.target.port)"]), in: self.lab.scratch,
                typing: "SSH-2.0-test\r\n")
            #expect(!forward.text.contains("SSH-"))
            let menu = try TerminalProcess(
                self.lab.client.ssh(narrow.logging(inAs: "will"), flags: ["-tt"]), in: self.lab.scratch)
            try menu.waitFor("your certificate permits no terminal")
            _ = try menu.wait()
        }

        @Test(
            "an authority lets nobody in whom nobody has added, by a rule of principals either")
        func unknown() throws {
            let authority = try self.authority("nadias", principals: "*@nad.example=nad-*")
            try self.newUser("nad-ia")
            #expect(try self.isLetIn(try self.route("nad-ia", authority, ["-n", "ia@nad.example"])))
            #expect(try !self.isLetIn(try self.route("nad-io", authority, ["-n", "io@nad.example"])))
            for words in [["--key", authority.path], ["--principals", "a=b=c"]] {
                let outcome = try self.gateway.command(
                    ["user", "authority", "add", "wrong", "--key", authority.publicPath, "--principals", "x"] + words)
                #expect(outcome.code != 0)
                #expect(outcome.errorLines.first?.hasPrefix("sallyport: error:") == true, "\(outcome.errorText)")
            }
            #expect(try self.gateway.command(["user", "authority", "list"]).text.contains("*@nad.example=nad-*"))
        }

        @Test("a session ends with its certificate, after a warning and with a line, unless it was said to go on")
        func expiry() throws {
            let authority = try self.authority("short")
            try self.newUser("greta")
            let before = try self.gateway.lastAuditSequence()
            let terminal = try TerminalProcess(
                self.lab.client.ssh(
                    try self.route("greta", authority, ["-n", "greta", "-V", "-1m:+15s"]), flags: ["-tt"],
                    "echo in; cat"), in: self.lab.scratch, columns: 120)
            try terminal.waitFor("this session ends in")
            try terminal.waitFor("the certificate that you signed in with has expired", within: .seconds(60))
            #expect(try terminal.wait(within: .seconds(60)) == .exited(255))
            let ended = try self.gateway.audited("SP3004W", after: before)
            #expect(ended.first?.fields["reason"] == "the certificate that you signed in with has expired")

            // Without a session there is no line: a connection that is shared, and idle.
            let route = try self.route("greta", authority, ["-n", "greta", "-V", "-1m:+15s"])
            let menu = try TerminalProcess(
                self.lab.client.ssh(
                    self.lab.route().logging(inAs: "greta").identifying(with: route.identity),
                    flags: ["-tt"]), in: self.lab.scratch)
            try menu.waitFor("web1")
            let withdrawn = try self.gateway.lastAuditSequence()
            guard case .exited(255) = try menu.wait(within: .seconds(60)) else {
                Issue.record("the menu went on")
                return
            }
            #expect(
                try self.gateway.audited("SP3003W", after: withdrawn).first?.fields["reason"]?
                    .contains("has expired") == true)

            try self.gateway.configure("identity", "sessions_outlive_certificates = true")
            self.gateway.stop()
            try self.gateway.start()
            let last = try self.route("greta", authority, ["-n", "greta", "-V", "-1m:+15s"])
            let other = try RunningProcess(
                self.lab.client.ssh(last, "echo in; cat"), in: self.lab.scratch, input: .pipe)
            try other.waitForOutput("in\n")
            try waitUntil("the certificate has expired", within: .seconds(40), every: .milliseconds(500)) {
                try !self.isLetIn(last)
            }
            // It would have ended a second later.
            pause(.seconds(2))
            #expect(other.poll() == nil)
            other.closeInput()
            #expect(try other.wait().code == 0)
        }
    }
}
