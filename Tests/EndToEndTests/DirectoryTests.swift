import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Users of a real LDAP directory.
    @Suite("LDAP", .serialized, .throughGateway)
    struct Directory {
        static let password = "planted-password-in-the-directory"
        static let group = "cn=dba,ou=groups,\(LDAPServer.base)"

        /// A laboratory whose gateway asks the server; dana is in the directory's group dba, whose members may use web1,
        /// and emil is in none.
        private func withServer(
            _ lines: String = "", url: KeyPath<LDAPServer, String> = \.plainURL, host: String? = "IP:127.0.0.1",
            caFile: String? = nil, _ body: (Laboratory, LDAPServer) throws -> Void
        ) throws {
            let lab = try Laboratory()
            defer { lab.dispose() }
            let server = try LDAPServer(in: lab.scratch, host: host)
            defer { server.stop() }
            for name in ["dana", "emil"] { try server.addPerson(name, password: Self.password) }
            try server.addGroup("dba", members: "dana")
            try lab.gateway.administer("group", "add", "dba")
            try lab.gateway.administer(
                "grant", "add", "dba-web1", "--group", "dba", "--target", "web1", "--account", lab.target.login,
                "--allow", "shell,exec")
            try self.configure(lab, server, lines, urls: [server[keyPath: url]], caFile: caFile)
            try lab.gateway.start()
            try body(lab, server)
        }

        private func configure(
            _ lab: Laboratory, _ server: LDAPServer, _ lines: String, urls: [String], caFile: String? = nil
        ) throws {
            lab.gateway.stop()
            let password = try lab.scratch.write(LDAPServer.searcherPassword + "\n", to: "ldap-password", mode: 0o600)
            try lab.gateway.configure(
                "ldap",
                """
                servers = [\(urls.map { "\"\($0)\"" }.joined(separator: ", "))]
                ca_file = "\(caFile ?? server.caFile)"
                bind_dn = "\(LDAPServer.searcher)"
                bind_password_file = "\(password)"
                user_base = "\(LDAPServer.people)"
                groups = { dba = "CN=dba, ou=groups,\(LDAPServer.base)" }
                timeout_seconds = 2
                refresh_seconds = 1
                \(lines)
                """)
        }

        private func route(_ lab: Laboratory, _ name: String) -> Route {
            lab.route().logging(inAs: "\(name)@\(lab.target.login)@web1").identifying(with: nil)
        }

        private func logIn(
            _ lab: Laboratory, _ name: String, _ password: String = Self.password, methods: String = "password"
        ) throws -> Outcome {
            try lab.client.runSSH(
                self.route(lab, name).with("PreferredAuthentications=\(methods)"), "echo in",
                answers: [("assword", password)]
            ).outcome
        }

        /// A login that must fail, with the reason that the audit log has.
        private func refused(
            _ lab: Laboratory, _ name: String, _ password: String = Self.password, because cause: String,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let before = try lab.gateway.lastAuditSequence()
            let outcome = try self.logIn(lab, name, password)
            #expect(outcome.code == 255, "\(outcome.text)", sourceLocation: sourceLocation)
            #expect(outcome.errorText.contains("Permission denied"), sourceLocation: sourceLocation)
            let event = try #require(
                try lab.gateway.audited(AuditCodes.loginFailed, after: before).first, sourceLocation: sourceLocation)
            #expect(event.fields["cause"]?.contains(cause) == true, "\(event.fields)", sourceLocation: sourceLocation)
        }

        /// A session of dana's that waits.
        private func waiting(_ lab: Laboratory, _ route: Route? = nil) throws -> RunningProcess {
            let answer = lab.scratch.freshPath("askpass")
            try writeProgram("#!/bin/sh\nprintf '%s\\n' '\(Self.password)'\n", to: answer, mode: 0o700)
            let client = try RunningProcess(
                lab.client.ssh(route ?? self.route(lab, "dana"), "echo in; cat >/dev/null"), in: lab.scratch,
                environment: ["SSH_ASKPASS": answer, "SSH_ASKPASS_REQUIRE": "force"], input: .pipe)
            try client.waitForOutput("in\n")
            return client
        }

        @Test("people log in with the directory's password, become users, and their groups' grants are theirs")
        func passwords() throws {
            try self.withServer { lab, server in
                let first = try self.logIn(lab, "dana")
                #expect(first.text == "in\n", "\(first.errorText) \(lab.gateway.log)")
                let again = try self.logIn(lab, "dana", methods: "keyboard-interactive")
                #expect(again.text == "in\n", "\(again.errorText)")
                let shown = try lab.gateway.administer("user", "show", "dana")
                #expect(shown.contains("ldap") && shown.contains("dba"), "\(shown)")
                let added = try lab.gateway.audit().filter { $0.code == "SP7001I" && $0.fields["user"] == "dana" }
                #expect(added.map(\.actor) == ["directory"])
                // Without a group there is nowhere to go.
                let emil = try self.logIn(lab, "emil")
                #expect(emil.errorText.contains("you have no access to"), "\(emil.errorText)")

                try self.refused(lab, "dana", "wrong", because: "wrong password")
                let binds = server.binds(as: server.entry("dana"))
                try self.refused(lab, "dana", "", because: "empty password")
                #expect(server.binds(as: server.entry("dana")) == binds, "an empty password went to the directory")
                try self.refused(lab, "nobody-there", because: "unknown user")
                // Another way of writing a name would be another user here.
                try self.refused(lab, "DANA", because: "unknown user")
                #expect(try lab.gateway.command(["user", "show", "DANA"]).code != 0)
                let status = try lab.gateway.administer("status")
                #expect(status.contains("ldap \(server.plainURL) works"), "\(status)")
                let everything = lab.gateway.log + (try lab.gateway.administer("audit", "list", "--json"))
                for secret in [Self.password, LDAPServer.searcherPassword] { #expect(!everything.contains(secret)) }
            }
        }

        @Test("names that would be filters are names")
        func injection() throws {
            try self.withServer { lab, server in
                for name in ["*", "dana)(uid=*", "*)(|(uid=*", "d*", "dana\\", "dana)(objectClass=*"] {
                    let outcome = try lab.client.runSSH(
                        lab.route().logging(inAs: name).identifying(with: nil), "echo in",
                        answers: [("assword", Self.password)]
                    ).outcome
                    #expect(outcome.code == 255, "\(name): \(outcome.text)")
                }
                // So many wrong passwords would slow down what follows.
                lab.gateway.stop()
                try lab.gateway.start()
                let filters = server.log.split(separator: "\n").filter { $0.contains("filter=\"(uid=") }
                #expect(!filters.contains { $0.contains("=*") || $0.contains("objectClass") }, "\(filters)")
                #expect(try self.logIn(lab, "dana").text == "in\n")
                #expect(try lab.gateway.administer("user", "list").split(separator: "\n").count == 3)
            }
        }

        @Test("groups by a search, and only those that are mapped")
        func groupSearch() throws {
            try self.withServer(
                "member_of = \"\"\ngroup_base = \"ou=groups,\(LDAPServer.base)\""
            ) { lab, server in
                try server.addGroup("strangers", members: "dana", "emil")
                #expect(try self.logIn(lab, "dana").text == "in\n")
                let shown = try lab.gateway.administer("directory", "show", "dana")
                #expect(shown.contains("cn=strangers,") && shown.contains("cn=dba,"), "\(shown)")
                let user = try lab.gateway.administer("user", "show", "dana")
                #expect(user.contains("dba") && !user.contains("strangers"), "\(user)")
                #expect(try !self.logIn(lab, "emil").text.contains("in"))
            }
        }

        @Test("by ldaps; in clear only when that was said")
        func transports() throws {
            try self.withServer(url: \.tlsURL) { lab, server in
                #expect(try self.logIn(lab, "dana").text == "in\n")
                let status = try lab.gateway.administer("directory", "status")
                #expect(status.contains("works"), "\(status)")
                #expect(server.log.contains("TLS established"))
            }
            try self.withServer("plain_text = true", host: nil) { lab, server in
                let outcome = try self.logIn(lab, "dana")
                #expect(outcome.text == "in\n", "\(outcome.errorText)")
            }
        }

        @Test(
            "no password goes to a server without StartTLS, of another authority, or of another name",
            arguments: ["no TLS", "other authority", "other name", "other name by ldaps"])
        func untrusted(_ kind: String) throws {
            let scratch = try Scratch()
            defer { scratch.dispose() }
            let other = try LDAPServer(in: scratch)
            let host: String? =
                kind == "no TLS" ? nil : kind.hasPrefix("other name") ? "DNS:dc1.example.org" : "IP:127.0.0.1"
            try self.withServer(
                url: kind.hasSuffix("ldaps") ? \.tlsURL : \.plainURL, host: host,
                caFile: kind == "no TLS" || kind == "other authority" ? other.caFile : nil
            ) { lab, server in
                try self.refused(lab, "dana", because: "the directory can't be asked")
                #expect(server.binds(as: LDAPServer.searcher) == 0)
                #expect(server.binds(as: server.entry("dana")) == 0)
                let status = try lab.gateway.command(["directory", "status"])
                #expect(status.code == 1 && status.text.contains("failing"), "\(status.text)")
                // Users of the gateway's own don't need it.
                #expect(try lab.ssh("echo own").text == "own\n")
            }
        }

        @Test(
            "frozen or down: no new login by password, no session ended, told once; others go on; a second server helps"
        )
        func outages() throws {
            try self.withServer { lab, server in
                let client = try self.waiting(lab)
                let before = try lab.gateway.lastAuditSequence()
                try server.freeze()
                let lost = try lab.gateway.audited("SP2101E", after: before)
                #expect(lost.count == 1)
                try self.refused(lab, "dana", because: "the directory can't be asked")
                // Whoever is not the directory's is not kept waiting.
                #expect(try lab.ssh("echo own").text == "own\n")
                #expect(
                    try lab.client.runSSH(lab.route(), "echo own", password: Laboratory.alicePassword).text == "own\n")
                #expect(client.poll() == nil)
                server.thaw()
                try lab.gateway.audited("SP2102I", after: before)
                #expect(try self.logIn(lab, "dana").text == "in\n")
                server.stop()
                try waitUntil("the gateway has seen it") {
                    try lab.gateway.audit().count { $0.sequence > before && $0.code == "SP2101E" } == 2
                }
                try self.refused(lab, "dana", because: "the directory can't be asked")
                #expect(try lab.gateway.administer("status").contains("failing"))
                #expect(client.poll() == nil)
                try server.start()
                try waitUntil("it is back") {
                    try lab.gateway.audit().count { $0.sequence > before && $0.code == "SP2102I" } == 2
                }
                client.closeInput()
                #expect(try client.wait(within: .seconds(20)).code == 0)

                let dead = try freePort()
                try self.configureServers(lab, ["ldap://127.0.0.1:\(dead)", server.plainURL])
                #expect(try self.logIn(lab, "dana").text == "in\n")
                let frozen = try LDAPServer(in: lab.scratch)
                try frozen.freeze()
                for url in [frozen.plainURL, frozen.tlsURL] {
                    try self.configureServers(lab, [url, server.plainURL])
                    #expect(try self.logIn(lab, "dana").text == "in\n", "\(url)")
                }
                let status = try lab.gateway.command(["directory", "status"])
                #expect(status.code == 0 && status.text.contains("no answer in time"), "\(status.text)")
            }
        }

        /// In place of those that were configured.
        private func configureServers(_ lab: Laboratory, _ urls: [String]) throws {
            lab.gateway.stop()
            let text = try String(contentsOfFile: lab.gateway.configuration, encoding: .utf8)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                line.hasPrefix("servers = ")
                    ? "servers = [\(urls.map { "\"\($0)\"" }.joined(separator: ", "))]" : String(line)
            }
            try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: lab.gateway.configuration))
            try lab.gateway.start()
        }

        @Test("who is disabled, gone, replaced or out of the group in the directory loses the session soon")
        func withdrawals() throws {
            try self.withServer { lab, server in
                let entry = server.entry("dana")
                let bystander = try RunningProcess(
                    lab.client.ssh(lab.route(), "echo in; cat >/dev/null"), in: lab.scratch, input: .pipe)
                try bystander.waitForOutput("in\n")
                func ended(_ cause: String, by change: () throws -> Void) throws {
                    let client = try self.waiting(lab)
                    let before = try lab.gateway.lastAuditSequence()
                    try change()
                    #expect(try client.wait(within: .seconds(60)).code == 255)
                    let event = try #require(try lab.gateway.audited("SP3003W", after: before).first)
                    #expect(event.fields["reason"]?.contains(cause) == true, "\(event.fields)")
                    #expect(event.actor == "directory")
                }
                try ended("suspended: disabled in the directory") {
                    try server.set("userAccountControl", of: entry, to: "514")
                }
                #expect(try lab.gateway.administer("user", "show", "dana").contains("suspended: disabled"))
                try self.refused(lab, "dana", because: "disabled in the directory")
                try server.set("userAccountControl", of: entry, to: "512")
                try ended("access of user dana to") {
                    try server.set("member", of: Self.group, to: server.entry("emil"))
                }
                try server.set("member", of: Self.group, to: entry)
                // memberOf of somebody who comes anew is kept by the server.
                try ended("no longer in the directory") { try server.delete("dana") }
                try self.refused(lab, "dana", because: "no longer in the directory")
                try server.addPerson("dana", password: Self.password)
                try self.refused(lab, "dana", because: "another one than it was")
                try lab.gateway.administer("user", "remove", "dana")
                #expect(try self.logIn(lab, "dana").errorText.contains("you have no access to"))
                #expect(bystander.poll() == nil)
                bystander.kill()
            }
        }

        @Test("keys in the directory let in, make a user only by their proof, and end what they let in")
        func keys() throws {
            try self.withServer("public_keys = \"sshPublicKey\"") { lab, server in
                let key = try SSHKey(.ed25519, named: "fay", in: lab.scratch)
                try server.addPerson("fay", password: Self.password, publicKey: key.publicLine)
                try server.set("member", of: Self.group, to: server.entry("fay"))
                let route = self.route(lab, "fay").identifying(with: key)
                // The private half is another one's: it can offer the key and not prove it.
                let other = try SSHKey(.ed25519, named: "other", in: lab.scratch)
                #expect(try lab.client.runSSH(route.identifying(with: other), "echo in").code == 255)
                #expect(try lab.gateway.command(["user", "show", "fay"]).code != 0)
                let client = try self.waiting(lab, route)
                #expect(try lab.gateway.administer("user", "show", "fay").contains("dba"))
                try server.set("sshPublicKey", of: server.entry("fay"), to: other.publicLine)
                #expect(try client.wait(within: .seconds(60)).code == 255)
                #expect(try lab.client.runSSH(route, "echo in").code == 255)
                #expect(try lab.client.runSSH(route.identifying(with: other), "echo in").text == "in\n")
                server.stop()
                try waitUntil("the gateway has seen it") { try lab.gateway.administer("status").contains("failing") }
                let before = try lab.gateway.lastAuditSequence()
                #expect(try lab.client.runSSH(route.identifying(with: other), "echo in").code == 255)
                try lab.gateway.audited(AuditCodes.loginFailed, after: before)
                // A key that the gateway keeps itself goes on opening.
                try lab.gateway.administer("user", "key", "add", "fay", "--key", key.publicPath)
                #expect(try lab.client.runSSH(route, "echo in").text == "in\n")
            }
        }

        @Test(
            "without create_users only those whom an administrator adds; a group's rule counts from the first login on")
        func addedOnly() throws {
            try self.withServer("create_users = false") { lab, server in
                try self.refused(lab, "dana", because: "in the directory, and not a user of the gateway")
                try lab.gateway.administer("user", "add", "dana", "--directory", "ldap")
                // Before anything has told the gateway that she is one of them.
                try lab.gateway.administer("group", "edit", "dba", "--require", "password+totp")
                try self.refused(lab, "dana", because: "a further factor was not given")
                try lab.gateway.administer("group", "edit", "dba", "--require", "default")
                #expect(try self.logIn(lab, "dana").text == "in\n")
                let set = try lab.gateway.command(["user", "set-password", "dana", "--password-stdin"], input: "x\n")
                #expect(set.code == 1 && set.errorText.contains("the password of the directory"), "\(set.errorText)")
                let rule = try lab.gateway.command(["group", "edit", "dba", "--require", "publickey+oidc"])
                #expect(rule.code == 2 && rule.errorText.contains("no OpenID provider"), "\(rule.errorText)")
            }
            // Two of a name are nobody.
            try self.withServer("user_filter = \"(|(uid={user})(cn={user}))\"") { lab, server in
                try server.set("cn", of: server.entry("emil"), to: "dana")
                try self.refused(lab, "dana", because: "ambiguous in the directory")
            }
        }

        @Test(
            "settings that can't be right are refused at the start",
            arguments: [
                ("servers = [\"https://dc1\"]", "ldap.servers can't be used"),
                ("servers = [\"ldap://dc1\"]\nbind_dn = \"cn=x\"", "ldap.bind_dn and its password"),
                ("servers = [\"ldap://dc1\"]", "ldap.user_base is no distinguished name"),
                (
                    "servers = [\"ldap://dc1\"]\nuser_base = \"dc=x\"\nuser_filter = \"uid=x\"",
                    "ldap.user_filter can't be"
                ),
                ("servers = [\"ldap://dc1\"]\nuser_base = \"dc=x\"\nca_file = \"none\"", "ldap.ca_file can't be read"),
                (
                    "servers = [\"ldap://dc1\"]\nuser_base = \"dc=x\"\ngroups = { dba = \"dba\" }",
                    "dba leads from no distinguished name"
                ),
                (
                    "servers = [\"ldap://dc1\"]\nuser_base = \"dc=x\"\nbind_dn = \"cn=x\"\nbind_password_file = \"open\"",
                    "is open to others"
                ),
                ("refresh_seconds = 60", "needs a whole number from 1 to 30"),
            ])
        func settings(_ lines: String, _ words: String) throws {
            let scratch = try Scratch()
            defer { scratch.dispose() }
            let gateway = try TestGateway(in: scratch)
            try scratch.write("secret\n", to: "gateway/open", mode: 0o644)
            try gateway.configure("ldap", lines)
            let outcome = try gateway.startInVain()
            #expect(outcome.code != 0)
            #expect(outcome.errorText.contains(words), "\(outcome.errorText)")
        }
    }
}
