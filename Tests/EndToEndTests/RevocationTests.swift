import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Lists of revoked keys, as ssh-keygen makes them and as people write them.
    @Suite("revoked keys", .serialized, .throughGateway)
    struct Revocations {
        /// A gateway whose list of revoked keys is this file, an authority that it trusts, and a user who has nothing else.
        private struct Stage {
            let lab: Laboratory
            let list: String
            let authority: SSHKey

            init() throws {
                self.lab = try Laboratory(startGateway: false)
                self.list = self.lab.scratch.path("revoked")
                try self.lab.gateway.configure("identity", "revoked_keys = \"\(self.list)\"")
                try self.lab.gateway.start()
                try self.lab.introduce(to: self.lab.gateway)
                self.authority = try SSHKey(.ed25519, named: "ca", in: self.lab.scratch)
                try self.lab.gateway.administer(
                    "user", "authority", "add", "ca", "--key", self.authority.publicPath, "--principals", "*")
                try self.lab.gateway.administer("user", "add", "xena")
                try self.lab.grant("web1", user: "xena")
            }

            func certified(_ name: String, serial: Int) throws -> (route: Route, key: SSHKey) {
                let key = try SSHKey(.ed25519, named: name, in: self.lab.scratch)
                try output(
                    of: [
                        "ssh-keygen", "-q", "-s", self.authority.path, "-I", "id of \(name)", "-n", "xena", "-z",
                        "\(serial)", key.publicPath,
                    ], in: self.lab.scratch)
                let login = "xena@\(self.lab.target.login)@web1"
                return (self.lab.route().logging(inAs: login).identifying(with: key), key)
            }

            /// Makes a list of a specification for ssh-keygen, and puts it in the place of the one before.
            func revoke(_ specification: String) throws {
                try self.lab.scratch.write(specification, to: "specification")
                let fresh = self.list + ".new"
                try output(
                    of: [
                        "ssh-keygen", "-q", "-k", "-f", fresh, "-s", self.authority.publicPath,
                        self.lab.scratch.path("specification"),
                    ], in: self.lab.scratch)
                guard rename(fresh, self.list) == 0 else { throw HarnessError("rename \(fresh) failed") }
            }

            func write(_ text: String) throws { try self.lab.scratch.write(text, to: "revoked") }

            func isLetIn(_ route: Route) throws -> Bool {
                try self.lab.client.runSSH(route, "echo in").text == "in\n"
            }

            func cause(after sequence: UInt64) throws -> String? {
                try self.lab.gateway.audited(AuditCodes.loginFailed, after: sequence).last?.fields["cause"]
            }
        }

        private func withStage(_ body: (Stage) throws -> Void) throws {
            let stage = try Stage()
            defer { stage.lab.dispose() }
            try body(stage)
        }

        @Test("a list is read again when it changes, in both forms, and one that can't be read lets no key in")
        func changes() throws {
            try self.withStage { stage in
                let alice = stage.lab.route()
                let fifth = try stage.certified("fifth", serial: 5)
                let sixth = try stage.certified("sixth", serial: 6)
                func refused(_ route: Route, _ cause: String, line: Int = #line) throws {
                    let before = try stage.lab.gateway.lastAuditSequence()
                    #expect(try !stage.isLetIn(route), "line \(line)")
                    #expect(try stage.cause(after: before) == cause, "line \(line)")
                }
                // There is none yet.
                try refused(alice, "the revocation list can't be opened")
                try refused(fifth.route, "the revocation list can't be opened")
                try stage.lab.gateway.audited("SP7025E", after: 0)
                #expect(
                    try stage.lab.client.runSSH(alice, "echo in", password: Laboratory.alicePassword).text == "in\n",
                    "passwords are none of its business")
                try stage.revoke("serial: 5\n")
                #expect(try stage.isLetIn(alice))
                try refused(fifth.route, "the certificate is revoked")
                #expect(try stage.isLetIn(sixth.route))
                try stage.revoke("id: id of sixth\n")
                try refused(sixth.route, "the certificate is revoked")
                #expect(try stage.isLetIn(fifth.route))
                try stage.revoke("key: \(fifth.key.publicLine)\nkey: \(stage.lab.identity.publicLine)\n")
                try refused(fifth.route, "the certificate is revoked")
                try refused(alice, "key revoked")
                try stage.write("# who left\n\(sixth.key.publicLine) xena\n")
                try refused(sixth.route, "the certificate is revoked")
                #expect(try stage.isLetIn(fifth.route))
                #expect(try stage.isLetIn(alice))
                try stage.write(stage.authority.publicLine)
                try refused(fifth.route, "the certificate is revoked")
                try stage.write("")
                try refused(alice, "the revocation list is empty")
                try stage.write("\(sixth.key.publicLine)\nssh-ed25519 AAAAnonsense\n")
                try refused(alice, "the revocation list is not to be read: line 2 is no public key")
                try stage.revoke("serial: 5\n")
                let whole = try #require(FileManager.default.contents(atPath: stage.list))
                try whole.dropLast(3).write(to: URL(fileURLWithPath: stage.list))
                try refused(sixth.route, "the revocation list is damaged")
                try FileManager.default.removeItem(atPath: stage.list)
                try stage.lab.scratch.makeDirectory("revoked")
                try refused(alice, "the revocation list is no file")
            }
        }

        @Test("what a key or a certificate has let in ends when it is revoked, with the reason, and nothing else does")
        func live() throws {
            try self.withStage { stage in
                try stage.revoke("serial: 99\n")
                let fifth = try stage.certified("fifth", serial: 5)
                let sixth = try stage.certified("sixth", serial: 6)
                func waiting(_ route: Route) throws -> RunningProcess {
                    let client = try RunningProcess(
                        stage.lab.client.ssh(route, "echo in; cat >/dev/null"), in: stage.lab.scratch, input: .pipe)
                    try client.waitForOutput("in\n")
                    return client
                }
                let alice = try waiting(stage.lab.route())
                let (revoked, other) = (try waiting(fifth.route), try waiting(sixth.route))
                func ended(_ client: RunningProcess, _ reason: String) throws {
                    // Promised within a minute.
                    #expect(try client.wait(within: .seconds(60)).code == 255)
                    let rows = try stage.lab.gateway.audited("SP3003W", after: 0)
                    #expect(rows.last?.fields["reason"] == reason)
                }
                try stage.revoke("serial: 5\n")
                try ended(revoked, "the certificate that user xena signed in with was revoked")
                // A list that can't be read ends nothing, and says so.
                try stage.write("nonsense")
                let unusable = try stage.lab.gateway.lastAuditSequence()
                try waitUntil("the list is found to be unusable", within: .seconds(60)) {
                    try stage.lab.gateway.audit().contains { $0.code == "SP7025E" && $0.sequence > unusable }
                }
                #expect(alice.poll() == nil)
                #expect(other.poll() == nil)
                try stage.write(stage.lab.identity.publicLine)
                try ended(alice, "the key that user alice signed in with was revoked")
                #expect(other.poll() == nil)
                other.closeInput()
                #expect(try other.wait(within: .seconds(20)).code == 0)
            }
        }
    }
}
