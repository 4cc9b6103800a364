import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// What grants say of labels, hours, places and amounts, and what they deny, as stock clients meet it.
    @Suite("terms of grants", .serialized, .laboratory, .throughGateway)
    struct GrantTerms {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        /// A user of the test's own with a key, who has no grant.
        private func newUser(_ name: String) throws -> Route {
            let key = try SSHKey(.ed25519, named: "\(name)-key", in: self.lab.scratch)
            try self.gateway.administer("user", "add", name, "--key", key.publicPath)
            return self.lab.route().logging(inAs: "\(name)@\(self.lab.target.login)@web1").identifying(with: key)
        }

        private func grant(_ name: String, to user: String, _ terms: String...) throws {
            let words = ["--user", user, "--target", "web1", "--account", self.lab.target.login]
            let outcome = try self.gateway.command(
                ["grant", "add", name] + words + ["--allow", "shell,exec,sftp,scp"] + terms)
            #expect(outcome.code == 0, "\(outcome.errorText)")
        }

        private func waiting(_ route: Route) throws -> RunningProcess {
            let client = try RunningProcess(
                self.lab.client.ssh(route, "echo in; cat >/dev/null"), in: self.lab.scratch, input: .pipe)
            try client.waitForOutput("in\n")
            return client
        }

        private func moment(_ seconds: TimeInterval) -> String {
            Date(timeIntervalSinceNow: seconds).formatted(.iso8601)
        }

        @Test("labels lead to a target, and a changed label ends what it led to")
        func labels() throws {
            let route = try self.newUser("lena")
            try self.gateway.administer("target", "edit", "web1", "--label", "env=prod,team=web")
            #expect(try self.gateway.administer("target", "show", "web1").contains("env=prod,team=web"))
            try self.gateway.administer(
                "grant", "add", "by-label", "--user", "lena", "--target-label", "env=prod,env=stage", "--account",
                "any",
                "--allow", "exec")
            let client = try self.waiting(route)
            try self.gateway.administer("target", "edit", "web1", "--label", "env=test")
            #expect(try client.wait(within: .seconds(10)).code == 255)
            let refused = try self.lab.client.runSSH(route, "true")
            #expect(refused.errorText.contains("sallyport: you have no access to"))
            try self.gateway.administer("target", "edit", "web1", "--label", "none")
            let bad = try self.gateway.command(["target", "edit", "web1", "--label", "env"])
            #expect(bad.code == 2)
            #expect(bad.errorLines.first?.contains("a label is KEY=VALUE") == true)
        }

        @Test("a grant that denies ends what it denies, and wins; explain and the audit log say which")
        func deny() throws {
            let route = try self.newUser("dina")
            let account = self.lab.target.login
            try self.grant("dina-all", to: "dina")
            let client = try self.waiting(route)
            try self.gateway.administer(
                "grant", "deny", "no-dina", "--user", "dina", "--target", "web1", "--account", "any")
            #expect(try client.wait(within: .seconds(10)).code == 255)
            let before = try self.gateway.lastAuditSequence()
            #expect(try self.lab.client.runSSH(route, "true").code == 255)
            let row = try #require(try self.gateway.audited("SP3002W", after: before).first)
            #expect(row.fields["reason"] == "denied-by-rule")

            let explained = try self.gateway.command(["explain", "dina", account, "web1"])
            #expect(explained.code == 3)
            #expect(explained.text.contains("denied: denied by no-dina [denied-by-rule]\n"))
            // The audit log has the words of the explanation.
            let steps = explained.text.split(separator: "\n").dropFirst().dropLast().map { line in
                line.split(separator: "  ", omittingEmptySubsequences: true).map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
            }
            #expect(row.fields["trace"] == steps.map { "\($0[0]): \($0[2])" }.joined(separator: "; "))

            try self.gateway.administer("grant", "remove", "no-dina")
            try self.gateway.administer(
                "grant", "deny", "no-files", "--user", "dina", "--target", "web1", "--account", "any", "--kinds",
                "sftp,scp")
            #expect(try self.lab.client.runSSH(route, "echo in").text == "in\n")
            #expect(try self.gateway.command(["explain", "dina", account, "web1"]).code == 0)
            #expect(try self.gateway.command(["explain", "dina", account, "web1", "--channel", "sftp"]).code == 3)
        }

        @Test("a session ends when the grant does, with a warning before and a line at the end")
        func ending() throws {
            let route = try self.newUser("tom")
            let account = self.lab.target.login
            try self.grant("toms-time", to: "tom", "--not-after", "40s")
            let end = Date(timeIntervalSinceNow: 40)
            let terminal = try TerminalProcess(
                self.lab.client.ssh(route, flags: ["-tt"], "PS1='ready> ' exec bash --noprofile --norc -i"),
                in: self.lab.scratch)
            try terminal.waitFor("ready> ")
            try terminal.waitFor("sallyport: this session ends in", within: .seconds(60))
            let before = try self.gateway.lastAuditSequence()
            #expect(before > 0)
            try terminal.waitFor("sallyport: the time for access to \(account)@web1 is over", within: .seconds(90))
            // Not before its time: `--not-after` was counted from a moment before `end` was.
            #expect(Date() > end.addingTimeInterval(-5))
            let row = try #require(try self.gateway.audited("SP3004W", after: before).first)
            #expect(row.fields["reason"] == "the time for access to \(account)@web1 is over")
            let refused = try self.lab.client.runSSH(route, "true")
            #expect(refused.errorText.contains("sallyport: you have no access to \(account)@web1 at this time"))
            let recording = try #require(row.fields["session"])
            try waitUntil("the recording is sealed") {
                try self.gateway.recordings().first { $0.id == recording }?.how == "killed"
            }
        }

        @Test("a session that is as long as it may be ends; a grant of later or elsewhere lets nobody in")
        func limits() throws {
            let route = try self.newUser("mia")
            let account = self.lab.target.login
            try self.grant("brief", to: "mia", "--max-session", "10s")
            let client = try self.waiting(route)
            let outcome = try client.wait(within: .seconds(60))
            #expect(outcome.errorText.contains("the longest time for a session on \(account)@web1 is over"))
            try self.gateway.administer("grant", "remove", "brief")

            try self.grant("later", to: "mia", "--not-before", self.moment(3600))
            #expect(try self.lab.client.runSSH(route, "true").errorText.contains("at this time"))
            #expect(try self.gateway.command(["explain", "mia", account, "web1"]).code == 3)
            #expect(
                try self.gateway.command(["explain", "mia", account, "web1", "--at", self.moment(7200)]).code == 0)
            try self.gateway.administer("grant", "remove", "later")

            try self.grant("elsewhere", to: "mia", "--from", "203.0.113.0/24,2001:db8::/32")
            #expect(try self.lab.client.runSSH(route, "true").errorText.contains("from this address"))
            #expect(
                try self.gateway.command(["explain", "mia", account, "web1", "--from", "203.0.113.9"]).code == 0)
            #expect(try self.gateway.command(["explain", "mia", account, "web1", "--from", "127.0.0.1"]).code == 3)
            try self.grant("here", to: "mia", "--from", "127.0.0.0/8")
            #expect(try self.lab.client.runSSH(route, "echo in").text == "in\n")
        }

        @Test("who does nothing is out, and who works stays")
        func idle() throws {
            let route = try self.newUser("ida")
            try self.grant("idle", to: "ida", "--max-idle", "8s")
            let client = try self.waiting(route)
            // Not a terminal: what the target says counts as work too.
            let working = try RunningProcess(
                self.lab.client.ssh(route, "for i in $(seq 1 12); do echo $i; sleep 1; done"), in: self.lab.scratch)
            let before = try self.gateway.lastAuditSequence()
            let idle = try client.wait(within: .seconds(60))
            #expect(idle.errorText.contains("sallyport: this session ends: nothing was done for 8 s"))
            let row = try #require(try self.gateway.audited("SP3004W", after: before).first)
            #expect(row.fields["user"] == "ida")
            let worked = try working.wait(within: .seconds(60))
            #expect(worked.code == 0)
            #expect(worked.text.hasSuffix("12\n"))
        }

        @Test("no more sessions than the grant permits, also when they begin at once")
        func counts() throws {
            let route = try self.newUser("olga")
            try self.grant("two", to: "olga", "--sessions-per-user", "2")
            let before = try self.gateway.lastAuditSequence()
            let clients = try (0..<5).map { _ in
                try RunningProcess(
                    self.lab.client.ssh(route, "echo in; cat >/dev/null"), in: self.lab.scratch, input: .pipe)
            }
            try waitUntil("three are refused") { clients.filter { $0.poll() != nil }.count == 3 }
            for refused in clients where refused.poll() != nil {
                let outcome = try refused.wait(within: .seconds(10))
                #expect(outcome.code == 255)
                #expect(outcome.errorText.contains("sallyport: you have 2 sessions already, as many as you may"))
            }
            for client in clients where client.poll() == nil { try client.waitForOutput("in\n") }
            #expect(
                try self.gateway.audited("SP3002W", after: before).map { $0.fields["reason"] }
                    == Array(repeating: "too-many-sessions-of-user", count: 3))
            for client in clients where client.poll() == nil {
                client.closeInput()
                #expect(try client.wait(within: .seconds(10)).code == 0)
            }
            try waitUntil("both are over") { try self.gateway.sessions().filter { $0.user == "olga" }.isEmpty }
            #expect(try self.lab.client.runSSH(route, "echo in").text == "in\n")
        }

        @Test("a transfer that is too large is ended with a line, and one that fits is not")
        func bytes() throws {
            let route = try self.newUser("bert")
            try self.grant("small", to: "bert", "--max-upload", "200K", "--max-download", "300K,shell=1M")
            let before = try self.gateway.lastAuditSequence()
            let fits = try self.lab.client.runSSH(route, "head -c 300000 /dev/zero")
            #expect(fits.code == 0)
            #expect(fits.output.count == 300_000)
            let large = try self.lab.client.runSSH(route, "head -c 3000000 /dev/zero")
            #expect(large.code == 255)
            #expect(large.output.count <= 307_200)
            #expect(large.errorText.contains("sallyport: your grant permits downloads of at most 307200 bytes"))

            let source = self.lab.scratch.path("upload.bin")
            try Data(repeating: 7, count: 1_000_000).write(to: URL(fileURLWithPath: source))
            let target = self.lab.scratch.path("uploaded.bin")
            let copy = try self.lab.client.runSSH(
                route, "cat > \(target)", input: .file(source))
            #expect(copy.code == 255)
            #expect(copy.errorText.contains("sallyport: your grant permits uploads of at most 204800 bytes"))
            let arrived = (try? FileManager.default.attributesOfItem(atPath: target)[.size] as? Int) ?? 0
            #expect(arrived <= 204_800)
            let rows = try self.gateway.audited("SP4201W", after: before)
            #expect(rows.map { $0.fields["cause"] } == ["byte-limit", "byte-limit"])
            #expect(rows.first?.fields["place"] == "307200 bytes")
        }
    }
}
