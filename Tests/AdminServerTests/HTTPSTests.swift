import AdminAPI
import Foundation
import Glibc
import Logging
import Testing

@testable import AdminServer

/// The API over HTTPS, with stock clients and bad ones.
@Suite(.timeLimit(.minutes(2))) struct HTTPSTests {
    @Test("curl reaches it with a token, and is told to come back over TLS")
    func curl() async throws {
        try await HTTPSFixture.run { fixture in
            let good = try await fixture.curl(
                "--header", "Authorization: Bearer \(FakeService.token)", fixture.url + "/v1/status")
            #expect(good.output.hasPrefix("HTTP/1.1 200"), "\(good)")
            #expect(good.output.lowercased().contains("strict-transport-security: max-age=31536000"))
            #expect(good.output.lowercased().contains("cache-control: no-store"))
            #expect(fixture.service.seen.actors.map(\.name) == ["alice by token ci"])
            for path in ["/v1/status", "/v1/nothing", "/"] {
                let bad = try await fixture.curl(fixture.url + path)
                #expect(bad.output.hasPrefix("HTTP/1.1 401"), "\(bad)")
                #expect(bad.output.lowercased().contains("strict-transport-security"))
            }
            let old = try await fixture.curl(
                "--tlsv1.0", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0", fixture.url + "/v1/status")
            #expect(old.status != 0 && old.output.isEmpty)
            #expect(try await fixture.curl("http://127.0.0.1:\(fixture.port)/v1/status").output.isEmpty)
        }
    }

    @Test("the command line trusts what it is told to trust, and nothing else")
    func trust() async throws {
        try await HTTPSFixture.run { fixture in
            let fingerprint = try ServerCertificate.facts(of: fixture.certificate).fingerprint
            let wrong = "SHA256:" + String(repeating: "A", count: 43)
            let listed = try await fixture.sallyport("--server-fingerprint", fingerprint, "token", "list", "--json")
            #expect(listed.status == 0 && listed.output.contains(#""name":"ci""#), "\(listed)")
            #expect(try await fixture.sallyport("--server-ca", fixture.certificate, "status").status == 0)
            for untrusted in [["--server-fingerprint", wrong], []] {
                let run = try await CommandLineFixture(directory: fixture.directory).sallyport(
                    ["--server", fixture.url, "--token-file", fixture.directory + "/token"] + untrusted + ["status"])
                #expect(run.status == 3, "\(run)")
                #expect(run.errors.contains("is not trusted") && run.errors.contains("hint: "), "\(run)")
            }
            #expect(fixture.service.seen.calls == ["listTokens", "status"])
        }
    }

    @Test("the fingerprint in openssl's form is as good, and what is none is a usage error")
    func fingerprints() async throws {
        try await HTTPSFixture.run { fixture in
            let shown = try await CommandLineFixture(directory: fixture.directory).run(
                "/usr/bin/openssl", ["x509", "-noout", "-fingerprint", "-sha256", "-in", fixture.certificate])
            let digits = try #require(shown.output.split(separator: "=").last).split(separator: "\n")[0]
            #expect(try await fixture.sallyport("--server-fingerprint", String(digits), "status").status == 0)
            #expect(try await fixture.sallyport("--server-fingerprint", "AB:CD", "status").status == 2)
        }
    }

    @Test("what is asked for over HTTPS without the right to it ends with 3, and says what is lacking")
    func denied() async throws {
        try await HTTPSFixture.run { fixture in
            let run = try await fixture.sallyport(
                "--server-ca", fixture.certificate, "session", "kill", "s1", "--reason", "x")
            #expect(run.status == 3, "\(run)")
            #expect(run.errors.contains("this needs the permission sessions.kill"))
            #expect(fixture.service.seen.denied.map(\.permission) == [.sessionsKill])
        }
    }

    @Test("clients that dawdle are cut off: before the handshake, in the head, in the body, and between requests")
    func dawdlers() async throws {
        let limits = RequestDeadlines.Limits(
            head: .milliseconds(400), body: .milliseconds(400), unwritable: .milliseconds(400))
        try await HTTPSFixture.run(limits: limits) { fixture in
            let run = try await fixture.python(
                """
                silent = socket.create_connection(("127.0.0.1", port), timeout=20)
                print("silent", is_closed(silent))
                def trickle(first, piece):
                    connection = connect()
                    connection.sendall(first)
                    end = time.monotonic() + 20
                    connection.settimeout(0.05)
                    while time.monotonic() < end:
                        try:
                            connection.sendall(piece)
                            if not connection.recv(4096):
                                return True
                        except TimeoutError:
                            pass
                        except OSError:
                            return True
                    return False
                token = b"Authorization: Bearer \(FakeService.token)\\r\\nHost: x\\r\\n"
                print("head", trickle(b"GET /v1/status HTTP/1.1\\r\\n", b"X-A: b\\r\\n"))
                print("body", trickle(b"POST /v1/users HTTP/1.1\\r\\n" + token + b"Content-Length: 5000\\r\\n\\r\\n", b" "))
                idle = connect()
                idle.sendall(b"GET /v1/status HTTP/1.1\\r\\n" + token + b"\\r\\n")
                answer = b""
                try:
                    while True:
                        piece = idle.recv(4096)
                        if not piece:
                            break
                        answer += piece
                except OSError as error:
                    print(error)
                print("idle", answer.startswith(b"HTTP/1.1 200"))
                """)
            #expect(run.output == "silent True\nhead True\nbody True\nidle True\n", "\(run)")
        }
    }

    @Test("one address gets no more than its share of connections, and gets it back")
    func connections() async throws {
        try await HTTPSFixture.run(connections: (10, 2)) { fixture in
            let run = try await fixture.python(
                """
                held = [connect(), connect()]
                try:
                    print("third", is_closed(connect()))
                except OSError:
                    print("third", True)
                held.pop().close()
                end = time.monotonic() + 20
                again = False
                while not again and time.monotonic() < end:
                    try:
                        connection = connect()
                        connection.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
                        again = connection.recv(12) == b"HTTP/1.1 401"
                    except OSError:
                        time.sleep(0.05)
                print("again", again)
                """)
            #expect(run.output == "third True\nagain True\n", "\(run)")
        }
    }

    @Test("a head or a body that is too large is refused", arguments: [100_000])
    func sizes(_ bytes: Int) async throws {
        try await HTTPSFixture.run { fixture in
            let run = try await fixture.python(
                """
                connection = connect()
                try:
                    connection.sendall(b"GET /v1/status HTTP/1.1\\r\\nHost: x\\r\\nX-A: " + b"a" * \(bytes) + b"\\r\\n\\r\\n")
                    print(connection.recv(12) != b"HTTP/1.1 200")
                except OSError:
                    print(True)
                """)
            #expect(run.output == "True\n", "\(run)")
            #expect(fixture.service.seen.calls.isEmpty)
        }
    }

    @Test("a renewed certificate is shown without a restart; a broken one leaves the former")
    func renewal() async throws {
        try await HTTPSFixture.run { fixture in
            let files = FileManager.default
            try files.removeItem(atPath: fixture.certificate)
            try files.removeItem(atPath: fixture.key)
            try SelfSignedCertificate.makeUnlessThere(certificate: fixture.certificate, key: fixture.key)
            func isReached() async throws -> Bool {
                try await fixture.sallyport("--server-ca", fixture.certificate, "status").status == 0
            }
            let deadline = ContinuousClock.now + .seconds(30)
            while try await !isReached(), ContinuousClock.now < deadline {}
            #expect(try await isReached())
            let trusted = try CommandLineFixture(directory: fixture.directory).file(
                "trusted.pem", Array(try Data(contentsOf: URL(fileURLWithPath: fixture.certificate))))
            try Data("nonsense".utf8).write(to: URL(fileURLWithPath: fixture.certificate))
            // The files are looked at once a second: a shorter wait would prove nothing.
            try await Task.sleep(for: .seconds(1.2))
            #expect(try await fixture.sallyport("--server-ca", trusted, "status").status == 0)
        }
    }

    @Test("half a pair of files, or a key that is not the certificate's, is one clear line")
    func badFiles() async throws {
        try await withTemporaryDirectory { directory in
            let (certificate, key) = (directory + "/c.pem", directory + "/k.pem")
            try SelfSignedCertificate.makeUnlessThere(certificate: certificate, key: key)
            try SelfSignedCertificate.makeUnlessThere(certificate: directory + "/c2.pem", key: directory + "/k2.pem")
            func complaint(_ body: () throws -> Void) -> String {
                do { try body() } catch { return "\(error)" }
                return ""
            }
            let log = Logger(label: "test")
            #expect(
                complaint { _ = try ServerCertificate(certificate: certificate, key: directory + "/k2.pem", log: log) }
                    .hasSuffix("is not that of the certificate of \(certificate)"))
            #expect(
                complaint { _ = try ServerCertificate(certificate: key, key: key, log: log) }
                    .hasSuffix("holds no certificate in PEM form"))
            unlink(key)
            #expect(
                complaint { try SelfSignedCertificate.makeUnlessThere(certificate: certificate, key: key) }
                    .hasSuffix("only one is there"))
        }
    }
}
