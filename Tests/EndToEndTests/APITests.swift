import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// The API over HTTPS, with tokens.
    @Suite("API over HTTPS", .serialized, .throughGateway)
    struct API {
        private func withAPI(_ body: (APIClient) throws -> Void) throws {
            let scratch = try Scratch()
            defer { scratch.dispose() }
            let gateway = try TestGateway(in: scratch)
            defer { gateway.stop() }
            try body(APIClient(startingWith: gateway))
        }

        @Test("a token is shown once, kept as a hash, and is nowhere else")
        func secrecy() throws {
            try self.withAPI { api in
                let token = try api.token("ci", role: "admin")
                #expect(token.wholeMatch(of: /spt_[a-z2-9]{12}_[A-Za-z0-9_-]{43}/) != nil, "\(token)")
                #expect(try api.ask("/v1/status", token: token).status == 200)
                let almost = token.dropLast() + (token.hasSuffix("A") ? "B" : "A")
                for wrong in [String(almost), token + "x", "spt_", String(token.prefix(16))] {
                    #expect(try api.ask("/v1/users", token: wrong).status == 401, "\(wrong)")
                }
                let listed = try api.gateway.administer("token", "list", "--json")
                #expect(listed.contains(String(token.prefix(16))) && listed.contains(#""last_used":"20"#), "\(listed)")
                #expect(!listed.contains(token))
                api.gateway.stop()
                let secret = String(token.suffix(43))
                let found = try run(["grep", "-rlF", secret, api.gateway.state], in: api.gateway.scratch)
                #expect(found.code == 1, "\(found.text)")
                #expect(!api.gateway.log.contains(secret))
            }
        }

        @Test("a token dies with its revocation, its user, its time, and does not rise with another of that name")
        func death() throws {
            try self.withAPI { api in
                try api.gateway.administer(
                    "user", "add", "nora", "--password-stdin", input: "planted-password-of-nora\n")
                let token = try api.token("nora-laptop", role: "operator", "--user", "nora")
                func status() throws -> Int { try api.ask("/v1/sessions", token: token).status }
                #expect(try status() == 200)
                try api.gateway.administer("user", "disable", "nora")
                #expect(try status() == 401)
                try api.gateway.administer("user", "enable", "nora")
                #expect(try status() == 200)
                try api.gateway.administer("user", "remove", "nora")
                #expect(try status() == 401)
                try api.gateway.administer(
                    "user", "add", "nora", "--password-stdin", input: "planted-password-of-nora\n")
                #expect(try status() == 401)

                let short = try api.token("short", role: "auditor", expires: "2s")
                #expect(try api.ask("/v1/sessions", token: short).status == 200)
                try waitUntil("the token expires", within: .seconds(20), every: .milliseconds(200)) {
                    try api.ask("/v1/sessions", token: short).status == 401
                }
                let other = try api.token("other", role: "auditor")
                #expect(try api.ask("/v1/sessions", token: other).status == 200)
                try api.gateway.administer("token", "revoke", "other")
                #expect(try api.ask("/v1/sessions", token: other).status == 401)
                #expect(try api.gateway.command(["token", "revoke", "other"]).code == 1)
                #expect(
                    try api.gateway.command([
                        "token", "create", "--name", "other", "--role", "auditor",
                        "--expires", "1d",
                    ]).code == 1)
                let states = try api.gateway.administer("token", "list")
                #expect(states.contains("disabled") && states.contains("expired") && states.contains("revoked"))
                let causes = try api.gateway.audited("SP8013W", after: 0).compactMap { $0.fields["cause"] }
                #expect(Set(causes) == ["its user is not let in", "expired", "revoked"])
            }
        }

        @Test("a role is what it says, a scope limits it, and what is refused is audited with the owner")
        func roles() throws {
            try self.withAPI { api in
                try api.gateway.administer(
                    "user", "add", "olga", "--password-stdin", input: "planted-password-of-olga\n")
                let auditor = try api.token("eyes", role: "auditor", "--user", "olga")
                #expect(try api.ask("/v1/audit", token: auditor).status == 200)
                for (method, path) in [("DELETE", "/v1/users/olga"), ("POST", "/v1/users"), ("GET", "/v1/backup")] {
                    let answer = try api.ask(path, token: auditor, method: method, body: method == "POST" ? "{}" : nil)
                    #expect(answer.status == 403, "\(method) \(path): \(answer)")
                }
                let refused = try api.gateway.audited("SP8001W", after: 0)
                #expect(refused.map(\.actor) == Array(repeating: "olga by token eyes", count: 3))
                #expect(refused.first?.fields["permission"] == "users.change")
                #expect(refused.first?.fields["from"] == "127.0.0.1")

                let narrow = try api.token("narrow", role: "admin", "--scope", "tokens.create,sessions.read")
                #expect(try api.ask("/v1/sessions", token: narrow).status == 200)
                #expect(try api.ask("/v1/users", token: narrow).status == 403)
                // Nobody gives away what they lack.
                let tomorrow = Self.tomorrow
                func status(ofMaking name: String, _ scope: String) throws -> Int {
                    let wish = #"{"name":"\#(name)","role":"admin","expires":"\#(tomorrow)","scope":["\#(scope)"]}"#
                    let answer = try api.ask("/v1/tokens", token: narrow, method: "POST", body: wish)
                    return answer.status
                }
                #expect(try status(ofMaking: "strong", "users.change") == 403)
                #expect(try status(ofMaking: "weak", "sessions.read") == 201)
                let made = try #require(try api.gateway.audited("SP8011I", after: 0).last)
                #expect(made.actor == "token narrow" && made.fields["permissions"] == "sessions.read")
            }
        }

        private static var tomorrow: String {
            String(Date(timeIntervalSinceNow: 86_400).ISO8601Format().prefix(19)) + "Z"
        }

        @Test("people hold roles by themselves and by groups, and nobody gives away what they lack")
        func rolesOfPeople() throws {
            try self.withAPI { api in
                let gateway = api.gateway
                for name in ["rosa", "paul"] {
                    try gateway.administer(
                        "user", "add", name, "--password-stdin", input: "planted-password-of-\(name)\n")
                }
                try gateway.administer("group", "add", "eyes", "--user", "rosa")
                try gateway.administer("group", "edit", "eyes", "--role", "auditor")
                try gateway.administer("user", "edit", "rosa", "--role", "approver,operator")
                let shown = try gateway.administer("user", "show", "rosa")
                #expect(
                    shown.contains(/roles: +approver,operator/) && shown.contains(/roles by eyes: +auditor/), "\(shown)"
                )
                let admin = try api.token("admin", role: "admin")
                func roles(_ user: String) throws -> String {
                    try api.ask("/v1/users/\(user)/roles", token: admin).body
                }
                #expect(try roles("rosa").contains("audit.read") && roles("rosa").contains("sessions.kill"))
                #expect(try !roles("paul").contains("audit.read"))
                try gateway.administer("user", "disable", "rosa")
                #expect(try roles("rosa").contains(#""permissions":[]"#))
                try gateway.administer("user", "enable", "rosa")
                try gateway.administer("user", "edit", "rosa", "--role", "none")
                #expect(try !roles("rosa").contains("sessions.kill") && roles("rosa").contains("audit.read"))
                #expect(try gateway.command(["user", "edit", "rosa", "--role", "king"]).code == 2)

                let narrow = try api.token("narrow", role: "admin", "--scope", "roles.change,status.read")
                func give(_ role: String) throws -> Int {
                    let wish = #"{"roles":["\#(role)"]}"#
                    let answer = try api.ask("/v1/users/paul/roles", token: narrow, method: "PUT", body: wish)
                    return answer.status
                }
                #expect(try give("approver") == 403)
                #expect(try !roles("paul").contains("requests.decide"))
                let changes = try gateway.audited("SP7002I", after: 0).compactMap { $0.fields["change"] }
                #expect(
                    changes.contains("roles set: approver,operator") && changes.contains("roles removed"), "\(changes)")
            }
        }

        @Test("whoever guesses tokens is slowed and fills no log, and hinders nobody with a good one")
        func guessing() throws {
            try self.withAPI { api in
                let token = try api.token("ci", role: "auditor")
                let wrong = "spt_aaaaaaaaaaaa_" + String(repeating: "A", count: 43)
                // At once, from one address: far more than are free.
                let script = """
                    for n in $(seq 40); do
                        curl --silent --max-time 60 --cacert "$1" --header "Authorization: Bearer $2" \\
                            --write-out '%{http_code}\\n' --output /dev/null "$3/v1/status" &
                    done; wait
                    """
                let spread = try output(
                    of: ["sh", "-c", script, "sh", api.certificate, wrong, api.url], in: api.gateway.scratch)
                let counts = Dictionary(grouping: spread.split(separator: "\n"), by: { $0 }).mapValues(\.count)
                #expect(counts["401", default: 0] + counts["429", default: 0] == 40, "\(counts)")
                #expect(counts["429", default: 0] > 10, "\(counts)")
                #expect(try api.ask("/v1/status", token: token).status == 200)
                let rows = try api.gateway.audited("SP8013W", after: 0)
                #expect((1...11).contains(rows.count), "\(rows.count)")
                #expect(!rows.contains { row in row.fields.values.contains { $0.contains("spt_") } })
            }
        }

        @Test("the command line does over HTTPS what it does over the control socket")
        func commandLine() throws {
            let lab = try Laboratory(startGateway: false)
            defer { lab.dispose() }
            let api = try APIClient(startingWith: lab.gateway)
            try lab.introduce(to: lab.gateway)
            let admin = try api.token("admin", role: "admin")
            func remote(_ words: String...) throws -> String {
                let outcome = try api.command(words, token: admin)
                guard outcome.code == 0 else { throw HarnessError("\(words): \(outcome.errorText)") }
                return outcome.text
            }
            #expect(try lab.ssh("echo over-https").text == "over-https\n")
            let recording = try #require(try lab.gateway.sealedRecordings(since: [], count: 1).first)
            for words in [["user", "list"], ["target", "show", "web1"], ["grant", "list"], ["report", "access"]] {
                #expect(try api.command(words, token: admin).text == lab.gateway.command(words).text)
            }
            #expect(try remote("recording", "transcript", recording.id).contains("over-https"))
            #expect(try remote("recording", "verify", recording.id).contains("complete"))
            #expect(try remote("group", "add", "dba").contains("added group dba"))
            #expect(try remote("audit", "list", "--json").contains(#""actor":"token admin""#))
            let backup = lab.scratch.path("remote.tar")
            _ = try remote("backup", backup)
            #expect(FileManager.default.fileExists(atPath: backup))
        }
    }
}
