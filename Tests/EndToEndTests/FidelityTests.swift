import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// What the user and the target see must be what they see of each other without a gateway.
    @Suite("fidelity", .serialized, .laboratory, .throughGateway)
    struct Fidelity {
        private var lab: Laboratory { .current }

        /// The way to sshd itself.
        private var direct: Route {
            Route(port: self.lab.target.port, login: self.lab.target.login, identity: self.lab.target.key)
        }

        /// What `command` shows on a terminal that was set up by `stty SETTINGS` before ssh started on it.
        private func shown(_ command: String, on route: Route, settings: String, term: String = "xterm") throws
            -> String
        {
            let words = self.lab.client.ssh(route, flags: ["-tt"], command)
            let terminal = try TerminalProcess(
                ["sh", "-c", "stty \(settings) && exec \"$@\"", "sh"] + words, in: self.lab.scratch,
                environment: ["TERM": term])
            #expect(try terminal.wait() == .exited(0))
            return terminal.screenText
        }

        @Test(
            "a program on the target finds the terminal's settings, sizes and name as without a gateway",
            arguments: [
                "erase ^H -ixon iutf8 rows 50 cols 132", "erase ^? intr ^A susp undef -iutf8 ixany", "rows 0 cols 0",
                "-echoe -echok -onlcr kill ^X werase ^B 9600", "icrnl inlcr -opost tostop -isig",
            ])
        func terminalModes(_ settings: String) throws {
            let command = "stty -a; stty -g; echo TERM=$TERM"
            for term in ["vt220", "xterm-256color"] {
                let without = try self.shown(command, on: self.direct, settings: settings, term: term)
                #expect(try self.shown(command, on: self.lab.route(), settings: settings, term: term) == without)
                #expect(without.contains("TERM=\(term)"))
            }
        }

        @Test(
            "a terminal's name reaches the target as it is, however odd",
            arguments: [
                "", " ", "xterm; touch /nowhere", "$(id)", "ünïcödé 世界", "-n", "a\\b'c\"d", "\u{7f}\u{1}",
                String(repeating: "long-", count: 800),
            ])
        func oddTerminalNames(term: String) throws {
            let command = "printf 'TERM=<%s>\\n' \"$TERM\" | od -An -c"
            let without = try self.shown(command, on: self.direct, settings: "sane", term: term)
            #expect(try self.shown(command, on: self.lab.route(), settings: "sane", term: term) == without)
        }

        @Test("sizes in pixels reach the target, at first and after a change")
        func pixels() throws {
            let size = "import fcntl,termios,struct,os,sys,signal,time\n"
            let here =
                size + "fcntl.ioctl(0,termios.TIOCSWINSZ,struct.pack('4H',40,100,801,641))\n"
                + "os.execvp(sys.argv[1],sys.argv[1:])"
            let there =
                size
                + "ask=lambda:struct.unpack('4H',fcntl.ioctl(0,termios.TIOCGWINSZ,bytes(8)))\n"
                + "show=lambda *_:os.write(1,b'size %d %d %d %d\\n'%ask())\n"
                + "signal.signal(signal.SIGWINCH,show);show()\ntime.sleep(20)"
            let words = self.lab.client.ssh(self.lab.route(), flags: ["-tt"], "exec python3 -c \"\(there)\"")
            let terminal = try TerminalProcess(["python3", "-c", here] + words, in: self.lab.scratch)
            try terminal.waitFor("size 40 100 801 641\r\n")
            try terminal.resize(columns: 90, rows: 30, widthPixels: 720, heightPixels: 480)
            try terminal.waitFor("size 30 90 720 480\r\n")
            try terminal.type("\u{3}")
            _ = try terminal.wait()
        }

        @Test("break and the end of interest in output reach the target under their own names")
        func namedRequests() throws {
            let server = try self.verboseTarget("named")
            defer { server.stop() }
            var route = self.lab.route(to: "named")
            route.options = ["EscapeChar=~"]
            let terminal = try TerminalProcess(
                self.lab.client.ssh(route, flags: ["-tt"], "echo re''ady; cat"), in: self.lab.scratch)
            try terminal.waitFor("ready\r\n")
            try terminal.type("\r~B")
            try waitUntil("sshd has the break: \(server.log)") { server.log.contains("request break reply 0") }
            try terminal.type("\r\u{4}")
            #expect(try terminal.wait() == .exited(0))

            let words = self.lab.client.ssh(route, "yes").map { "'\($0)'" }.joined(separator: " ")
            _ = try run(["sh", "-c", "\(words) | head -n 3"], in: self.lab.scratch)
            try waitUntil("sshd has eow") { server.log.contains("request eow@openssh.com reply 0") }
        }

        @Test("what the target asks is answered and recorded, and its host keys and signs of life stay its own")
        func requestsOfTheTarget() throws {
            let server = try self.verboseTarget("asking", ["ClientAliveInterval 1", "ClientAliveCountMax 2"])
            defer { server.stop() }
            let known = Set(try self.lab.gateway.recordings().map(\.id))
            let outcome = try self.lab.client.runSSH(
                self.lab.route(to: "asking").with("LogLevel=DEBUG1", "UpdateHostKeys=yes"), "sleep 5; echo alive")
            // Unanswered, sshd would have given up after 3 s.
            #expect(outcome.text == "alive\n")
            #expect(!outcome.errorText.contains("keepalive@openssh.com"))
            #expect(!outcome.errorText.contains("hostkeys-00@openssh.com"))
            #expect(server.log.contains("notify_hostkeys: sent 1 hostkeys"))
            let entry = try #require(try self.lab.gateway.sealedRecordings(since: known, count: 1).first)
            let events = try self.lab.gateway.administer("recording", "export", entry.id, "--format", "ndjson")
            let asked = events.split(separator: "\n").filter { $0.contains("\"target_request\"") }
            // Of several keep-alives the first.
            #expect(
                asked.count(where: { $0.contains("keepalive@openssh.com") && $0.contains("true") }) == 1, "\(asked)")
            #expect(asked.count(where: { $0.contains("hostkeys-00@openssh.com") && $0.contains("false") }) == 1)
        }

        @Test("the target's banner comes once, before the shell's output, and not into a command's streams")
        func banner() throws {
            let text = try self.lab.scratch.write("Property of the lab.\nBe kind.\n", to: "banner")
            let server = try self.verboseTarget("greeting", ["Banner \(text)"])
            defer { server.stop() }
            let route = self.lab.route(to: "greeting")
            let terminal = try TerminalProcess(self.lab.client.ssh(route, flags: ["-tt"]), in: self.lab.scratch)
            try terminal.waitFor("Property of the lab.\r\nBe kind.\r\n")
            try terminal.type("exit\n")
            _ = try terminal.wait()
            let outcome = try self.lab.client.runSSH(route, "echo only this")
            #expect(outcome.text == "only this\n")
            #expect(outcome.errorText.isEmpty)
        }

        @Test("a target's banner, its message of the day and the shell's own words come in their order", .asRoot)
        func messageOfTheDay() throws {
            let banner = try self.lab.scratch.write("planted-banner\n", to: "motd-banner")
            let motd = try self.lab.scratch.write("planted-motd of today\n", to: "motd")
            let server = try TargetServer(
                named: "greeter", in: self.lab.scratch, key: self.lab.target.key,
                settings: ["Banner \(banner)", "UsePAM yes"],
                pam: [
                    "auth required pam_permit.so", "account required pam_permit.so",
                    "session optional pam_motd.so motd=\(motd)", "session required pam_permit.so",
                ])
            defer { server.stop() }
            try FileManager.default.removeItem(atPath: server.home + "/.hushlogin")
            try self.lab.addTarget("greeter", port: server.port, hostKey: server.hostKey)
            try self.lab.client.trust(port: server.port, publicLine: server.hostKey.publicLine)
            var shown: [String] = []
            for route in [
                Route(port: server.port, login: server.login, identity: self.lab.target.key),
                self.lab.route(to: "greeter"),
            ] {
                let terminal = try TerminalProcess(
                    self.lab.client.ssh(route.with("LogLevel=INFO"), flags: ["-tt"]), in: self.lab.scratch)
                try terminal.waitFor("ready> ")
                try terminal.type("exit\n")
                _ = try terminal.wait()
                shown.append(terminal.screenText)
                let places = try ["planted-banner\r\n", "planted-motd of today\r\n", "ready> "].map {
                    try #require(terminal.screenText.range(of: $0)).lowerBound
                }
                #expect(places == places.sorted())
            }
            for word in ["planted-banner", "planted-motd"] {
                #expect(shown.allSatisfy { $0.components(separatedBy: word).count == 2 }, "\(shown)")
            }
        }

        @Test(
            "what odd servers say of a program's end, and ask besides, arrives exactly",
            .enabled(if: ForeignTools.areInstalled, "scripts/test installs the packages that it needs"))
        func oddServer() throws {
            let port = try freePort()
            let server = try RunningProcess(
                ForeignTools.python("odd_server.py") + ["\(port)", self.lab.target.key.publicPath],
                in: self.lab.scratch)
            defer { server.kill() }
            try server.waitForOutput("\n")
            let line = server.text.split(separator: "\n")[0]
            let key = try self.lab.scratch.write(line + "\n", to: "odd.pub")
            try self.lab.gateway.administer("target", "add", "odd", "--address", "127.0.0.1:\(port)", "--host-key", key)
            try self.lab.gateway.administer(
                "credential", "set", "odd/\(self.lab.target.login)", "--key", self.lab.target.key.path)
            try self.lab.grant("odd")
            try self.lab.client.trust(port: port, publicLine: String(line))
            let known = Set(try self.lab.gateway.recordings().map(\.id))
            var heard: [String] = []
            let ways = [
                (port, self.lab.target.login, self.lab.target.key),
                (self.lab.gateway.port, "alice@\(self.lab.target.login)@odd", self.lab.identity),
            ]
            for (port, login, identity) in ways {
                let client = try run(
                    ForeignTools.python("odd_client.py") + ["\(port)", login, identity.path], in: self.lab.scratch)
                #expect(client.code == 0, "\(client.errorText) \(server.errorText)")
                heard.append(client.text)
            }
            // What the client tells of its channel, and what it hears in it, come by threads of its own in any order.
            let lines = heard.map { $0.split(separator: "\n").sorted() }
            #expect(lines[0] == lines[1], "\(heard)")
            // Core flag, message and language; the status before the close.
            #expect(heard[0].contains("exit-signal SEGV True shot itself in the foot ✓ de"), "\(heard[0])")
            for text in heard {
                // By one thread, in its order.
                let ends = text.split(separator: "\n").filter { !$0.hasPrefix("ran ") && !$0.hasPrefix("asked ") }
                #expect(ends.count == 6 && ends[0...1] == ["status 7", "closed"], "\(text)")
            }
            #expect(heard[0].contains("asked vendor@example.org True"))
            // What the client answered came back to the server, by both ways.
            var answers: [Substring] = []
            try waitUntil("the server has its answers: \(server.text)") {
                answers = server.text.split(separator: "\n").filter { $0.hasPrefix("answer") }
                return answers.count == 4
            }
            #expect(
                Set(answers) == ["answer to vendor@example.org: refused", "answer to a global request: refused"])
            let entry = try #require(try self.lab.gateway.sealedRecordings(since: known, count: 1).first)
            let events = try self.lab.gateway.administer("recording", "export", entry.id, "--format", "ndjson")
            #expect(events.contains("shot itself in the foot"))
            for name in ["vendor@example.org", "unheard-of@example.org"] {
                #expect(
                    events.split(separator: "\n").contains { $0.contains("target_request") && $0.contains(name) },
                    "\(name)")
            }
        }

        @Test(
            "a ping of OpenSSH's keystroke obfuscation is not offered, and one that comes all the same ends nothing",
            .enabled(if: ForeignTools.areInstalled, "scripts/test installs the packages that it needs"))
        func ping() throws {
            let client = try run(
                ForeignTools.python("ping_client.py") + [
                    "\(self.lab.gateway.port)", self.lab.route().login, self.lab.identity.path,
                ], in: self.lab.scratch)
            #expect(client.code == 0, "\(client.errorText)")
            #expect(
                client.text == "extensions server-sig-algs\nanswers 3\noutput still here\n", "\(client.text)")
        }

        @Test(
            "ssh returns when it returns without a gateway, background children or not",
            arguments: [
                ("sleep 4 &", []), ("sleep 4 >/dev/null 2>&1 &", []), ("sleep 4 &", ["-tt"]), ("sleep 4 &", ["-A"]),
                ("nohup sleep 4 >/dev/null 2>&1 </dev/null &", ["-n"]), ("cat", ["-n"]),
            ])
        func backgroundChildren(_ command: String, _ flags: [String]) throws {
            var slow: [Bool] = []
            for route in [self.direct, self.lab.route()] {
                let start = ContinuousClock.now
                let outcome = try self.lab.client.runSSH(route, flags: flags, command)
                #expect(outcome.ending == .exited(0))
                slow.append(ContinuousClock.now - start > .seconds(3))
            }
            #expect(slow[0] == slow[1])
        }

        @Test("a raw terminal is transparent for every byte, and so are single bytes of long characters")
        func rawTerminal() throws {
            let bytes = Data((0..<256).flatMap { _ in UInt8.min...UInt8.max })
            let process = try RunningProcess(
                self.lab.client.ssh(
                    self.lab.route(), flags: ["-tt"], "stty raw -echo; echo go; head -c \(bytes.count)"),
                in: self.lab.scratch, input: .pipe)
            try process.waitForOutput("go\n")
            try process.write(bytes)
            let outcome = try process.wait()
            process.closeInput()
            #expect(outcome.output == Data("go\n".utf8) + bytes)
            let text = "grüße, 世界, 👩‍💻, e\u{301}"
            #expect(try self.lab.ssh("printf '\(text)' | dd bs=1 2>/dev/null").text == text)
        }

        /// A target whose log names each request.
        private func verboseTarget(_ name: String, _ settings: [String] = []) throws -> TargetServer {
            let server = try TargetServer(
                named: name, in: self.lab.scratch, key: self.lab.target.key, settings: ["LogLevel DEBUG3"] + settings)
            try self.lab.addTarget(name, port: server.port, hostKey: server.hostKey)
            return server
        }
    }
}
