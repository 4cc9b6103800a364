import AdminAPI
import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@testable import AdminServer

/// Streams of events, health and metrics.
@Suite(.timeLimit(.minutes(1))) struct EventTests {
    private static let pace = ServerSentEvents.Pace(look: .milliseconds(20), heartbeat: .milliseconds(100))

    private static func session(_ id: String, lockedBy: String? = nil, bytes: UInt64 = 1) -> SessionInfo {
        SessionInfo(
            id: id, user: "alice", account: "root", target: "web1", from: "127.0.0.1:5000", started: FakeService.time,
            pid: 1, grant: "g", recordedBytes: bytes, lockedBy: lockedBy)
    }

    @Test("the list of sessions comes whole, and then what changes in it")
    func sessionChanges() {
        let changes = SessionChanges()
        func names(_ sessions: [SessionInfo]) -> [String] {
            changes.events(for: sessions).map { "\($0.name) \(String(decoding: $0.data, as: UTF8.self).prefix(20))" }
        }
        #expect(names([Self.session("a")]).map { $0.prefix(10) } == ["snapshot ["])
        #expect(names([Self.session("a", bytes: 99)]).isEmpty)
        #expect(
            names([Self.session("a", lockedBy: "root"), Self.session("b")]).map { $0.prefix(7) } == [
                "started", "changed",
            ])
        #expect(names([Self.session("b")]) == [#"ended {"id":"a"}"#])
    }

    @Test("a stream shows that it lives, and ends with the token")
    func end() async throws {
        try await HTTPSFixture.run(pace: Self.pace) { fixture in
            let run = try await fixture.python(
                """
                connection = connect()
                connection.sendall(b"GET /v1/events/sessions HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n"
                    b"Authorization: Bearer \(FakeService.token)\\r\\n\\r\\n")
                text = b""
                while b": alive" not in text:
                    text += connection.recv(4096)
                print(b"event: snapshot" in text, b"text/event-stream" in text)
                open("\(fixture.directory)/alive", "w").close()
                while True:
                    piece = connection.recv(4096)
                    if not piece:
                        break
                    text += piece
                print(b"event: denied" in text)
                """,
                meanwhile: {
                    while !FileManager.default.fileExists(atPath: fixture.directory + "/alive") {
                        try await Task.sleep(for: .milliseconds(20))
                    }
                    fixture.service.state.withLock { $0.isTokenGood = false }
                })
            #expect(run.output == "True True\nTrue\n", "\(run)")
        }
    }

    /// Reads a stream until it shows that it lives, prints its status, and goes away.
    private func readUntilAlive(
        _ fixture: HTTPSFixture, _ path: String, header: String = "X-None: x"
    ) async throws -> CommandRun {
        try await fixture.python(
            """
            connection = connect()
            connection.sendall(b"GET \(path) HTTP/1.1\\r\\nHost: x\\r\\n\(header)\\r\\n"
                b"Authorization: Bearer \(FakeService.token)\\r\\n\\r\\n")
            text = b""
            while b": alive" not in text:
                piece = connection.recv(4096)
                if not piece:
                    break
                text += piece
            print(text[:12].decode())
            """)
    }

    @Test("a reader of events who goes away is asked for no longer")
    func leaver() async throws {
        try await HTTPSFixture.run(pace: Self.pace) { fixture in
            #expect(try await self.readUntilAlive(fixture, "/v1/events/audit").output == "HTTP/1.1 200\n")
            let deadline = ContinuousClock.now + .seconds(20)
            var calls = -1
            while fixture.service.seen.calls.count != calls, ContinuousClock.now < deadline {
                calls = fixture.service.seen.calls.count
                try await Task.sleep(for: .milliseconds(200))
            }
            #expect(fixture.service.seen.calls.count == calls && calls > 1)
            // It began with what is new.
            #expect(fixture.service.seen.calls.contains("auditPage 1 500"))
        }
    }

    @Test("events of the audit log go on after Last-Event-ID")
    func resumption() async throws {
        try await HTTPSFixture.run(pace: Self.pace) { fixture in
            _ = try await self.readUntilAlive(fixture, "/v1/events/audit", header: "Last-Event-ID: 41")
            _ = try await self.readUntilAlive(fixture, "/v1/events/audit?after=7")
            #expect(fixture.service.seen.calls.contains("auditPage 41 500"))
            #expect(fixture.service.seen.calls.contains("auditPage 7 500"))
            let bad = try await fixture.curl(
                "--header", "Authorization: Bearer \(FakeService.token)", "--header", "Last-Event-ID: x",
                fixture.url + "/v1/events/audit")
            #expect(bad.output.hasPrefix("HTTP/1.1 400"))
        }
    }

    @Test("anybody may ask whether it lives and is ready, and hears no more than that")
    func health() async throws {
        try await HTTPSFixture.run { (fixture: HTTPSFixture) async throws in
            #expect(try await fixture.curl(fixture.url + "/healthz").output.hasPrefix("HTTP/1.1 200"))
            #expect(try await fixture.curl(fixture.url + "/readyz").output.hasSuffix("\r\n\r\nready\n"))
            fixture.service.state.withLock { $0.trouble = "no SSH clients are accepted" }
            #expect(try await fixture.curl(fixture.url + "/healthz").output.hasPrefix("HTTP/1.1 200"))
            #expect(try await fixture.curl(fixture.url + "/readyz").output.hasPrefix("HTTP/1.1 503"))
            #expect(fixture.service.seen.calls.isEmpty)
        }
    }

    @Test("metrics are in Prometheus' form, whatever is in their labels")
    func metrics() async throws {
        let text = PrometheusText.write(try await FakeService().metrics(by: AdminActor(name: "root", uid: 0)))
        #expect(
            text == #"""
                # HELP sallyport_sample A sample, with a \\ and\na line.
                # TYPE sallyport_sample gauge
                sallyport_sample{name="a \"quoted\" \\ name\n"} 1.5
                # HELP sallyport_rows_total Rows.
                # TYPE sallyport_rows_total counter
                sallyport_rows_total 12

                """#)
    }

    @Test("doctor ends with 1 for a warning, with 0 for notes, and says so when no gateway answers")
    func doctor() async throws {
        let service = FakeService()
        try await CommandLineFixture.run(service) { fixture in
            #expect(try await fixture.sallyport("doctor").output == "nothing found\n")
            let note = Finding(.note, "vault-key", "it lies beside the database", hint: "move it")
            service.state.withLock { $0.findings = [note] }
            let noted = try await fixture.sallyport("doctor")
            #expect(noted.status == 0 && noted.output.hasPrefix("note: it lies beside the database [vault-key]\n"))
            service.state.withLock {
                $0.findings = [note, Finding(.warning, "clock", "nothing keeps it right", hint: "run chrony")]
            }
            let warned = try await fixture.sallyport("doctor", "--json")
            #expect(warned.status == 1)
            let findings = try AdminJSON.decode([Finding].self, from: Array(warned.output.utf8))
            #expect(findings.map(\.severity) == [.warning, .note])
        }
        try await CommandLineFixture.run(nil) { fixture in
            let run = try await fixture.sallyport("doctor")
            #expect(run.status == 1 && run.output.hasPrefix("critical: no gateway answers"), "\(run)")
        }
    }

    @Test("a certificate that ends soon is found, and one that is gone")
    func certificate() throws {
        let gone = CertificateExamination.findings("/nonexistent.pem")
        #expect(gone.map(\.severity) == [.critical])
    }
}
