import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// The client's agent and display, which programs of the target reach only when the grant says so; and whatever
    /// else SSH can ask for, which gets the protocol's own answer.
    @Suite("agent, display and odd requests", .serialized, .laboratory, .throughGateway)
    struct AgentAndDisplay {
        private var lab: Laboratory { .current }
        private var gateway: TestGateway { self.lab.gateway }

        /// The events of the one recording that `body` makes, as JSON lines.
        private func events(of body: () throws -> Void) throws -> String {
            let known = Set(try self.gateway.recordings().map(\.id))
            try body()
            let entry = try self.gateway.sealedRecordings(since: known, count: 1)[0]
            try self.gateway.administer("recording", "verify", entry.id)
            return try self.gateway.administer("recording", "export", entry.id, "--format", "ndjson")
        }

        private func allow(_ kinds: String, on target: String) throws {
            try self.gateway.administer(
                "grant", "add", "\(target)-\(kinds)", "--user", "alice", "--target", target, "--account",
                self.lab.target.login, "--allow", kinds)
        }

        @Test("the client's agent answers programs of the target where the grant says so, and nowhere else")
        func agent() throws {
            let socket = self.lab.scratch.path("agent")
            let agent = try RunningProcess(["ssh-agent", "-D", "-a", socket], in: self.lab.scratch)
            defer { agent.kill() }
            try waitUntil("the agent listens") { FileManager.default.fileExists(atPath: socket) }
            let environment = ["SSH_AUTH_SOCK": socket]
            let key = try SSHKey(.ed25519, named: "in-agent", in: self.lab.scratch)
            let added = try run(["ssh-add", key.path], in: self.lab.scratch, environment: environment)
            #expect(added.code == 0, "\(added.errorText)")
            try self.lab.addTarget("agent", port: self.lab.target.port, hostKey: self.lab.target.hostKey)
            try self.allow("agent", on: "agent")
            for (target, isPermitted) in [("agent", true), ("web1", false)] {
                let before = try self.gateway.lastAuditSequence()
                let events = try self.events {
                    let outcome = try self.lab.client.runSSH(
                        self.lab.route(to: target), flags: ["-A"], "ssh-add -L; ssh-add -L | wc -l",
                        environment: environment)
                    #expect(outcome.text.contains(key.publicLine.split(separator: " ")[1]) == isPermitted)
                    #expect(outcome.text.hasSuffix(isPermitted ? "1\n" : "0\n"), "\(outcome.text)")
                    // Without a gateway, too, a target without agent forwarding says nothing of it.
                    #expect(!outcome.errorText.contains("sallyport"), "\(outcome.errorText)")
                }
                #expect(events.contains("agent_forwarding"))
                #expect(events.contains("auth-agent@openssh.com") == isPermitted)
                if !isPermitted {
                    let rows = try self.gateway.audited(AuditCodes.channelRefused, after: before)
                    #expect(rows.first?.fields["channel"] == "agent")
                }
            }
        }

        /// Connects to the display as X11 clients do, with the cookie that the target's xauth holds, and prints the
        /// answer.
        private static let program = #"""
            test -n "$DISPLAY" || exit 9
            number=${DISPLAY#*:}; number=${number%.*}
            cookie=$(xauth list "$DISPLAY" | awk '{print $3}')
            exec 3<>/dev/tcp/127.0.0.1/$((6000 + number))
            {
                printf 'l\0\013\0\0\0\022\0\020\0\0\0MIT-MAGIC-COOKIE-1\0\0'
                printf "$(sed 's/../\\x&/g' <<<"$cookie")"
                printf 'planted-%s' drawing
            } >&3
            timeout 20 head -c 14 <&3
            """#

        @Test("the client's display shows programs of the target where the grant says so", arguments: ["-X", "-Y"])
        func display(_ flag: String) throws {
            let server = try TargetServer(
                named: "x11\(flag)", in: self.lab.scratch, key: self.lab.target.key, settings: ["X11Forwarding yes"])
            defer { server.stop() }
            let (shown, hidden) = ("x11\(flag)", "no-x11\(flag)")
            for target in [shown, hidden] {
                try self.lab.addTarget(target, port: server.port, hostKey: server.hostKey)
            }
            try self.allow("x11", on: shown)
            let number = Int.random(in: 200..<2000)
            let drawn = self.lab.scratch.freshPath("drawn")
            let display = try RunningProcess(
                [
                    "socat", "TCP-LISTEN:\(6000 + number),bind=127.0.0.1,reuseaddr,fork",
                    "SYSTEM:'printf planted-answer; head -c 63 >>\(drawn)'",
                ], in: self.lab.scratch)
            defer { display.kill() }
            try waitForListener(port: 6000 + number)
            for (target, isPermitted) in [(shown, true), (hidden, false)] {
                let before = try self.gateway.lastAuditSequence()
                let events = try self.events {
                    let outcome = try self.lab.client.runSSH(
                        // Without an X server of its own there is nothing that could restrict a program: -X too asks
                        // for a display that is trusted.
                        self.lab.route(to: target).with("ForwardX11Trusted=yes", "LogLevel=INFO"), flags: [flag],
                        Self.program, environment: ["DISPLAY": "127.0.0.1:\(number)"])
                    #expect(outcome.code == (isPermitted ? 0 : 9), "\(outcome.errorText)")
                    #expect((outcome.text == "planted-answer") == isPermitted, "\(outcome.errorText)")
                    #expect(outcome.errorText.contains("X11 forwarding request failed") != isPermitted)
                }
                #expect(events.contains("planted-drawing") == isPermitted)
                if !isPermitted {
                    let rows = try self.gateway.audited(AuditCodes.channelRefused, after: before)
                    #expect(rows.first?.fields["channel"] == "x11")
                }
            }
            try waitUntil("the display was drawn on") {
                FileManager.default.contents(atPath: drawn)?.isEmpty == false
            }
        }

        @Test("both sides' keep-alive requests are answered while nothing else moves")
        func keepAlive() throws {
            let nervous = try TargetServer(
                named: "nervous", in: self.lab.scratch, key: self.lab.target.key,
                settings: ["ClientAliveInterval 1", "ClientAliveCountMax 1"])
            defer { nervous.stop() }
            try self.lab.addTarget("nervous", port: nervous.port, hostKey: nervous.hostKey)
            let route = self.lab.route(to: "nervous").with("ServerAliveInterval=1", "ServerAliveCountMax=1")
            let outcome = try self.lab.client.runSSH(route, "sleep 5; echo awake")
            #expect(outcome.text == "awake\n", "\(outcome.errorText)")
        }

        @Test("kinds of channel and requests that no gateway serves are refused, and the connection goes on")
        func unknownKinds() throws {
            let socket = self.lab.scratch.path("stream-local")
            let route = self.lab.route().with("LogLevel=INFO", "ExitOnForwardFailure=no")
            let control = self.lab.scratch.path("odd-control")
            let master = try RunningProcess(
                self.lab.client.ssh(
                    route.with("ControlPath=\(control)"),
                    flags: ["-M", "-N", "-L", "\(socket):/run/nowhere", "-R", "/tmp/nowhere.\(getpid()):127.0.0.1:9"]),
                in: self.lab.scratch)
            defer { master.terminate() }
            try waitUntil("streamlocal-forward is answered; \(master.errorText)") {
                master.errorText.contains("remote port forwarding failed")
            }
            try waitUntil("the socket is there") { FileManager.default.fileExists(atPath: socket) }
            // direct-streamlocal@openssh.com.
            let knock = try run(["socat", "-u", "UNIX-CONNECT:\(socket)", "-"], in: self.lab.scratch)
            #expect(knock.text.isEmpty)
            try waitUntil("the client is told; \(master.errorText)") {
                master.errorText.contains("open failed")
            }
            let after = try self.lab.client.runSSH(route.with("ControlPath=\(control)"), "echo still here")
            #expect(after.text == "still here\n", "\(after.errorText)")
        }
    }
}
