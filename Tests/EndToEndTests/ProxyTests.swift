import Foundation
import Glibc
import SallyportTesting
import Testing

extension EndToEnd {
    /// Connections that come through a load balancer, which says whose they are.
    @Suite("proxies", .serialized, .throughGateway)
    struct Proxies {
        private static let refusal = "SP1004W"

        private func withLaboratory(trusting list: String, _ body: (Laboratory) throws -> Void) throws {
            let lab = try Laboratory(startGateway: false)
            defer { lab.dispose() }
            try lab.gateway.configure("proxy", "trusted = [\(list)]")
            try lab.gateway.start()
            try lab.introduce(to: lab.gateway)
            try body(lab)
        }

        /// A proxy in front of the gateway: a port of its own, then these bytes before the client's.
        private func front(_ header: String, of lab: Laboratory) throws -> (process: RunningProcess, port: Int) {
            let port = try freePort()
            let process = try RunningProcess(
                [
                    "python3", Repository.root.appending(path: "Tests/ForeignTools/proxy_front.py").path, "\(port)",
                    "\(lab.gateway.port)", header,
                ], in: lab.scratch)
            try process.waitForOutput("ready\n")
            try lab.client.trust(port: port, publicLine: lab.gateway.hostKeyLine())
            return (process, port)
        }

        private func through(_ port: Int, _ lab: Laboratory) -> Route {
            var route = lab.route()
            route.port = port
            return route
        }

        private func from(_ lab: Laboratory, after sequence: UInt64) throws -> String? {
            try lab.gateway.audited(AuditCodes.loginSucceeded, after: sequence).last?.fields["from"]
        }

        @Test("what a trusted proxy says is where the client comes from: in the log, the recording and every rule")
        func sources() throws {
            try self.withLaboratory(trusting: "\"127.0.0.1\"") { lab in
                let front = try self.front("v4 203.0.113.9 4711", of: lab)
                defer { front.process.terminate() }
                var before = try lab.gateway.lastAuditSequence()
                #expect(try lab.client.runSSH(self.through(front.port, lab), "echo in").text == "in\n")
                #expect(try self.from(lab, after: before) == "203.0.113.9:4711")
                let recording = try #require(try lab.gateway.sealedRecordings(since: [], count: 1).first)
                let shown = try lab.gateway.administer("recording", "show", recording.id)
                #expect(shown.contains("203.0.113.9"))
                #expect(!shown.contains("127.0.0.1:\(front.port)"))

                // A service account is bound to the client's address, not the proxy's.
                let key = try SSHKey(.ed25519, named: "robot", in: lab.scratch)
                try lab.gateway.administer(
                    "user", "add", "robot", "--service", "--from", "203.0.113.0/24", "--key", key.publicPath)
                try lab.grant("web1", user: "robot")
                func robot(_ port: Int) throws -> String {
                    let route = self.through(port, lab).logging(inAs: "robot@\(lab.target.login)@web1")
                    return try lab.client.runSSH(route.identifying(with: key), "echo in").text
                }
                #expect(try robot(front.port) == "in\n")
                let other = try self.front("v6 2001:db8::9 4712 tlv", of: lab)
                defer { other.process.terminate() }
                #expect(try robot(other.port).isEmpty)
                before = try lab.gateway.lastAuditSequence()
                #expect(try lab.client.runSSH(self.through(other.port, lab), "echo in").text == "in\n")
                #expect(try self.from(lab, after: before) == "[2001:db8::9]:4712")
                let own = try self.front("local", of: lab)
                defer { own.process.terminate() }
                before = try lab.gateway.lastAuditSequence()
                #expect(try lab.client.runSSH(self.through(own.port, lab), "echo in").text == "in\n")
                #expect(try self.from(lab, after: before)?.hasPrefix("127.0.0.1:") == true)
            }
        }

        @Test("guesses count against the client that a proxy speaks for, and slow nobody else who comes through it")
        func guesses() throws {
            try self.withLaboratory(trusting: "\"127.0.0.1\"") { lab in
                let front = try self.front("v4 203.0.113.9 4711", of: lab)
                defer { front.process.terminate() }
                let before = try lab.gateway.lastAuditSequence()
                #expect(
                    try lab.client.runSSH(self.through(front.port, lab), "echo in", password: "wrong").text.isEmpty)
                let failed = try lab.gateway.audited(AuditCodes.loginFailed, after: before).first
                #expect(failed?.fields["from"] == "203.0.113.9:4711")
            }
        }

