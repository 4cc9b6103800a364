import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Whoever may no longer is out at once: users, keys, groups, grants.
    @Suite("withdrawn access", .serialized, .laboratory, .throughGateway)
    struct Withdrawals {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        /// A user of the test's own with a key, and the way to web1.
        private func newUser(_ name: String, granted: Bool = true) throws -> Route {
            let key = try SSHKey(.ed25519, named: "\(name)-key", in: self.lab.scratch)
            try self.gateway.administer("user", "add", name, "--key", key.publicPath)
            if granted { try self.lab.grant("web1", user: name) }
            return self.lab.route().logging(inAs: "\(name)@\(self.lab.target.login)@web1").identifying(with: key)
        }

        /// A session that waits.
        private func waiting(_ route: Route, flags: [String] = []) throws -> RunningProcess {
            let client = try RunningProcess(
                self.lab.client.ssh(route, flags: flags, "echo in; cat >/dev/null"), in: self.lab.scratch, input: .pipe)
            try client.waitForOutput("in\n")
            return client
        }

        private func mayLogIn(_ route: Route) throws -> Bool {
            try self.lab.client.runSSH(route, "echo in").text == "in\n"
        }

        private struct Ended: Decodable {
            let endedSessions: [String]
            let endedConnections: Int
        }

        private func ended(_ words: String...) throws -> Ended {
            let outcome = try self.gateway.command(words + ["--json"])
            #expect(outcome.code == 0, "\(outcome.errorText)")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Ended.self, from: outcome.output)
        }

        @Test("disabling a user ends what they have open, with the reason, until they are enabled again")
        func disable() throws {
            let route = try self.newUser("dora")
            let bystander = try self.waiting(self.lab.route())
            let client = try self.waiting(route)
            let session = try #require(try self.gateway.sessions().first { $0.user == "dora" })
            let before = try self.gateway.lastAuditSequence()

            #expect(
                try self.ended("user", "disable", "dora", "--reason", "left the company").endedSessions == [session.id])
            // What the answer said is so already.
            #expect(!ProcessTable.isRunning(session.pid))
            #expect(try client.wait(within: .seconds(5)).code == 255)
            #expect(try self.gateway.sessions().map(\.user) == ["alice"])
            let withdrawn = try #require(try self.gateway.audited("SP3003W", after: before).first)
            #expect(withdrawn.fields["session"] == session.id)
            #expect(withdrawn.fields["reason"] == "user dora was disabled: left the company")
            #expect(try self.gateway.audited("SP4003W", after: before).first?.fields["session"] == session.id)
            #expect(
                try self.gateway.sealedRecordings(since: [], count: 1).first { $0.id == session.id }?.how == "killed")

            #expect(try !self.mayLogIn(route))
            let again = try self.gateway.command(["user", "disable", "dora"])
            #expect(again.code == 1)
            #expect(again.errorLines == ["sallyport: error: user dora is disabled already"])
            try self.gateway.administer("user", "enable", "dora")
            #expect(try self.mayLogIn(route))
            #expect(bystander.poll() == nil)
            bystander.closeInput()
            #expect(try bystander.wait(within: .seconds(10)).code == 0)
        }

        @Test("removing a user ends a shared connection, a jump, and one that waits at the menu")
        func remove() throws {
            let route = try self.newUser("erin")
            let control = self.lab.scratch.path("erin-control")
            let master = try self.waiting(
                route.with("ControlMaster=yes", "ControlPath=\(control)", "ControlPersist=no"))
            let menu = try TerminalProcess(
                self.lab.client.ssh(route.logging(inAs: "erin"), flags: ["-tt"]), in: self.lab.scratch)
            try menu.waitFor("web1")
            let jump = try RunningProcess(
                self.lab.client.ssh(
                    route.logging(inAs: self.lab.target.login).with(
                        "ProxyCommand=\(self.lab.client.ssh(route.logging(inAs: "erin"), flags: ["-W", "web1:22"]).dropLast().joined(separator: " ")) 127.0.0.1",
                        "HostKeyAlias=[127.0.0.1]:\(self.gateway.port)"), "echo in; cat >/dev/null"),
                in: self.lab.scratch, input: .pipe)
            try jump.waitForOutput("in\n")
            #expect(try self.gateway.sessions().map(\.user) == ["erin", "erin"])

            let ended = try self.ended("user", "remove", "erin")
            #expect(ended.endedSessions.count == 2)
            // The one at the menu, and the one that carried the jump.
            #expect(ended.endedConnections == 2)
            #expect(try master.wait(within: .seconds(5)).code == 255)
            #expect(try jump.wait(within: .seconds(5)).code == 255)
            try waitUntil("the menu's client has ended") { !ProcessTable.isRunning(menu.pid) }
            #expect(self.gateway.workers.isEmpty)
            #expect(try !self.mayLogIn(route))
        }

        @Test("removing a key ends the sessions that it let in, and no others")
        func removeKey() throws {
            let route = try self.newUser("fred")
            let second = try SSHKey(.ed25519, named: "fred-second", in: self.lab.scratch)
            try self.gateway.administer(
                "user", "key", "add", "fred", "--key", second.publicPath, "--comment", "tablet", "--expires", "90d")
            let listed = try self.gateway.administer("user", "key", "list", "fred")
            #expect(listed.contains("tablet"))
            let (first, other) = (try self.waiting(route), try self.waiting(route.identifying(with: second)))
            let fingerprint = try output(of: ["ssh-keygen", "-lf", second.publicPath], in: self.lab.scratch)
                .split(separator: " ")[1]
            #expect(try self.ended("user", "key", "remove", "fred", String(fingerprint)).endedSessions.count == 1)
            #expect(try other.wait(within: .seconds(5)).code == 255)
            #expect(first.poll() == nil)
            #expect(try !self.mayLogIn(route.identifying(with: second)))
            #expect(try self.mayLogIn(route))
            let missing = try self.gateway.command(["user", "key", "remove", "fred", String(fingerprint)])
            #expect(missing.code == 1)
            #expect(missing.errorLines.first == "sallyport: error: user fred has no key \(fingerprint)")
            first.kill()
        }

        @Test("a key that expires is refused, and ends the sessions that it let in")
        func expiry() throws {
            let route = try self.newUser("gina")
            let brief = try SSHKey(.ed25519, named: "gina-brief", in: self.lab.scratch)
            // Long enough to log in on a busy machine.
            try self.gateway.administer("user", "key", "add", "gina", "--key", brief.publicPath, "--expires", "8s")
            let client = try self.waiting(route.identifying(with: brief))
            #expect(try client.wait(within: .seconds(60)).code == 255)
            #expect(try !self.mayLogIn(route.identifying(with: brief)))
            #expect(try self.mayLogIn(route))
            let past = try self.gateway.command(
                ["user", "key", "add", "gina", "--key", brief.publicPath, "--expires", "2020-01-01"])
            #expect(past.code == 2)
            #expect(past.errorText.contains("the keys would have expired already"))
        }

        @Test("a group lets its members in, and who leaves it is out")
        func group() throws {
            let (route, other) = (try self.newUser("hugo", granted: false), try self.newUser("ines", granted: false))
            #expect(try !self.mayLogIn(route))
            try self.gateway.administer("group", "add", "web", "--user", "hugo", "--comment", "the web team")
            try self.gateway.administer(
                "grant", "add", "web-team", "--group", "web", "--target", "web1", "--account", self.lab.target.login,
                "--allow", "exec")
            #expect(try self.mayLogIn(route))
            #expect(try !self.mayLogIn(other))
            try self.gateway.administer("group", "edit", "web", "--add-user", "ines")
            #expect(try self.mayLogIn(other))
            #expect(try self.gateway.administer("group", "show", "web").contains("hugo,ines"))
            #expect(try self.gateway.administer("user", "show", "ines").contains("web"))

            let (leaving, staying) = (try self.waiting(route), try self.waiting(other))
            try self.gateway.administer("group", "edit", "web", "--remove-user", "hugo")
            #expect(try leaving.wait(within: .seconds(5)).code == 255)
            #expect(staying.poll() == nil)
            #expect(try self.ended("group", "remove", "web").endedSessions.count == 1)
            #expect(try staying.wait(within: .seconds(5)).code == 255)
            #expect(try self.gateway.command(["group", "show", "web"]).code == 1)
        }

        @Test("a removed grant ends the sessions that no other grant permits")
        func grant() throws {
            let route = try self.newUser("jana")
            let account = self.lab.target.login
            try self.gateway.administer(
                "grant", "add", "jana-also", "--user", "jana", "--target", "web1", "--account", account, "--allow",
                "shell,exec,sftp,scp")
            let client = try self.waiting(route)
            #expect(try self.ended("grant", "remove", "jana-also").endedSessions.isEmpty)
            #expect(client.poll() == nil)
            #expect(try self.ended("grant", "remove", "jana-web1").endedSessions.count == 1)
            #expect(try client.wait(within: .seconds(5)).code == 255)
            let refused = try self.lab.client.runSSH(route, "true")
            #expect(refused.errorText.contains("sallyport: you have no access to \(account)@web1"))
        }
    }
}
