import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// Ways in other than `user@account@target`: jumps, the printed ssh_config, and login names of other forms.
    @Suite("ways in", .serialized, .laboratory, .throughGateway)
    struct WaysIn {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        /// What `sallyport ssh-config` prints, unmodified, in a file that adds only whose key to use.
        private func configuration(
            _ way: String, user: String = "alice", adding lines: [String] = []
        ) throws -> String {
            let hosts = self.lab.scratch.freshPath("known_hosts")
            let name = { (path: String) in URL(fileURLWithPath: path).lastPathComponent }
            try self.lab.scratch.write(
                try self.gateway.administer("ssh-config", "--user", user, "--known-hosts"), to: name(hosts))
            let snippet = self.lab.scratch.freshPath("snippet")
            try self.lab.scratch.write(
                try self.gateway.administer(
                    "ssh-config", "--user", user, "--way", way, "--known-hosts-file", hosts), to: name(snippet))
            let file = self.lab.scratch.freshPath("config")
            let common = [
                "GlobalKnownHostsFile /dev/null", "IdentityFile \(self.lab.identity.path)", "IdentitiesOnly yes",
                "BatchMode yes", "LogLevel ERROR", "EscapeChar none",
            ]
            try self.lab.scratch.write(
                (["Include \(snippet)", "Host *"] + (common + lines).map { "    \($0)" }).joined(separator: "\n")
                    + "\n", to: name(file))
            return file
        }

        private func ssh(
            _ file: String, _ host: String, _ command: String, flags: [String] = [],
            input: RunningProcess.Input = .null
        ) throws -> Outcome {
            try run(["ssh", "-F", file] + flags + [host, command], in: self.lab.scratch, input: input)
        }

        @Test("every stock tool reaches a target by the printed ssh_config", arguments: ["jump", "direct"])
        func tools(way: String) throws {
            let file = try self.configuration(way)
            let read = try run(["ssh", "-G", "-F", file, "web1"], in: self.lab.scratch)
            #expect(read.code == 0)
            #expect(read.text.contains("hostkeyalias sallyport\n"))
            let login = try self.ssh(file, "web1", "id -un")
            #expect(login.text == self.lab.target.login + "\n", "\(login.errorText)")

            let text = String(repeating: "one line of many\n", count: 5000)
            let source = self.lab.scratch.path("source-\(way)")
            try self.lab.scratch.write(text, to: "source-\(way)")
            for tool in ["scp -q", "scp -q -O", "rsync -e 'ssh -F \(file)'"] {
                let there = self.lab.target.path("there-\(way)")
                let options = tool.hasPrefix("scp") ? "-F \(file)" : ""
                let moved = try run(
                    ["sh", "-c", "\(tool) \(options) \(source) web1:\(there)"], in: self.lab.scratch)
                #expect(moved.code == 0, "\(tool): \(moved.errorText)")
                #expect(try String(contentsOfFile: there, encoding: .utf8) == text, "\(tool)")
                try FileManager.default.removeItem(atPath: there)
            }
            let fetched = self.lab.scratch.path("fetched-\(way)")
            let original = self.lab.target.path("original-\(way)")
            try Data(text.utf8).write(to: URL(fileURLWithPath: original))
            let files = try run(
                ["sftp", "-q", "-b", "-", "-F", file, "web1"], in: self.lab.scratch,
                typing: "get \(original) \(fetched)\n")
            #expect(files.code == 0, "\(files.errorText)")
            #expect(try String(contentsOfFile: fetched, encoding: .utf8) == text)

            let repository = self.lab.target.path("repository-\(way)")
            let made = try self.ssh(
                file, "web1",
                """
                git init -q \(repository) && cd \(repository) && git -c user.name=t -c user.email=t@t \
                commit -q --allow-empty -m first
                """)
            #expect(made.code == 0, "\(made.errorText)")
            let cloned = try run(
                ["git", "clone", "-q", "web1:\(repository)", self.lab.scratch.path("clone-\(way)")],
                in: self.lab.scratch, environment: ["GIT_SSH_COMMAND": "ssh -F \(file)"])
            #expect(cloned.code == 0, "\(cloned.errorText)")
        }

        @Test("a jump is recorded as a session of its own, and the connection that carries it has none")
        func recorded() throws {
            let known = Set(try self.gateway.recordings().map(\.id))
            let file = try self.configuration("jump")
            let outcome = try self.ssh(file, "web1", "echo jumped; exit 7")
            #expect(outcome.text == "jumped\n")
            #expect(outcome.ending == .exited(7))
            let made = try self.gateway.sealedRecordings(since: known, count: 1)
            #expect(made.count == 1)
            let entry = try #require(made.first)
            #expect(entry.user == "alice")
            #expect(entry.account == self.lab.target.login)
            #expect(entry.target == "web1")
            try self.gateway.administer("recording", "verify", entry.id)
            #expect(try self.gateway.administer("recording", "transcript", entry.id).contains("jumped"))
            try waitUntil("no worker is left") { self.gateway.workers.isEmpty }
        }

        @Test("the account may be left out of a jump, and another one is refused")
        func account() throws {
            let file = try self.configuration("jump", adding: ["User alice"])
            let left = try run(
                ["ssh", "-F", file, "-o", "User=alice", "-J", "sallyport", "web1", "id -un"], in: self.lab.scratch)
            #expect(left.text == self.lab.target.login + "\n", "\(left.errorText)")
            let other = try run(
                ["ssh", "-F", file, "-o", "User=nobody-here", "web1", "id -un"], in: self.lab.scratch)
            #expect(other.ending == .exited(255))
            #expect(other.errorText.contains("sallyport: you have no access to nobody-here@web1"))
        }

        @Test("megabytes pass a jump unchanged, both ways at once")
        func volume() throws {
            let file = try self.configuration("jump")
            let source = self.lab.scratch.path("volume")
            try output(of: ["sh", "-c", "head -c 24M /dev/urandom >\(source)"], in: self.lab.scratch)
            let result = try run(
                ["sh", "-c", "ssh -F \(file) web1 cat <\(source) | cmp - \(source) && echo same"],
                in: self.lab.scratch)
            #expect(result.text == "same\n", "\(result.errorText)")
        }

        @Test("one connection carries several jumps; killing one session leaves the others")
        func several() throws {
            let control = self.lab.scratch.path("control")
            let file = try self.configuration("jump")
            let master = try RunningProcess(
                ["ssh", "-F", file, "-M", "-S", control, "-N", "sallyport"], in: self.lab.scratch, input: .null)
            defer { master.kill() }
            try waitUntil("the master is there") { FileManager.default.fileExists(atPath: control) }
            let proxy = "ProxyCommand=ssh -F \(file) -S \(control) -W %h:22 sallyport"
            let start = { (token: String) throws -> (RunningProcess, LiveSession) in
                let known = Set(try self.gateway.sessions().map(\.id))
                let client = try RunningProcess(
                    ["ssh", "-F", file, "-o", "ProxyJump=none", "-o", proxy, "web1", "echo \(token); cat"],
                    in: self.lab.scratch, input: .pipe)
                try client.waitForOutput(token)
                return (client, try #require(try self.gateway.sessions().first { !known.contains($0.id) }))
            }
            let (first, session) = try start("first")
            let (second, other) = try start("second")
            #expect(self.gateway.workers.count == 3)
            #expect(try self.gateway.kill(session.id, reason: "a test").verified)
            #expect(try first.wait(within: .seconds(5)).code == 255)
            #expect(try self.gateway.sessions().map(\.id) == [other.id])
            // The end of what carries them ends them all.
            master.kill()
            #expect(try second.wait(within: .seconds(5)).code == 255)
            try waitUntil("no worker is left") { self.gateway.workers.isEmpty }
        }

        @Test(
            "a jump leads to no place but a permitted target's port",
            arguments: ["web1:23", "nowhere:22", "127.0.0.1:22"])
        func elsewhere(_ place: String) throws {
            let before = try self.gateway.lastAuditSequence()
            let file = try self.configuration("jump")
            let outcome = try run(["ssh", "-F", file, "-W", place, "sallyport"], in: self.lab.scratch)
            #expect(outcome.ending == .exited(255))
            #expect(outcome.text.isEmpty)
            let row = try #require(try self.gateway.audited(AuditCodes.accessDenied, after: before).first)
            #expect(row.fields["target"] == place)
        }

        @Test("a target that the user may not use is no place to jump to")
        func notGranted() throws {
            let gateway = self.gateway
            let before = try gateway.lastAuditSequence()
            try gateway.administer(
                "target", "add", "closed", "--address", "127.0.0.1:\(self.lab.target.port)", "--host-key",
                self.lab.target.hostKey.publicPath)
            try gateway.administer(
                "credential", "set", "closed/\(self.lab.target.login)", "--key", self.lab.target.key.path)
            let file = try self.configuration("jump")
            let outcome = try run(["ssh", "-F", file, "-W", "closed:22", "sallyport"], in: self.lab.scratch)
            #expect(outcome.ending == .exited(255))
            #expect(outcome.text.isEmpty)
            let row = try #require(try gateway.audited(AuditCodes.accessDenied, after: before).first)
            #expect(row.fields["reason"] == "no-grant")
            #expect(try !gateway.administer("ssh-config", "--user", "alice").contains("Host closed"))
        }

        @Test("a program without a target is one line and exit status 1")
        func noTarget() throws {
            let outcome = try self.lab.client.runSSH(self.lab.route().logging(inAs: "alice"), "id -un")
            #expect(outcome.ending == .exited(1))
            #expect(outcome.text.isEmpty)
            #expect(outcome.errorLines == ["sallyport: say where to go: ssh alice@ACCOUNT@TARGET@GATEWAY"])
        }

        @Test("tools that take a login name with + in front of a host or in a URL come in by it")
        func plusNames() throws {
            let words = self.lab.client.ssh(self.lab.route())
            let file = self.lab.scratch.freshPath("config")
            try self.lab.scratch.write(
                """
                Include \(words[2])
                Host 127.0.0.1
                    Port \(self.gateway.port)
                    IdentityFile \(self.lab.identity.path)
                    BatchMode yes

                """, to: URL(fileURLWithPath: file).lastPathComponent)
            let account = self.lab.target.login
            let host = "alice+\(account)+web1@127.0.0.1"
            // OpenSSH's own tools read + in a URL as a space; git doesn't.
            let inURL = host.replacing("+", with: "%2B")
            let text = String(repeating: "planted line\n", count: 3000)
            let source = try self.lab.scratch.write(text, to: "plus-source")
            let there = self.lab.target.path("plus-there")
            let back = self.lab.scratch.path("plus-back")
            let known = Set(try self.gateway.recordings().map(\.id))
            for script in [
                "scp -q -F \(file) \(source) \(host):\(there) && scp -q -F \(file) scp://\(inURL):\(self.gateway.port)/\(there) \(back)",
                "scp -q -O -F \(file) \(source) \(host):\(there) && scp -q -O -F \(file) \(host):\(there) \(back)",
                "rsync -e 'ssh -F \(file)' \(source) \(host):\(there) && rsync -e 'ssh -F \(file)' \(host):\(there) \(back)",
                "printf 'put \(source) \(there)\\nget \(there) \(back)\\n' | sftp -q -F \(file) -b - \(host)",
            ] {
                let outcome = try run(["sh", "-c", script], in: self.lab.scratch)
                #expect(outcome.code == 0, "\(script): \(outcome.errorText)")
                for path in [there, back] {
                    #expect(try String(contentsOfFile: path, encoding: .utf8) == text, "\(script)")
                    try FileManager.default.removeItem(atPath: path)
                }
            }
            let repository = self.lab.target.path("plus-repository")
            let made = try run(
                ["ssh", "-F", file, host, "git init -q --bare -b main \(repository)"], in: self.lab.scratch)
            #expect(made.code == 0, "\(made.errorText)")
            let work = self.lab.scratch.path("plus-work")
            let pushed = try run(
                [
                    "sh", "-ec",
                    """
                    git init -q -b main \(work) && cd \(work)
                    git -c user.name=t -c user.email=t@t commit -q --allow-empty -m first
                    git push -q ssh://\(host):\(self.gateway.port)\(repository) main
                    git clone -q \(host):\(repository) \(work)-clone && git -C \(work)-clone log --format=%s
                    """,
                ], in: self.lab.scratch, environment: ["GIT_SSH_COMMAND": "ssh -F \(file)"])
            #expect(pushed.text == "first\n", "\(pushed.errorText)")
            let entries = try self.gateway.sealedRecordings(since: known, count: 10)
            #expect(entries.allSatisfy { $0.user == "alice" && $0.account == account && $0.target == "web1" })
        }

        @Test("users with mail addresses for names come in by either separator, with every tool")
        func mailAddress() throws {
            let user = "carol+ops@example.org"
            try self.gateway.administer("user", "add", user, "--key", self.lab.identity.publicPath)
            try self.gateway.administer(
                "grant", "add", "carol", "--user", user, "--target", "web1", "--account", self.lab.target.login,
                "--allow", "shell,exec,sftp,scp")
            let account = self.lab.target.login
            try self.lab.scratch.write("mail", to: "mail")
            let source = self.lab.scratch.path("mail")
            for login in ["\(user)@\(account)@web1", "\(user)+\(account)+web1", "\(user)+web1"] {
                let route = self.lab.route().logging(inAs: login)
                let outcome = try self.lab.client.runSSH(route, "id -un")
                #expect(outcome.text == account + "\n", "\(login): \(outcome.errorText)")
                for isLegacy in [false, true] {
                    let there = self.lab.target.path("mail-there")
                    let copied = try run(
                        self.lab.client.scp(route, from: source, to: "127.0.0.1:\(there)", legacy: isLegacy),
                        in: self.lab.scratch)
                    #expect(copied.code == 0, "\(login): \(copied.errorText)")
                    try FileManager.default.removeItem(atPath: there)
                }
            }
            for way in ["jump", "direct"] {
                let file = try self.configuration(way, user: user)
                #expect(try self.ssh(file, "web1", "id -un").text == account + "\n")
            }
        }
    }
}
