import Foundation
import Glibc
import SallyportTesting
import Testing

extension EndToEnd {
    /// Credentials that a real OpenBao server keeps.
    @Suite("OpenBao", .serialized, .throughGateway)
    struct OpenBao {
        /// A laboratory whose gateway knows the server, with `web1`'s key and, as far as there is a login with a
        /// password, `web2`'s password there.
        private func withServer(_ body: (Laboratory, BaoServer) throws -> Void) throws {
            let lab = try Laboratory()
            defer { lab.dispose() }
            let server = try BaoServer(in: lab.scratch)
            defer { server.stop() }
            try server.addPolicy()
            let key = try String(contentsOfFile: lab.target.key.path, encoding: .utf8)
            try server.administer(
                "kv", "put", "secret/linux/web1", "private_key=-", "password=\(lab.target.password)", input: key)
            let role = try server.addAppRole()
            try lab.gateway.configure(
                "bao",
                """
                address = "\(server.address)"
                role_id = "\(role.roleID)"
                secret_id_file = "\(role.secretIDFile)"
                timeout_seconds = 2
                """)
            lab.gateway.stop()
            try lab.gateway.start()
            try body(lab, server)
        }

        private func place(_ lab: Laboratory, _ target: String = "web1") -> String { "\(target)/\(lab.target.login)" }

