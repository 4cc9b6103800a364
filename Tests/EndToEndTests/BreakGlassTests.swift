import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Emergencies: opened by who may, told to everybody, and reviewed.
    @Suite("break-glass", .serialized, .laboratory, .throughGateway)
    struct BreakGlass {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }
        private var account: String { self.lab.target.login }

        private func person(_ name: String, in group: String, on lab: Laboratory? = nil) throws -> Route {
            let lab = lab ?? self.lab
            let key = try SSHKey(.ed25519, named: "\(name)-key", in: lab.scratch)
            try lab.gateway.administer("user", "add", name, "--key", key.publicPath)
            _ = try lab.gateway.command(["group", "add", group])
            try lab.gateway.administer("group", "edit", group, "--add-user", name)
            return lab.route().logging(inAs: name).identifying(with: key)
        }

        /// An emergency grant to `user` on `web1`.
        private func grant(_ name: String, to user: String, reviewedBy group: String, on lab: Laboratory? = nil) throws
        {
            let lab = lab ?? self.lab
            try lab.gateway.administer(
                "grant", "add", name, "--user", user, "--target", "web1", "--account", lab.target.login, "--allow",
                "shell,exec", "--break-glass", "--break-glass-for", "10m", "--reviewers", group)
        }

        private func going(_ route: Route) -> Route {
            route.logging(inAs: "\(route.login)@\(self.account)@web1")
        }

        private func codes(_ gateway: TestGateway) throws -> [String] {
            struct Made: Decodable { let codes: [String] }
            let text = try gateway.administer("break-glass", "codes", "make", "-k", "2", "-n", "5", "--json")
            return try JSONDecoder().decode(Made.self, from: Data(text.utf8)).codes
        }

        @Test("any two of five codes open it at a terminal, with an alarm; two others have to review it, each once")
        func codes() throws {
            let una = try self.person("una", in: "b-users")
            let (vic, wes) = (try self.person("vic", in: "b-lead"), try self.person("wes", in: "b-lead"))
            try self.gateway.administer("group", "edit", "b-lead", "--add-user", "una")
            try self.grant("glass", to: "una", reviewedBy: "b-lead")
            let explained = try self.gateway.command(["explain", "una", self.account, "web1"])
            #expect(explained.code == 3 && explained.text.contains("[break-glass-needed]"), "\(explained.text)")
            let program = try self.lab.client.runSSH(self.going(una), "true")
            #expect(program.code == 255 && program.errorText.contains("is for emergencies"), "\(program.errorText)")

            let codes = try self.codes(self.gateway)
            #expect(codes.count == 5 && Set(codes).count == 5)
            let before = try self.gateway.lastAuditSequence()
            let terminal = try TerminalProcess(
                self.lab.client.ssh(self.going(una), flags: ["-tt"], "echo in''side; exit 7"), in: self.lab.scratch,
                columns: 200)
            try terminal.waitFor("is for emergencies: everybody is told at once")
            try terminal.waitFor("Why do you need it? ")
            try terminal.type("the directory burns\r")
            try terminal.waitFor("Sealed code 1 of 2: ")
            try terminal.type(String(codes[3].dropLast()) + "\r")
            try terminal.waitFor("That is no sealed code")
            try terminal.type(codes[3] + "\r")
            try terminal.waitFor("Sealed code 2 of 2: ")
            try terminal.type(codes[3].lowercased() + "\r")
            try terminal.waitFor("That one was given already.")
            try terminal.type(codes[1].replacingOccurrences(of: "-", with: " ") + "\r")
            try terminal.waitFor("is open until")
            try terminal.waitFor("inside")
            #expect(try terminal.wait() == .exited(7))
            for code in codes { #expect(!terminal.screenText.contains(code)) }
            let alarm = try #require(try self.gateway.audited("SP3201E", after: before).first)
            #expect(alarm.actor == "una" && alarm.fields["reason"] == "the directory burns")
            #expect(alarm.fields["method"] == "sealed-codes")
            let id = try #require(alarm.fields["use"])
            #expect(self.gateway.log.contains("emergency \(id): una has opened \(self.account)@web1"))
            // Recorded as anything else, and open for its time.
            let entry = try #require(try self.gateway.recordings().last { $0.user == "una" })
            #expect(try self.gateway.administer("recording", "transcript", entry.id).contains("inside"))
            #expect(try self.lab.client.runSSH(self.going(una), "echo more").text == "more\n")

            func say(_ route: Route, _ words: String) throws -> Outcome {
                try self.lab.client.runSSH(route, "break-glass \(words)")
            }
            #expect(try say(vic, "list").text.contains("the directory burns"))
            let own = try say(una, "review \(id) --text fine")
            #expect(own.code == 1 && own.errorText.contains("nobody reviews what they did themselves"))
            let mute = try say(vic, "review \(id)")
            #expect(mute.code == 1 && mute.errorText.contains("say what you found"))
            let first = try say(vic, "review \(id) --text restored the index")
            #expect(first.code == 0 && first.text.contains("needs 1 more"), "\(first.errorText)")
            let again = try say(vic, "review \(id) --text twice")
            #expect(again.code == 1 && again.errorText.contains("it needs somebody else"))
            #expect(try self.gateway.administer("break-glass", "list").contains("needs-review"))
            let second = try say(wes, "review \(id) --text looked at the recording")
            #expect(second.code == 0 && second.text.contains("is reviewed"), "\(second.errorText)")
            #expect(try self.gateway.audited("SP3205I", after: before).first?.actor == "wes")
            #expect(
                try self.gateway.administer("break-glass", "list") == "no emergency access waits for a review\n")

            // The operator ends it: whoever is in is out.
            let inside = try RunningProcess(
                self.lab.client.ssh(self.going(una), "echo in; cat >/dev/null"), in: self.lab.scratch, input: .pipe)
            try inside.waitForOutput("in\n")
            try self.gateway.administer("break-glass", "end", id, "--reason", "over")
            #expect(try inside.wait(within: .seconds(10)).code == 255)
            #expect(try self.lab.client.runSSH(self.going(una), "true").code == 255)

            // Codes on the host; not those of another set, nor one of them alone.
            func open(_ codes: [String]) throws -> Outcome {
                try self.gateway.command(
                    ["break-glass", "open", "web1/\(self.account)", "--user", "una", "--reason", "host"],
                    input: codes.joined(separator: "\n") + "\n")
            }
            #expect(try open([codes[0]]).code == 3)
            let newer = try self.codes(self.gateway)
            #expect(try open([codes[0], codes[1]]).code == 3)
            #expect(try self.gateway.audited("SP3202W", after: before).count == 2)
            let opened = try open([newer[4], newer[0]])
            #expect(opened.code == 0 && opened.text.contains("is open to una"), "\(opened.errorText)")
            #expect(try self.lab.client.runSSH(self.going(una), "true").code == 0)
            // Nothing that opens anything is kept.
            let database = try Data(contentsOf: URL(fileURLWithPath: self.gateway.state + "/sallyport.db"))
            for code in codes + newer {
                #expect(database.range(of: Data(code.utf8)) == nil)
                #expect(!self.gateway.log.contains(code))
            }
        }

        @Test("a code of the authenticator app opens it at the login, without codes")
        func secondFactor() throws {
            let yara = try self.person("yara", in: "s-users")
            _ = try self.gateway.command(["group", "add", "s-lead"])
            try self.grant("glass2", to: "yara", reviewedBy: "s-lead")
            let app = try SecondFactor(enrolling: "yara", on: self.gateway)
            let before = try self.gateway.lastAuditSequence()
            let terminal = try TerminalProcess(
                self.lab.client.ssh(self.going(yara).with("BatchMode=no"), flags: ["-tt"], "echo in''side"),
                in: self.lab.scratch, columns: 200)
            try terminal.waitFor("One-time code: ")
            try terminal.type(try app.code() + "\r")
            try terminal.waitFor("Why do you need it? ")
            try terminal.type("fire\r")
            try terminal.waitFor("inside")
            #expect(try terminal.wait() == .exited(0))
            #expect(try self.gateway.audited("SP3201E", after: before).first?.fields["method"] == "second-factor")
        }
    }

    /// With every server that the gateway could ask down.
    @Suite("break-glass without anybody else", .serialized, .throughGateway)
    struct BreakGlassAlone {
        @Test(
            "with the directory and OpenBao stopped, codes open an account of the gateway's own vault; reviews are asked for again"
        )
        func alone() throws {
            let lab = try Laboratory(startGateway: false)
            defer { lab.dispose() }
            let (bao, directory) = (try BaoServer(in: lab.scratch), try LDAPServer(in: lab.scratch, host: nil))
            defer {
                bao.stop()
                directory.stop()
            }
            try bao.addPolicy()
            let role = try bao.addAppRole()
            try lab.gateway.configure(
                "bao",
                "address = \"\(bao.address)\"\nrole_id = \"\(role.roleID)\"\nsecret_id_file = \"\(role.secretIDFile)\"\n"
                    + "timeout_seconds = 2")
            let password = try lab.scratch.write(LDAPServer.searcherPassword + "\n", to: "ldap-password", mode: 0o600)
            try lab.gateway.configure(
                "ldap",
                """
                servers = ["\(directory.plainURL)"]
                plain_text = true
                bind_dn = "\(LDAPServer.searcher)"
                bind_password_file = "\(password)"
                user_base = "\(LDAPServer.people)"
                timeout_seconds = 2
                refresh_seconds = 1
                """)
            try lab.gateway.configure("requests", "review_reminder_seconds = 10")
            try lab.gateway.start()
            try lab.introduce(to: lab.gateway)
            let key = try SSHKey(.ed25519, named: "zoe-key", in: lab.scratch)
            try lab.gateway.administer("user", "add", "zoe", "--key", key.publicPath)
            try lab.gateway.administer("group", "add", "leads")
            try lab.gateway.administer(
                "grant", "add", "glass", "--user", "zoe", "--target", "web1", "--account", lab.target.login, "--allow",
                "shell,exec", "--break-glass", "--reviewers", "leads")
            struct Made: Decodable { let codes: [String] }
            let made = try lab.gateway.administer("break-glass", "codes", "make", "-k", "3", "-n", "4", "--json")
            let codes = try JSONDecoder().decode(Made.self, from: Data(made.utf8)).codes
            bao.stop()
            directory.stop()

            let before = try lab.gateway.lastAuditSequence()
            let route = lab.route().logging(inAs: "zoe@\(lab.target.login)@web1").identifying(with: key)
            let terminal = try TerminalProcess(
                lab.client.ssh(route, flags: ["-tt"], "echo in''side"), in: lab.scratch, columns: 200)
            try terminal.waitFor("Why do you need it? ")
            try terminal.type("all is down\r")
            for (index, code) in [codes[2], codes[0], codes[3]].enumerated() {
                try terminal.waitFor("Sealed code \(index + 1) of 3: ")
                try terminal.type(code + "\r")
            }
            try terminal.waitFor("inside")
            #expect(try terminal.wait() == .exited(0))
            #expect(try lab.gateway.audited("SP3201E", after: before).count == 1)
            try waitUntil("it is said again", within: .seconds(60), every: .milliseconds(500)) {
                try lab.gateway.audit().contains { $0.code == "SP3206W" && $0.fields["missing"] == "2" }
            }
        }
    }
}
