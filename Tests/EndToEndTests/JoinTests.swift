import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// People who type along in others' sessions.
    @Suite("typing along", .serialized)
    final class Joins {
        private let lab: Laboratory
        private let api: APIClient
        private var gateway: TestGateway { self.lab.gateway }

        init() throws {
            self.lab = try Laboratory(startGateway: false)
            self.api = try APIClient(startingWith: self.lab.gateway)
            try self.lab.introduce(to: self.lab.gateway)
            try self.gateway.administer("user", "add", "sec", "--password-stdin", input: "a long enough password\n")
            try self.gateway.administer("group", "add", "helpers", "--user", "sec")
        }

        deinit { self.lab.dispose() }

        /// A session of a user of the test's own, by a grant with these terms.
        private func session(of user: String, _ terms: String...) throws -> (terminal: TerminalProcess, id: String) {
            let key = try SSHKey(.ed25519, named: "\(user)-key", in: self.lab.scratch)
            try self.gateway.administer("user", "add", user, "--key", key.publicPath)
            let words = [
                "--user", user, "--target", "web1", "--account", self.lab.target.login, "--allow", "shell,exec",
            ]
            let added = try self.gateway.command(["grant", "add", "g-\(user)"] + words + terms)
            #expect(added.code == 0, "\(added.errorText)")
            let route = self.lab.route().logging(inAs: "\(user)@\(self.lab.target.login)@web1").identifying(with: key)
            let terminal = try TerminalProcess(
                self.lab.client.ssh(route, flags: ["-tt"], "sh"), in: self.lab.scratch, columns: 200)
            try terminal.type("echo ready-$((1+1))\r")
            try terminal.waitFor("ready-2")
            let session = try #require(try self.gateway.sessions().first { $0.user == user })
            return (terminal, session.id)
        }

        private func join(_ id: String, token: String) throws -> [String] {
            let file = self.lab.scratch.freshPath("token")
            try Data("\(token)\n".utf8).write(to: URL(fileURLWithPath: file))
            return [
                Binaries.commandLine, "--state", "/nonexistent", "--server", self.api.url, "--token-file", file,
                "--server-ca", self.api.certificate, "session", "join", id,
            ]
        }

        private func events(of id: String) throws -> [[String: String]] {
            try waitUntil("the recording of \(id) is sealed") {
                try self.gateway.recordings().contains { $0.id == id && $0.ended != nil }
            }
            try self.gateway.administer("recording", "verify", id)
            return try self.gateway.administer("recording", "export", id, "--format", "ndjson").split(separator: "\n")
                .compactMap { line in
                    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                    return object?.mapValues { "\($0)" }
                }
        }

        @Test("keys of who has joined run, are seen by both, and are recorded as theirs; locked, they go nowhere")
        func joining() throws {
            let token = try self.api.token("sec", role: "security", "--user", "sec")
            let before = try self.gateway.lastAuditSequence()
            let (user, id) = try self.session(of: "joe", "--join", "helpers")
            let helper = try TerminalProcess(
                self.join(id, token: token), in: self.lab.scratch, columns: 200,
                environment: ["TERM": "xterm-256color"])
            try helper.waitFor("TYPING ALONG")
            try helper.type("echo joi''ned-$((40+7))\r")
            try user.waitFor("sec types along in this session")
            try user.waitFor("joined-47")
            try helper.waitFor("joined-47")
            // Each goes on with what the other has begun.
            try user.type("echo fr")
            try helper.waitFor("echo fr")
            try helper.type("om-bo''th\r")
            try user.waitFor("from-both")
            #expect(try self.gateway.audited("SP4308W", after: before).map(\.actor) == ["sec"])

            try self.gateway.administer("session", "lock", id, "--reason", "a look first")
            try user.waitFor("a look first")
            try helper.type("echo lo''cked-$((40+8))\r")
            try helper.waitFor("dropped: the session is locked or held")
            try self.gateway.administer("session", "unlock", id)
            try helper.type("echo go''es-on\r")
            try user.waitFor("goes-on")
            #expect(!String(decoding: user.shown, as: UTF8.self).contains("locked-48"))

            // Every key but one is the session's: q and Ctrl-C leave nothing.
            try helper.type("q\u{3}")
            try helper.type("\u{1D}")
            #expect(try helper.wait() == .exited(0))
            try user.waitFor("sec no longer types along")
            try user.type("exit 0\r")
            #expect(try user.wait() == .exited(0))

            let events = try self.events(of: id)
            let typed = events.filter {
                $0["event"] == "input_by" || $0["type"] == "input_by" || $0.values.contains("input_by")
            }
            #expect(!typed.isEmpty, "\(events.prefix(5))")
            #expect(typed.allSatisfy { $0["by"] == "sec" }, "\(typed)")
            let bytes = typed.compactMap { $0["bytes"].flatMap { Int($0) } }.reduce(0, +)
            #expect(
                bytes == "echo joi''ned-$((40+7))\r".utf8.count + "om-bo''th\r".utf8.count
                    + "echo go''es-on\r".utf8.count + 2, "\(typed)")
            let transcript = try self.gateway.administer("recording", "transcript", id)
            #expect(transcript.contains("sec types along"))
        }

        @Test("nobody types along without the grant's word, the group, the role, or in their own session")
        func refusals() throws {
            let token = try self.api.token("sec", role: "security", "--user", "sec")
            let (open, plain) = try self.session(of: "kim")
            let refused = try run(self.join(plain, token: token), in: self.lab.scratch)
            #expect(
                refused.code == 3 && refused.errorLines.first?.contains("you may not type along") == true,
                "\(refused.code) \(refused.errorText)")
            let (theirs, id) = try self.session(of: "lea", "--join", "helpers")
            try self.gateway.administer("group", "edit", "helpers", "--add-user", "lea")
            for (name, role, owner) in [
                ("auditor", "auditor", "sec"), ("other", "security", "alice"), ("own", "admin", "lea"),
            ] {
                let weak = try self.api.token(name, role: role, "--user", owner)
                #expect(try run(self.join(id, token: weak), in: self.lab.scratch).code == 3, "\(name)")
            }
            // Whoever skips the question is refused by the gateway.
            let ticket = try self.api.ask("/v1/sessions/\(plain)/watchers", token: token, method: "POST")
            let number = try #require(ticket.body.firstMatch(of: /"number":(\d+)/)).output.1
            let stream = try RunningProcess(
                [
                    "curl", "--silent", "--cacert", self.api.certificate, "--header", "Authorization: Bearer \(token)",
                    "--output", "/dev/null", self.api.url + "/v1/recordings/\(plain)/content?watcher=\(number)",
                ], in: self.lab.scratch)
            defer { stream.kill() }
            try waitUntil("it is watched") {
                try self.gateway.administer("session", "show", plain).contains("sec")
            }
            let typed = try self.api.ask(
                "/v1/sessions/\(plain)/watchers/\(number)/input", token: token, method: "POST",
                body: #"{"keys":"ZXhpdAo="}"#)
            #expect(typed.status == 403 && typed.body.contains("does not let sec type along"), "\(typed)")
            for terminal in [open, theirs] {
                try terminal.type("echo still-$((1+2))\r")
                try terminal.waitFor("still-3")
            }
        }

        @Test("who has joined and is gone leaves the session as it was")
        func vanishing() throws {
            let token = try self.api.token("sec", role: "security", "--user", "sec")
            let (user, id) = try self.session(of: "max", "--join", "helpers")
            let helper = try TerminalProcess(
                self.join(id, token: token), in: self.lab.scratch, columns: 200,
                environment: ["TERM": "xterm-256color"])
            try helper.waitFor("TYPING ALONG")
            try helper.type("echo ha")
            try user.waitFor("echo ha")
            kill(helper.pid, SIGKILL)
            try user.type("lf\r")
            try user.waitFor("\nhalf")
            try user.waitFor("sec no longer types along")
            try user.type("exit 0\r")
            #expect(try user.wait() == .exited(0))
        }
    }
}