        /// A login that must fail with one line, before there is a session.
        private func refused(
            _ lab: Laboratory, saying line: String, because cause: String, target: String = "web1",
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let known = try lab.gateway.recordings().count
            let before = try lab.gateway.lastAuditSequence()
            let outcome = try lab.client.runSSH(lab.route(to: target), "true")
            #expect(outcome.code != 0, sourceLocation: sourceLocation)
            #expect(outcome.errorText.contains(line), "\(outcome.errorText)", sourceLocation: sourceLocation)
            for secret in ["127.0.0.1:", "secret/", "token", "approle"] {
                #expect(
                    !outcome.errorText.replacingOccurrences(of: "port \(lab.gateway.port)", with: "").contains(secret),
                    "\(outcome.errorText)", sourceLocation: sourceLocation)
            }
            let event = try #require(
                try lab.gateway.audited("SP4107E", after: before).first, sourceLocation: sourceLocation)
            #expect(event.fields["cause"]?.contains(cause) == true, "\(event.fields)", sourceLocation: sourceLocation)
            #expect(lab.gateway.log.contains(cause), sourceLocation: sourceLocation)
            #expect(try lab.gateway.recordings().count == known, sourceLocation: sourceLocation)
        }

        @Test("a private key and a password on the server open targets, and are nowhere in the gateway's database")
        func secrets() throws {
            try self.withServer { lab, server in
                let set = try lab.gateway.administer(
                    "credential", "set", self.place(lab), "--bao", "linux/web1#private_key")
                #expect(set.contains("set the private key on the vault server of \(self.place(lab))"), "\(set)")
                #expect(try lab.ssh("echo by key").text == "by key\n")
                let shown = try lab.gateway.administer("credential", "show", self.place(lab))
                #expect(shown.contains("linux/web1#private_key"))
                if TargetServer.hasOwnLogin {
                    try lab.gateway.administer("credential", "set", self.place(lab, "web2"), "--bao", "linux/web1")
                    let outcome = try lab.client.runSSH(lab.route(to: "web2"), "echo by password")
                    #expect(outcome.text == "by password\n", "\(outcome.errorText)")
                }
                let status = try lab.gateway.command(["vault", "status"])
                #expect(status.code == 0 && status.text.contains("\(server.address), logged in"), "\(status.text)")
                // What was set before is gone from the database, and so is every trace of the key.
                let key = try String(contentsOfFile: lab.target.key.path, encoding: .utf8).split(separator: "\n")[2]
                let found = try run(
                    ["grep", "-rlaF", String(key), lab.gateway.state], in: lab.scratch)
                #expect(found.code == 1, "\(found.text)")
            }
        }

        @Test("what can't be had is refused when it is set, with what is wrong")
        func mistakes() throws {
            try self.withServer { lab, server in
                for (path, words) in [
                    ("linux/none", "there is no secret secret/linux/none"),
                    ("linux/web1#nothing", "has no field nothing"), ("windows/dc1", "permission denied"),
                    ("../x", "can't be a path on the server"),
                ] {
                    let outcome = try lab.gateway.command(["credential", "set", self.place(lab), "--bao", path])
                    #expect(outcome.code == 2, "\(outcome.errorText)")
                    #expect(outcome.errorText.contains(words), "\(outcome.errorText)")
                }
                // The one that was there still works.
                #expect(try lab.ssh("echo in").text == "in\n")
                server.stop()
                let down = try lab.gateway.command(["credential", "set", self.place(lab), "--bao", "linux/web1"])
                #expect(down.code == 1 && down.errorText.contains("Connection refused"), "\(down.errorText)")
            }
        }

        @Test("down, frozen, sealed, forbidden, deleted: one line for the user, the reason on record, and no session")
        func outages() throws {
            try self.withServer { lab, server in
                try lab.gateway.administer("credential", "set", self.place(lab), "--bao", "linux/web1#private_key")
                let later = "the vault can't be reached; try again later, or tell the gateway's operator"
                let never = "the vault doesn't give the credential of \(lab.target.login)@web1"
                try server.freeze()
                try self.refused(lab, saying: later, because: "no answer in time")
                server.thaw()
                try server.seal()
                try self.refused(lab, saying: later, because: "is sealed")
                try server.unseal()
                try waitUntil("it is open again", within: .seconds(30)) { try server.run("status").code == 0 }
                try server.administer("policy", "delete", "sallyport")
                try self.refused(lab, saying: never, because: "permission denied")
                try server.addPolicy()
                #expect(try lab.ssh("echo back").text == "back\n")
                try server.administer("kv", "delete", "secret/linux/web1")
                try self.refused(lab, saying: never, because: "or it was deleted")
                server.stop()
                try self.refused(lab, saying: later, because: "Connection refused")
                // The others go on working, and so does the gateway's command line.
                let status = try lab.gateway.command(["vault", "status"])
                #expect(status.code == 0 && status.text.contains("Connection refused"), "\(status.text)")
            }
        }

        @Test("a session goes on while the server is down; what was rotated there counts from the next session on")
        func rotation() throws {
            try self.withServer { lab, server in
                try lab.gateway.administer("credential", "set", self.place(lab), "--bao", "linux/web1#private_key")
                let shell = try lab.shell()
                let next = try SSHKey(.ed25519, named: "next", in: lab.scratch)
                let text = try String(contentsOfFile: next.path, encoding: .utf8)
                try server.administer("kv", "put", "secret/linux/web1", "private_key=-", input: text)
                // The target doesn't know the new key, so the gateway does offer it.
                let before = try lab.gateway.lastAuditSequence()
                #expect(try lab.ssh("true").code != 0)
                try lab.gateway.audited(AuditCodes.targetCredentialRefused, after: before)
                let old = try String(contentsOfFile: lab.target.key.path, encoding: .utf8)
                try server.administer("kv", "put", "secret/linux/web1", "private_key=-", input: old)
                #expect(try lab.ssh("echo again").text == "again\n")
                server.stop()
                try shell.type("echo still $((40 + 2))\n")
                try shell.waitFor("still 42")
            }
        }

        @Test("a server that is lost and comes back is audited once each, and the gateway logs in again by itself")
        func lostAndBack() throws {
            try self.withServer { lab, server in
                // Tokens that end soon, so that the gateway has to see to them.
                _ = try server.addAppRole(tokenSeconds: 2, maximumSeconds: 60)
                lab.gateway.stop()
                try lab.gateway.start()
                let before = try lab.gateway.lastAuditSequence()
                try server.seal()
                #expect(try lab.gateway.audited("SP7505E", after: before).count == 1)
                try server.unseal()
                let back = try lab.gateway.audited("SP7506I", after: before)
                #expect(back.count == 1)
                #expect(try lab.gateway.audit().count { $0.sequence > before && $0.code == "SP7505E" } == 1)
            }
        }

        @Test("certificates: the server signs for each session; a role that doesn't is one line")
        func certificates() throws {
            try self.withServer { lab, server in
                try server.administer("secrets", "enable", "ssh")
                try server.administer("write", "ssh/config/ca", "generate_signing_key=true", "key_type=ed25519")
                let role = [
                    "write", "ssh/roles/sallyport", "key_type=ca", "allow_user_certificates=true", "allowed_users=*",
                    "allowed_extensions=permit-pty,permit-port-forwarding,permit-agent-forwarding", "max_ttl=1h",
                ]
                try server.administer(role + ["allow_user_key_ids=true"])
                let trust = lab.scratch.path("trust")
                let target = try TargetServer(
                    named: "signed", in: lab.scratch,
                    settings: ["AuthorizedKeysFile none", "TrustedUserCAKeys \(trust)", "ExposeAuthInfo yes"])
                defer { target.stop() }
                try lab.addTarget("signed", port: target.port, hostKey: target.hostKey)
                let place = self.place(lab, "signed")
                let set = try lab.gateway.administer("credential", "set", place, "--bao-ssh", "sallyport")
                let line = try #require(set.split(separator: "\n").last)
                #expect(line.hasPrefix("ssh-ed25519 "), "\(set)")
                try Data("\(line)\n".utf8).write(to: URL(fileURLWithPath: trust))

                let outcome = try lab.client.runSSH(lab.route(to: "signed"), "cat \"$SSH_USER_AUTH\"")
                #expect(
                    outcome.text.hasPrefix("publickey ssh-ed25519-cert-v01@openssh.com "),
                    "\(outcome.errorText) \(target.log.suffix(1500))")
                let session = try #require(try lab.gateway.sealedRecordings(since: [], count: 1).last).id
                #expect(target.log.contains("ID sallyport \(session) alice"), "\(target.log.suffix(1500))")

                // A role that may not name the session.
                try server.administer(role + ["allow_user_key_ids=false"])
                let refused = try lab.client.runSSH(lab.route(to: "signed"), "true")
                #expect(refused.code != 0 && refused.errorText.contains("no certificate for signed could be made"))
                server.stop()
                try self.refused(
                    lab, saying: "the vault can't be reached", because: "Connection refused", target: "signed")
            }
        }

        @Test(
            "settings that can't be right are refused at the start",
            arguments: [
                ("address = \"http://bao.example.org:8200\"\ntoken_file = \"t\"", "bao.address can't be used"),
                ("address = \"https://bao:8200\"", "needs a way to log in"),
                ("address = \"https://bao:8200\"\ntoken_file = \"t\"\nrole_id = \"r\"", "needs a way to log in"),
                (
                    "address = \"https://bao:8200\"\ntoken_file = \"t\"\nkv_mount = \"../x\"",
                    "bao.kv_mount can't be a mount"
                ),
                (
                    "address = \"https://bao:8200\"\ntoken_file = \"t\"\nca_file = \"none.pem\"",
                    "bao.ca_file can't be read"
                ),
            ])
        func settings(_ lines: String, _ words: String) throws {
            let scratch = try Scratch()
            defer { scratch.dispose() }
            let gateway = try TestGateway(in: scratch)
            try gateway.configure("bao", lines)
            let outcome = try gateway.startInVain()
            #expect(outcome.code == 1)
            #expect(outcome.errorText.contains(words), "\(outcome.errorText)")
        }
    }
}
