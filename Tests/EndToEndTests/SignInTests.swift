import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Sign-ins with a browser, at a real OpenID provider with the device flow.
    @Suite("OpenID", .serialized, .throughGateway, .enabled(if: ForeignTools.areInstalled))
    struct SignIns {
        private func withProvider(
            _ lines: String = "", require: String? = nil, _ body: (Laboratory, OIDCProvider) throws -> Void
        ) throws {
            let lab = try Laboratory()
            defer { lab.dispose() }
            let provider = try OIDCProvider(in: lab.scratch)
            defer { provider.stop() }
            try provider.control("groups=dana:db-admins,others")
            try lab.gateway.administer("group", "add", "dba")
            try lab.gateway.administer(
                "grant", "add", "dba-web1", "--group", "dba", "--target", "web1", "--account", lab.target.login,
                "--allow", "shell,exec")
            lab.gateway.stop()
            try lab.gateway.configure(
                "oidc",
                """
                issuer = "\(provider.issuer)"
                client_id = "\(OIDCProvider.clientID)"
                client_secret_file = "\(provider.secretFile)"
                groups = { dba = "db-admins" }
                wait_seconds = 30
                timeout_seconds = 2
                refresh_seconds = 1
                \(lines)
                """)
            if let require { try lab.gateway.configure("identity", "require = \(require)") }
            try lab.gateway.start()
            try body(lab, provider)
        }

        private func route(_ lab: Laboratory, _ name: String) -> Route {
            lab.route().logging(inAs: "\(name)@\(lab.target.login)@web1").identifying(with: nil)
                .with("PreferredAuthentications=publickey,keyboard-interactive", "BatchMode=no")
        }

        private func logIn(
            _ lab: Laboratory, _ provider: OIDCProvider, _ route: Route, as person: String,
            decision: String = "approve", after seconds: Int = 0
        ) throws -> (outcome: Outcome, prompts: [String]) {
            let shown = lab.scratch.freshPath("prompts")
            let browser = try provider.browser(as: person, decision: decision, afterSeconds: seconds, shown: shown)
            let outcome = try lab.client.runSSH(
                route, "echo in", environment: ["SSH_ASKPASS": browser, "SSH_ASKPASS_REQUIRE": "force"],
                within: .seconds(90))
            let prompts = (try? String(contentsOfFile: shown, encoding: .utf8)) ?? ""
            return (outcome, prompts.split(separator: "\n").map(String.init))
        }

        /// A login that must fail, with the reason that the audit log has.
        private func refused(
            _ lab: Laboratory, _ provider: OIDCProvider, _ route: Route, as person: String, because cause: String,
            decision: String = "approve", sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let before = try lab.gateway.lastAuditSequence()
            let (outcome, _) = try self.logIn(lab, provider, route, as: person, decision: decision)
            #expect(outcome.code == 255, "\(outcome.text)", sourceLocation: sourceLocation)
            let event = try #require(
                try lab.gateway.audited(AuditCodes.loginFailed, after: before).first, sourceLocation: sourceLocation)
            #expect(event.fields["cause"]?.contains(cause) == true, "\(event.fields)", sourceLocation: sourceLocation)
        }

        @Test("a key and a sign-in: neither alone, nobody else's, not a denied one; slow is fine")
        func secondFactor() throws {
            try self.withProvider { lab, provider in
                try lab.gateway.administer("user", "edit", "alice", "--require", "publickey+oidc")
                let route = self.route(lab, "alice").identifying(with: lab.identity)
                let before = try lab.gateway.lastAuditSequence()
                let (first, prompts) = try self.logIn(lab, provider, route, as: "alice")
                #expect(first.text == "in\n", "\(first.errorText) \(lab.gateway.log)")
                #expect(prompts.count == 1 && prompts[0].contains("Open \(provider.issuer)/device in a browser"))
                let row = try lab.gateway.audited(AuditCodes.loginSucceeded, after: before).first
                #expect(row?.fields["method"] == "public-key+oidc")
                #expect(try lab.ssh("true").code == 255)
                try self.refused(lab, provider, route, as: "mallory", because: "signed in at the provider as mallory")
                try self.refused(lab, provider, route, as: "alice", because: "denied", decision: "deny")
                // Without the key a sign-in proves nothing.
                try self.refused(
                    lab, provider, self.route(lab, "alice"), as: "alice", because: "a further factor was not given")
                try provider.control("deny_fast=yes")
                #expect(try self.logIn(lab, provider, route, as: "alice", after: 3).outcome.text == "in\n")
                let everything = lab.gateway.log + (try lab.gateway.administer("audit", "list", "--json"))
                #expect(!everything.contains(OIDCProvider.clientSecret))
            }
        }

        @Test("people sign in, become users, and their groups' grants are theirs; everybody is sent there alike")
        func firstFactor() throws {
            try self.withProvider(require: "[\"publickey\", \"oidc\"]") { lab, provider in
                let (outcome, prompts) = try self.logIn(lab, provider, self.route(lab, "dana"), as: "dana")
                #expect(outcome.text == "in\n", "\(outcome.errorText) \(lab.gateway.log)")
                #expect(prompts.count == 1, "\(prompts)")
                let shown = try lab.gateway.administer("user", "show", "dana")
                #expect(shown.contains("oidc") && shown.contains("dba"), "\(shown)")
                let (other, asked) = try self.logIn(lab, provider, self.route(lab, "nobody"), as: "dana")
                #expect(other.code == 255)
                #expect(asked.count == 1 && asked[0].contains("enter the code"), "\(asked)")
                #expect(try lab.gateway.command(["user", "show", "nobody"]).code != 0)
                // Somebody who has taken dana's name at the provider is somebody else, and she stays who she is.
                try provider.control("fault=sub")
                try self.refused(lab, provider, self.route(lab, "dana"), as: "dana", because: "another one than it was")
                try provider.control("fault=")
                #expect(try self.logIn(lab, provider, self.route(lab, "dana"), as: "dana").outcome.text == "in\n")
                // A user of the gateway's own by a key, as ever, and not by the provider's word alone.
                try self.refused(
                    lab, provider, self.route(lab, "alice"), as: "alice",
                    because: "alone is for the provider's own users")
                #expect(try lab.ssh("echo own").text == "own\n")
                #expect(try lab.gateway.administer("status").contains("oidc \(provider.issuer) works"))
            }
        }

        @Test("beside passwords: Enter alone leads to the provider")
        func besidePasswords() throws {
            try self.withProvider("create_users = false", require: "[\"publickey\", \"password\", \"oidc\"]") {
                lab, provider in
                try self.refused(lab, provider, self.route(lab, "dana"), as: "dana", because: "unknown user")
                try lab.gateway.administer("user", "add", "dana", "--directory", "oidc")
                let (outcome, prompts) = try self.logIn(lab, provider, self.route(lab, "dana"), as: "dana")
                #expect(outcome.text == "in\n", "\(outcome.errorText)")
                #expect(prompts.count == 2 && prompts[0].contains("or Enter alone"), "\(prompts)")
                let own = try lab.client.runSSH(lab.route(), "echo own", password: Laboratory.alicePassword)
                #expect(own.text == "own\n")
            }
        }

        @Test("tokens that are not what they should be let nobody in; new keys of the provider do")
        func tokens() throws {
            try self.withProvider(require: "[\"oidc\"]") { lab, provider in
                for (fault, cause) in [
                    ("iss", "another issuer's"), ("aud", "for another client"), ("exp", "has expired"),
                    ("none", "signature of the ID token is wrong"), ("key", "signature of the ID token is wrong"),
                ] {
                    try provider.control("fault=\(fault)")
                    try self.refused(lab, provider, self.route(lab, "dana"), as: "dana", because: cause)
                }
                #expect(try lab.gateway.command(["user", "show", "dana"]).code != 0)
                try provider.control("fault=", "rotate=ES256")
                let rotated = try self.logIn(lab, provider, self.route(lab, "dana"), as: "dana")
                #expect(rotated.outcome.text == "in\n", "\(rotated.outcome.errorText) \(lab.gateway.log)")
            }
        }

        /// A session of dana's that waits.
        private func waiting(_ lab: Laboratory, _ provider: OIDCProvider) throws -> RunningProcess {
            let shown = lab.scratch.freshPath("prompts")
            let browser = try provider.browser(as: "dana", shown: shown)
            let client = try RunningProcess(
                lab.client.ssh(self.route(lab, "dana"), "echo in; cat >/dev/null"), in: lab.scratch,
                environment: ["SSH_ASKPASS": browser, "SSH_ASKPASS_REQUIRE": "force"], input: .pipe)
            do {
                try client.waitForOutput("in\n", within: .seconds(60))
            } catch {
                let prompts = (try? String(contentsOfFile: shown, encoding: .utf8)) ?? "no prompt"
                throw HarnessError("\(error); \(prompts); \(lab.gateway.log)")
            }
            return client
        }

        @Test("with offline access, what the provider takes back ends sessions; a provider that is away ends none")
        func withdrawals() throws {
            try self.withProvider(
                "scopes = [\"openid\", \"offline_access\"]", require: "[\"publickey\", \"oidc\"]"
            ) { lab, provider in
                func ended(_ cause: String, by change: () throws -> Void) throws {
                    let client = try self.waiting(lab, provider)
                    let before = try lab.gateway.lastAuditSequence()
                    try change()
                    #expect(try client.wait(within: .seconds(60)).code == 255)
                    let event = try #require(try lab.gateway.audited("SP3003W", after: before).first)
                    #expect(event.fields["reason"]?.contains(cause) == true, "\(event.fields)")
                }
                try ended("was taken back by the provider") { try provider.control("revoke=dana") }
                try ended("access of user dana to") { try provider.control("groups=dana:others") }
                try provider.control("groups=dana:db-admins")
                let client = try self.waiting(lab, provider)
                let before = try lab.gateway.lastAuditSequence()
                try provider.freeze()
                #expect(try lab.gateway.audited("SP2101E", after: before).count == 1)
                #expect(try lab.gateway.command(["directory", "status"]).code == 1)
                provider.thaw()
                try lab.gateway.audited("SP2102I", after: before)
                #expect(client.poll() == nil)
                client.closeInput()
                #expect(try client.wait(within: .seconds(20)).code == 0)
                provider.stop()
                try waitUntil("the gateway has seen it") { try lab.gateway.administer("status").contains("failing") }
                try self.refused(lab, provider, self.route(lab, "dana"), as: "dana", because: "no sign-in can be begun")
                #expect(try lab.ssh("echo own").text == "own\n")
            }
        }

        @Test(
            "settings that can't be right are refused at the start",
            arguments: [
                ("issuer = \"http://id.example.org\"\nclient_id = \"x\"", "oidc.issuer can't be used"),
                ("issuer = \"https://id.example.org\"", "needs oidc.client_id"),
                (
                    "issuer = \"https://id.example.org\"\nclient_id = \"x\"\nclient_secret_file = \"none\"",
                    "can't be read"
                ),
                ("scopes = [\"profile\"]", "\"openid\" among them"),
                (
                    "issuer = \"https://id.example.org\"\nclient_id = \"x\"\ngroups = { \"a b\" = \"x\" }",
                    "bad group name"
                ),
            ])
        func settings(_ lines: String, _ words: String) throws {
            let scratch = try Scratch()
            defer { scratch.dispose() }
            let gateway = try TestGateway(in: scratch)
            try gateway.configure("oidc", lines)
            let outcome = try gateway.startInVain()
            #expect(outcome.code != 0)
            #expect(outcome.errorText.contains(words), "\(outcome.errorText)")
        }
    }
}
