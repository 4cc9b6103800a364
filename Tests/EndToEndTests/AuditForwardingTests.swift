import Foundation
import SallyportTesting
import Testing

extension EndToEnd {
    /// The audit log on its way to a real rsyslogd and to a web server.
    @Suite("forwarding of the audit log", .serialized)
    struct AuditForwarding {
        /// Rows of the log that a receiver must have, by position.
        private struct Expected {
            let gateway: TestGateway
            let first: UInt64

            func missing(in received: some Sequence<UInt64>) throws -> Set<UInt64> {
                Set(try self.gateway.audit().map(\.sequence).filter { $0 > self.first }).subtracting(received)
            }
        }

        /// rsyslogd that writes one line a message: application, code, structured data, text.
        private final class LogServer {
            let port: Int
            private let scratch: Scratch
            private let configuration: String
            private let file: String
            private var process: RunningProcess?

            init(tls files: (authority: String, certificate: String, key: String)?, in scratch: Scratch) throws {
                self.port = try freePort()
                self.scratch = scratch
                self.file = scratch.path("received.log")
                let driver = files.map {
                    """
                    global(defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="\($0.authority)"
                        defaultNetstreamDriverCertFile="\($0.certificate)" defaultNetstreamDriverKeyFile="\($0.key)")
                    module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")
                    """
                }
                self.configuration = try scratch.write(
                    """
                    \(driver ?? "module(load=\"imtcp\")")
                    input(type="imtcp" address="127.0.0.1" port="\(self.port)" supportOctetCountedFraming="on")
                    template(name="line" type="string" string="%app-name% %msgid% %structured-data% %msg%\\n")
                    action(type="omfile" file="\(self.file)" template="line")

                    """, to: "rsyslog.conf")
            }

            func start() throws {
                let pid = self.scratch.freshPath("rsyslogd.pid")
                self.process = try RunningProcess(
                    ["rsyslogd", "-n", "-f", self.configuration, "-i", pid], in: self.scratch)
            }

            func kill() {
                self.process?.kill()
                self.process = nil
            }

            var lines: [Substring] {
                String(decoding: FileManager.default.contents(atPath: self.file) ?? Data(), as: UTF8.self)
                    .split(separator: "\n")
            }

            /// Positions of the rows that came, in the order of their coming.
            var sequences: [UInt64] {
                self.lines.compactMap { $0.firstMatch(of: /sequence="([0-9]+)"/).flatMap { UInt64($0.1) } }
            }
        }

        private static func append(_ text: String, to gateway: TestGateway) throws {
            let file = try #require(FileHandle(forWritingAtPath: gateway.configuration))
            try file.seekToEnd()
            try file.write(contentsOf: Data(text.utf8))
            try file.close()
        }

        /// An authority of its own, and a certificate of it for 127.0.0.1.
        private static func certificate(in scratch: Scratch) throws -> (
            authority: String, certificate: String, key: String
        ) {
            let (authority, certificate, key) = (
                scratch.path("ca.pem"), scratch.path("server.pem"), scratch.path("server.key")
            )
            let make = [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                "2",
            ]
            _ = try output(
                of: make + ["-subj", "/CN=test authority", "-keyout", scratch.path("ca.key"), "-out", authority],
                in: scratch)
            _ = try output(
                of: make + [
                    "-subj", "/CN=logs", "-addext", "subjectAltName=IP:127.0.0.1", "-addext",
                    "basicConstraints=critical,CA:FALSE", "-CA", authority, "-CAkey", scratch.path("ca.key"), "-keyout",
                    key, "-out", certificate,
                ], in: scratch)
            return (authority, certificate, key)
        }

        private func failure(of gateway: TestGateway) throws -> String? {
            struct Status: Decodable {
                struct Receiver: Decodable { var failure: String? }
                var auditReceivers: [Receiver]
            }
            let text = try gateway.administer("status", "--json")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Status.self, from: Data(text.utf8)).auditReceivers.first?.failure
        }

        private func work(_ gateway: TestGateway, _ users: ClosedRange<Int>) throws {
            for number in users {
                try gateway.administer(
                    "user", "add", "user\(number)", "--password-stdin", input: "correct horse \(number)\n")
            }
        }