        @Test(
            "without a header, or with a wrong one, a trusted proxy's connection is closed, and the log says why once")
        func refusals() throws {
            try self.withLaboratory(trusting: "\"127.0.0.0/8\"") { lab in
                func refused(_ cause: String, _ route: Route) throws {
                    let before = try lab.gateway.lastAuditSequence()
                    #expect(try lab.client.runSSH(route, "echo in").code == 255)
                    let rows = try lab.gateway.audited(Self.refusal, after: before)
                    #expect(rows.map { $0.fields["cause"] } == [cause])
                    #expect(rows.first?.fields["from"]?.hasPrefix("127.0.0.1:") == true)
                }
                // A client that connects by itself from an address that only the proxy has.
                try refused("no header", lab.route())
                let cases = [
                    ("v1 203.0.113.9 4711", "a header of version 1: the proxy has to send version 2"),
                    ("unspec", "a header that names no TCP client of IPv4 or IPv6"),
                    ("long", "a header that is too long"), ("half", "half a header"),
                ]
                for (header, cause) in cases {
                    let front = try self.front(header, of: lab)
                    defer { front.process.terminate() }
                    try refused(cause, self.through(front.port, lab))
                }
                // One that says nothing is closed, too.
                let silent = try self.front("silent", of: lab)
                defer { silent.process.terminate() }
                try refused("no header in time", self.through(silent.port, lab))
                #expect(lab.gateway.log.split(separator: "\n").count(where: { $0.contains("no header in time") }) == 1)
                try waitUntil("no worker is left") { lab.gateway.workers.isEmpty }
            }
        }

        @Test("a header from anybody else is no SSH, and nothing in it is believed")
        func untrusted() throws {
            try self.withLaboratory(trusting: "\"10.0.0.0/8\"") { lab in
                #expect(try lab.ssh("echo in").text == "in\n")
                let front = try self.front("v4 203.0.113.9 4711", of: lab)
                defer { front.process.terminate() }
                #expect(try lab.client.runSSH(self.through(front.port, lab), "echo in").code == 255)
                let claims = try lab.gateway.audit().filter { $0.fields["from"]?.contains("203.0.113.9") == true }
                #expect(claims.isEmpty)
            }
        }

        @Test("haproxy with send-proxy-v2, checksums and unique ids leads clients in")
        func haproxy() throws {
            try self.withLaboratory(trusting: "\"127.0.0.1\"") { lab in
                let port = try freePort()
                let configuration = try lab.scratch.write(
                    """
                    defaults
                        mode tcp
                        timeout connect 5s
                        timeout client 60s
                        timeout server 60s
                    frontend ssh
                        bind 127.0.0.1:\(port)
                        unique-id-format %ID-%[rand,hex]
                        default_backend gateway
                    backend gateway
                        server gateway 127.0.0.1:\(lab.gateway.port) send-proxy-v2 proxy-v2-options crc32c,unique-id source 127.0.0.1 check check-send-proxy inter 200ms

                    """, to: "haproxy.cfg")
                let proxy = try RunningProcess(["haproxy", "-db", "-f", configuration], in: lab.scratch)
                defer { proxy.terminate() }
                try lab.client.trust(port: port, publicLine: lab.gateway.hostKeyLine())
                let before = try lab.gateway.lastAuditSequence()
                var outcome: Outcome?
                try waitUntil("haproxy leads to the gateway") {
                    outcome = try lab.client.runSSH(
                        self.through(port, lab).with("BindAddress=127.0.0.2"), "echo in")
                    return outcome?.text == "in\n"
                }
                #expect(try self.from(lab, after: before)?.hasPrefix("127.0.0.2:") == true)
                let refused = try lab.gateway.audit().filter { $0.code == Self.refusal }
                #expect(refused.isEmpty, "\(lab.gateway.log)")
            }
        }
    }
}
