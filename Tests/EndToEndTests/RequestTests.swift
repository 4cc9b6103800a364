import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Access that others have to approve, as stock clients meet it.
    @Suite("requests for access", .serialized, .laboratory, .throughGateway)
    struct Requests {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }
        private var account: String { self.lab.target.login }

        /// Somebody with a key, in these groups, which are made when there are none.
        private func person(_ name: String, in groups: String...) throws -> Route {
            let key = try SSHKey(.ed25519, named: "\(name)-key", in: self.lab.scratch)
            try self.gateway.administer("user", "add", name, "--key", key.publicPath)
            for group in groups {
                _ = try self.gateway.command(["group", "add", group])
                try self.gateway.administer("group", "edit", group, "--add-user", name)
            }
            return self.lab.route().logging(inAs: name).identifying(with: key)
        }

        /// A grant on approval by `approvers` to `user` on a target of this name.
        private func grant(_ name: String, to user: String, by approvers: String, _ terms: String...) throws {
            try self.gateway.administer(
                "target", "add", name, "--address", "127.0.0.1:\(self.lab.target.port)", "--host-key",
                self.lab.target.hostKey.publicPath)
            try self.gateway.administer(
                "credential", "set", "\(name)/\(self.account)", "--key", self.lab.target.key.path)
            let words = ["--user", user, "--target", name, "--account", self.account, "--allow", "shell,exec,sftp,scp"]
            let outcome = try self.gateway.command(
                ["grant", "add", name] + words + ["--approvers", approvers] + terms)
            #expect(outcome.code == 0, "\(outcome.errorText)")
        }

        private func said(_ route: Route, _ command: String) throws -> Outcome {
            try self.lab.client.runSSH(route, command)
        }

        private func going(_ route: Route, to target: String) -> Route {
            route.logging(inAs: "\(route.login)@\(self.account)@\(target)")
        }

        private func filed(after sequence: UInt64) throws -> String {
            try #require(try self.gateway.audited("SP3101I", after: sequence).first?.fields["request"])
        }

        private func state(_ id: String) throws -> String {
            struct Row: Decodable { let state: String }
            let text = try self.gateway.administer("request", "show", id, "--json")
            return try JSONDecoder().decode(Row.self, from: Data(text.utf8)).state
        }

        @Test("a login at a terminal asks, waits, and goes on by itself once two others have approved over ssh")
        func waiting() throws {
            let (ann, cleo, dora) = (
                try self.person("ann", in: "w-lead"), try self.person("cleo", in: "w-lead"),
                try self.person("dora", in: "w-lead")
            )
            try self.grant(
                "rq1", to: "ann", by: "w-lead", "--approval", "2", "--require-reason", "--ticket", "OPS-[0-9]+")
            let before = try self.gateway.lastAuditSequence()
            let terminal = try TerminalProcess(
                self.lab.client.ssh(self.going(ann, to: "rq1"), flags: ["-tt"], "echo in''side; exit 7"),
                in: self.lab.scratch, columns: 200)
            try terminal.waitFor("needs approval by 2 of w-lead")
            try terminal.waitFor("Why do you need it? ")
            try terminal.type("\r")
            try terminal.waitFor("A reason has to be given.")
            try terminal.type("disk full\r")
            try terminal.waitFor("Which ticket is it about? ")
            try terminal.type("nonsense\r")
            try terminal.waitFor("the ticket is not of the form")
            try terminal.type("OPS-4711\r")
            try terminal.waitFor("For how long")
            try terminal.type("30m\r")
            let id = try self.filed(after: before)
            try terminal.waitFor("request \(id) for \(self.account)@rq1: waiting for 2 of w-lead")
            let event = try #require(try self.gateway.audited("SP3101I", after: before).first)
            #expect(event.actor == "ann" && event.fields["reason"] == "disk full")
            #expect(event.fields["ticket"] == "OPS-4711" && event.fields["seconds"] == "1800")

            let list = try self.said(cleo, "request list")
            #expect(list.code == 0 && list.text.contains("ann \(self.account)@rq1 for 30 min"), "\(list.text)")
            let own = try self.said(ann, "request approve \(id)")
            #expect(own.code == 1 && own.errorText.contains("nobody approves or denies a request of their own"))
            let first = try self.said(cleo, "request approve \(id) --text fine with me")
            #expect(first.code == 0 && first.text.contains("waits for more"), "\(first.text)\(first.errorText)")
            try terminal.waitFor("approved by cleo")
            let again = try self.said(cleo, "request approve \(id)")
            #expect(again.code == 1 && again.errorText.contains("you have approved it already"))
            #expect(try self.state(id) == "waiting")
            let second = try self.said(dora, "request approve \(id)")
            #expect(second.code == 0 && second.text.contains("is approved until"), "\(second.text)\(second.errorText)")
            try terminal.waitFor("inside")
            #expect(try terminal.wait() == .exited(7))
            #expect(try self.gateway.audited("SP3103I", after: before).first?.actor == "dora")
            #expect(try self.gateway.audited("SP3109W", after: before).count == 2)

            // It permits without asking now, also a program.
            let more = try self.said(self.going(ann, to: "rq1"), "echo more")
            #expect(more.code == 0 && more.text == "more\n", "\(more.errorText)")
            // The dialogue is in no recording.
            let entry = try #require(try self.gateway.recordings().last { $0.target == "rq1" })
            let transcript = try self.gateway.administer("recording", "transcript", entry.id)
            #expect(!transcript.contains("disk full") && !transcript.contains("OPS-4711"))
            #expect(try self.gateway.audited("SP3001I", after: before).first?.fields["grants"] == "rq1")
        }

        @Test("a program without a terminal gets one line that says how to ask, and asking goes over ssh too")
        func withoutTerminal() throws {
            let (bea, carl) = (try self.person("bea", in: "t-users"), try self.person("carl", in: "t-lead"))
            try self.grant("rq2", to: "bea", by: "t-lead", "--approval", "1")
            let place = "\(self.account)@rq2"
            let explained = try self.gateway.command(["explain", "bea", self.account, "rq2"])
            #expect(explained.code == 3 && explained.text.contains("[approval-needed]"), "\(explained.text)")
            #expect(try self.gateway.administer("report", "access").contains("on approval"))
            let refused = try self.said(self.going(bea, to: "rq2"), "true")
            #expect(refused.code == 255)
            #expect(
                refused.errorText.contains(
                    "\(place) needs approval by 1 of t-lead: ask for it with ssh bea@GATEWAY request create \(place)"),
                "\(refused.errorText)")
            let before = try self.gateway.lastAuditSequence()
            let created = try self.said(bea, "request create \(place) --for 20m --reason weekly check")
            #expect(created.code == 0 && created.text.contains("waits for 1 of t-lead"), "\(created.errorText)")
            let id = try self.filed(after: before)
            let same = try self.said(bea, "request create \(place)")
            #expect(same.code == 1 && same.errorText.contains("request \(id) for \(place) waits already"))
            let nowhere = try self.said(bea, "request create root@nowhere")
            #expect(nowhere.code == 1 && nowhere.errorText.contains("there is no access to root@nowhere to ask for"))
            let hidden = try self.said(try self.person("eve"), "request show \(id)")
            #expect(hidden.code == 1 && hidden.errorText.contains("there is no request \(id) for you to see"))
            let denied = try self.said(carl, "request deny \(id) --text not on Fridays")
            #expect(denied.code == 0, "\(denied.errorText)")
            #expect(try self.state(id) == "denied")
            let late = try self.said(carl, "request approve \(id)")
            #expect(late.code == 1 && late.errorText.contains("the request is denied already"))
            #expect(try self.said(self.going(bea, to: "rq2"), "true").code == 255)
        }

        @Test("a denial is told at the waiting terminal, and Ctrl-C withdraws")
        func notApproved() throws {
            let (fay, gus) = (try self.person("fay", in: "n-users"), try self.person("gus", in: "n-lead"))
            try self.grant("rq3", to: "fay", by: "n-lead", "--approval", "1")
            for key in ["deny", "\u{3}"] {
                let before = try self.gateway.lastAuditSequence()
                let terminal = try TerminalProcess(
                    self.lab.client.ssh(self.going(fay, to: "rq3"), flags: ["-tt"]), in: self.lab.scratch, columns: 200)
                try terminal.waitFor("Why do you need it (Enter for none)? ")
                try terminal.type("\r")
                try terminal.waitFor("For how long")
                try terminal.type("\r")
                try terminal.waitFor("Ctrl-C withdraws it")
                let id = try self.filed(after: before)
                if key == "deny" {
                    #expect(try self.said(gus, "request deny \(id) --text too risky").code == 0)
                    try terminal.waitFor("request \(id) was denied by gus: too risky")
                } else {
                    try terminal.type(key)
                    try terminal.waitFor("request \(id) is withdrawn")
                }
                #expect(try terminal.wait() == .exited(255))
                #expect(try self.state(id) == (key == "deny" ? "denied" : "withdrawn"))
            }
            try waitUntil("no worker is left") { self.gateway.workers.isEmpty }
        }

        @Test("the menu lists what others have to approve, and a choice of it asks and goes on like any other login")
        func menu() throws {
            let (kim, leo) = (try self.person("kim", in: "m-users"), try self.person("leo", in: "m-lead"))
            try self.grant("rq6", to: "kim", by: "m-lead", "--approval", "1")
            let before = try self.gateway.lastAuditSequence()
            let terminal = try TerminalProcess(self.lab.client.ssh(kim), in: self.lab.scratch, columns: 200)
            try terminal.waitFor("Where to? 1 of 1")
            try terminal.waitFor("rq6  \(self.account)  on approval")
            try terminal.type("\r")
            try terminal.waitFor("Why do you need it (Enter for none)? ")
            try terminal.type("\r")
            try terminal.waitFor("For how long")
            try terminal.type("\r")
            try terminal.waitFor("Ctrl-C withdraws it")
            let id = try self.filed(after: before)
            #expect(try self.said(leo, "request approve \(id)").code == 0)
            // What is typed before the shell is there is nobody's; a login of the test's own has a prompt to wait for.
            try terminal.waitFor(TargetServer.hasOwnLogin ? "ready> " : "is approved by leo")
            guard TargetServer.hasOwnLogin else { return }
            try terminal.type("echo cho''sen; exit 5\n")
            try terminal.waitFor("chosen")
            #expect(try terminal.wait() == .exited(5))
        }

        @Test("a request goes with its grant, and another grant of that name inherits none; who waits is told")
        func removed() throws {
            let (mia, ned) = (try self.person("mia", in: "g-users"), try self.person("ned", in: "g-lead"))
            try self.grant("rq7", to: "mia", by: "g-lead", "--approval", "1")
            let place = "\(self.account)@rq7"
            let before = try self.gateway.lastAuditSequence()
            #expect(try self.said(mia, "request create \(place)").code == 0)
            let id = try self.filed(after: before)
            #expect(try self.said(ned, "request approve \(id)").code == 0)
            #expect(try self.said(self.going(mia, to: "rq7"), "true").code == 0)
            let session = try RunningProcess(
                self.lab.client.ssh(self.going(mia, to: "rq7"), "echo in; cat >/dev/null"), in: self.lab.scratch,
                input: .pipe)
            try session.waitForOutput("in\n")
            try self.gateway.administer("grant", "remove", "rq7")
            #expect(try session.wait(within: .seconds(10)).code == 255)
            try waitUntil("the request is revoked") { try self.state(id) == "revoked" }
            let again = [
                "grant", "add", "rq7", "--user", "mia", "--target", "rq7", "--account", self.account, "--allow",
                "shell,exec", "--approval", "1", "--approvers", "g-lead",
            ]
            #expect(try self.gateway.command(again).code == 0)
            #expect(try self.said(self.going(mia, to: "rq7"), "true").code == 255)

            let terminal = try TerminalProcess(
                self.lab.client.ssh(self.going(mia, to: "rq7"), flags: ["-tt"]), in: self.lab.scratch, columns: 200)
            try terminal.waitFor("Why do you need it")
            try terminal.type("\r")
            try terminal.waitFor("For how long")
            try terminal.type("\r")
            try terminal.waitFor("Ctrl-C withdraws it")
            try self.gateway.administer("grant", "remove", "rq7")
            try terminal.waitFor("was revoked by gateway")
            #expect(try terminal.wait() == .exited(255))
        }

        @Test("the operator's approval is refused unless it is an override, which is audited as that")
        func override() throws {
            let hal = try self.person("hal", in: "o-users")
            _ = try self.gateway.command(["group", "add", "o-lead"])
            try self.grant("rq4", to: "hal", by: "o-lead", "--approval", "2")
            let before = try self.gateway.lastAuditSequence()
            try self.gateway.administer("request", "create", "rq4/\(self.account)", "--user", "hal", "--reason", "r")
            let event = try #require(try self.gateway.audited("SP3101I", after: before).first)
            #expect(event.actor != "hal" && event.fields["from"] == "control socket")
            let id = try self.filed(after: before)
            let plain = try self.gateway.command(["request", "approve", id])
            #expect(plain.code == 3 && plain.errorText.contains("approvals are people's own"), "\(plain.errorText)")
            let silent = try self.gateway.command(["request", "approve", id, "--override"])
            #expect(silent.code != 0 && silent.errorText.contains("needs a reason"))
            #expect(try self.state(id) == "waiting")
            try self.gateway.administer("request", "approve", id, "--override", "--text", "nobody is there")
            #expect(try self.gateway.audited("SP3108W", after: before).first?.fields["text"] == "nobody is there")
            #expect(try self.said(self.going(hal, to: "rq4"), "true").code == 0)
        }

        @Test(
            "a session ends with what was approved, on time; an extension moves the end, a revocation ends it at once")
        func ends() throws {
            let (ida, jon) = (try self.person("ida", in: "e-users"), try self.person("jon", in: "e-lead"))
            try self.grant("rq5", to: "ida", by: "e-lead", "--approval", "1")
            let place = "\(self.account)@rq5"
            func approve(_ length: String) throws -> (id: String, until: Date) {
                let before = try self.gateway.lastAuditSequence()
                let created = try self.said(ida, "request create \(place) --for \(length)")
                #expect(created.code == 0, "\(created.errorText)")
                let id = try self.filed(after: before)
                #expect(try self.said(jon, "request approve \(id)").code == 0)
                struct Row: Decodable { let until: String }
                let text = try self.gateway.administer("request", "show", id, "--json")
                let until = try JSONDecoder().decode(Row.self, from: Data(text.utf8)).until
                let date = try Date(
                    until, strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true))
                return (id, date)
            }
            func session() throws -> TerminalProcess {
                let terminal = try TerminalProcess(
                    self.lab.client.ssh(self.going(ida, to: "rq5"), flags: ["-tt"], "echo in''side; exec sleep 600"),
                    in: self.lab.scratch, columns: 200)
                try terminal.waitFor("inside")
                return terminal
            }
            // Long enough for a loaded machine to begin it, and to extend it.
            let first = try approve("30s")
            let terminal = try session()
            try terminal.waitFor("this session ends in")
            let second = try approve("45s")
            #expect(second.until > first.until)
            #expect(try terminal.wait(within: .seconds(120)) != .exited(0))
            let over = Date()
            #expect(over > second.until.addingTimeInterval(-0.1), "it ended at \(over), not at \(second.until)")
            #expect(terminal.screenText.contains("the time for access to \(place) is over"))
            let ended = try #require(try self.gateway.audit().last { $0.code == "SP3004W" })
            let moment = try Date(
                ended.time, strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true))
            #expect(abs(moment.timeIntervalSince(second.until)) < 1, "\(moment) and \(second.until)")

            let third = try approve("10m")
            let other = try session()
            #expect(try self.said(jon, "request revoke \(third.id) --text enough").code == 0)
            #expect(try other.wait(within: .seconds(10)) != .exited(0))
            #expect(try self.state(third.id) == "revoked")
            #expect(try self.said(self.going(ida, to: "rq5"), "true").code == 255)
        }
    }
}
