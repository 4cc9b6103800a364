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
                    "user-ca", "add", name, "--key", key.publicPath, "--principals", principals)
            }
            return key
        }

        /// A user without any key of their own, and the way to web1.
        private func newUser(_ name: String, allowing kinds: String = "shell,exec,local-forward") throws {
            try self.gateway.administer("user", "add", name, "--password-stdin", input: "not used\n")
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
                (authority, [], "the certificate is for somebody else"),
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
                (authority, ["-h", "-n", "tom"], "the certificate can't be read, or is none of a user"),
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
            try self.gateway.administer("user-ca", "remove", "robots", "--reason", "retired")
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

        @Test("a revocation list is read again when it changes, and a missing or damaged one lets no key in")
        func revocation() throws {
            let path = self.lab.scratch.path("revoked.krl")
            let authority = try self.authority("revoking")
            try self.newUser("xena")
            let route = try self.route("xena", authority, ["-n", "xena", "-z", "5"])
            #expect(try self.isLetIn(route))
            let configuration = try String(contentsOfFile: self.gateway.configuration, encoding: .utf8)
            self.gateway.stop()
            try Data((configuration + "\n[identity]\nrevoked_keys = \"\(path)\"\n").utf8).write(
                to: URL(fileURLWithPath: self.gateway.configuration))
            try self.gateway.start()
            // There is none yet.
            #expect(try !self.isLetIn(route))
            #expect(try self.lab.ssh("echo in").text.isEmpty)
            try output(of: ["ssh-keygen", "-q", "-k", "-f", path], in: self.lab.scratch)
            #expect(try self.isLetIn(route))
            #expect(try self.lab.ssh("echo in").text == "in\n")
            try self.lab.scratch.write("serial: 5\n", to: "serials")
            try output(
                of: [
                    "ssh-keygen", "-q", "-k", "-u", "-f", path, "-s", authority.publicPath,
                    self.lab.scratch.path("serials"),
                ], in: self.lab.scratch)
            #expect(try !self.isLetIn(route))
            #expect(try self.isLetIn(try self.route("xena", authority, ["-n", "xena", "-z", "6"])))
            // Keys that are no certificates, too.
            try output(
                of: ["ssh-keygen", "-q", "-k", "-u", "-f", path, self.lab.identity.publicPath], in: self.lab.scratch)
            #expect(try self.lab.ssh("echo in").text.isEmpty)
            let list = try #require(FileManager.default.contents(atPath: path))
            try list.dropLast(3).write(to: URL(fileURLWithPath: path))
            #expect(try !self.isLetIn(try self.route("xena", authority, ["-n", "xena", "-z", "6"])))
            self.gateway.stop()
            try Data(configuration.utf8).write(to: URL(fileURLWithPath: self.gateway.configuration))
            try self.gateway.start()
            #expect(try self.isLetIn(route))
        }
    }
}