        @Test("a syslog server that is down at first and dies in the middle gets every row", arguments: [false, true])
        func syslog(encrypted: Bool) throws {
            let lab = try Laboratory(startGateway: false)
            defer { lab.dispose() }
            let gateway = lab.gateway
            let files = encrypted ? try Self.certificate(in: lab.scratch) : nil
            let server = try LogServer(tls: files, in: lab.scratch)
            let tls = files.map { "ca = \"\($0.authority)\"" } ?? "tls = false"
            try Self.append(
                "[[audit.syslog]]\nname = \"siem\"\naddress = \"127.0.0.1:\(server.port)\"\n\(tls)\n", to: gateway)

            try gateway.start()
            try waitUntil("the outage is told") { try self.failure(of: gateway) != nil }
            let outage = try gateway.audited("SP8101W", after: 0)
            #expect(outage.count == 1)
            try self.work(gateway, 1...3)
            #expect(server.lines.isEmpty)
            let expected = Expected(gateway: gateway, first: outage[0].sequence - 1)

            try server.start()
            try waitUntil("all rows came", within: .seconds(90)) {
                try expected.missing(in: server.sequences).isEmpty
            }
            try gateway.audited("SP8102I", after: 0)
            try waitUntil("the failure is over") { try self.failure(of: gateway) == nil }

            server.kill()
            try self.work(gateway, 4...6)
            try server.start()
            try waitUntil("the rest came", within: .seconds(120)) {
                try expected.missing(in: server.sequences).isEmpty
            }
            let line = try #require(server.lines.first { $0.contains("SP7001I") })
            #expect(line.hasPrefix("sallyport SP7001I [sallyport@32473 sequence="))
            #expect(line.contains("user=\"user1\""))
        }

        @Test("a server whose certificate is not of the authority gets nothing")
        func wrongAuthority() throws {
            let lab = try Laboratory(startGateway: false)
            defer { lab.dispose() }
            let server = try LogServer(tls: try Self.certificate(in: lab.scratch), in: lab.scratch)
            try server.start()
            let other = try Self.certificate(in: try Scratch())
            try Self.append(
                "[[audit.syslog]]\nname = \"siem\"\naddress = \"127.0.0.1:\(server.port)\"\nca = \"\(other.authority)\"\n",
                to: lab.gateway)
            try lab.gateway.start()
            try self.work(lab.gateway, 1...2)
            try waitUntil("the certificate is refused") {
                try self.failure(of: lab.gateway)?.contains("TLS") == true
            }
            #expect(server.lines.isEmpty)
        }

        @Test("a webhook that fails now and then gets every row, each request signed")
        func webhook() throws {
            let lab = try Laboratory(startGateway: false)
            defer { lab.dispose() }
            let secret = try lab.scratch.write("a secret of the hook\n", to: "hook.secret")
            let received = lab.scratch.path("received.txt")
            let script = Repository.root.appending(path: "Tests/ForeignTools/webhook.py").path
            let port = try freePort()
            let server = try RunningProcess(
                ["/usr/bin/python3", script, String(port), secret, received], in: lab.scratch)
            try server.waitForOutput("ready\n")
            try Self.append(
                "[[audit.webhook]]\nname = \"chat\"\nurl = \"http://127.0.0.1:\(port)/events\"\nsecret = \"\(secret)\"\n",
                to: lab.gateway)
            try lab.gateway.start()
            let expected = Expected(gateway: lab.gateway, first: try lab.gateway.lastAuditSequence())
            try self.work(lab.gateway, 1...5)
            func sequences() -> [UInt64] {
                String(decoding: FileManager.default.contents(atPath: received) ?? Data(), as: UTF8.self)
                    .split(separator: "\n").compactMap { UInt64($0) }
            }
            try waitUntil("all rows came", within: .seconds(90)) { try expected.missing(in: sequences()).isEmpty }
            #expect(server.errorText.isEmpty, "every signature was right: \(server.errorText)")
            #expect(sequences() == Array(Set(sequences())).sorted())
            #expect(!lab.gateway.log.contains("a secret of the hook"))
        }

        @Test(
            "a receiver that can't be set up keeps the gateway from starting, with a line that names it",
            arguments: [
                ("[[audit.webhook]]\nname = \"chat\"\nurl = \"https://127.0.0.1/\"\nsecret = \"missing\"\n", "chat: "),
                ("[[audit.syslog]]\nname = \"siem\"\naddress = \"127.0.0.1:1\"\nca = \"missing.pem\"\n", "siem: "),
                ("[[audit.syslog]]\nname = \"siem\"\nadress = \"127.0.0.1:1\"\n", "bad value for \"audit.syslog\""),
            ])
        func refused(text: String, complaint: String) throws {
            let lab = try Laboratory(startGateway: false)
            defer { lab.dispose() }
            try Self.append(text, to: lab.gateway)
            let outcome = try lab.gateway.startInVain()
            #expect(outcome.code == 1)
            #expect(outcome.errorText.contains(complaint))
        }
    }
}
