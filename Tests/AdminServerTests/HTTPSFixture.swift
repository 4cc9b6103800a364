import AdminAPI
import Foundation
import Glibc
import Logging
import Synchronization

@testable import AdminServer

/// The API over HTTPS on a free port, with a self-signed certificate, in front of a fake gateway.
struct HTTPSFixture {
    let port: Int
    let directory: String
    let service: FakeService
    var certificate: String { self.directory + "/certificate.pem" }
    var key: String { self.directory + "/key.pem" }
    var url: String { "https://127.0.0.1:\(self.port)" }

    static func run(
        connections: (total: Int, perSource: Int) = (64, 64), limits: RequestDeadlines.Limits = .init(),
        pace: ServerSentEvents.Pace = .init(),
        service: FakeService = FakeService(), _ body: (HTTPSFixture) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let (certificate, key) = (directory + "/certificate.pem", directory + "/key.pem")
            try SelfSignedCertificate.makeUnlessThere(certificate: certificate, key: key)
            let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let server = HTTPSServer(
                service: service, certificate: try ServerCertificate(certificate: certificate, key: key, log: log),
                connections: connections, limits: limits, pace: pace, logger: log)
            let (ready, signal) = AsyncStream<Int>.makeStream()
            let serving = Task {
                defer { signal.finish() }
                try await server.run(host: "127.0.0.1", port: 0) { signal.yield($0) }
            }
            var came = ready.makeAsyncIterator()
            guard let port = await came.next() else { return try await serving.value }
            let fixture = HTTPSFixture(port: port, directory: directory, service: service)
            let result: Result<Void, any Error>
            do { result = .success(try await body(fixture)) } catch { result = .failure(error) }
            serving.cancel()
            try await serving.value
            try result.get()
        }
    }

    private var commandLine: CommandLineFixture { CommandLineFixture(directory: self.directory) }

    /// Runs `sallyport` against this server.
    func sallyport(_ arguments: String...) async throws -> CommandRun {
        let token = try self.commandLine.file("token", Array("\(FakeService.token)\n".utf8))
        return try await self.commandLine.sallyport(["--server", self.url, "--token-file", token] + arguments)
    }

    /// Stock curl, which trusts the certificate, with the status after the headers and the body.
    func curl(_ arguments: String...) async throws -> CommandRun {
        try await self.commandLine.run(
            "/usr/bin/curl", ["--silent", "--include", "--max-time", "20", "--cacert", self.certificate] + arguments)
    }

    /// A client in Python that misbehaves as `script` says, with `port`, and `connect()`, which shakes hands.
    /// - parameter meanwhile: done while it runs.
    func python(
        _ script: String, meanwhile: @escaping @Sendable () async throws -> Void = {}
    ) async throws -> CommandRun {
        let head = """
            import socket, ssl, sys, time
            port = \(self.port)
            context = ssl._create_unverified_context()
            def connect():
                plain = socket.create_connection(("127.0.0.1", port), timeout=20)
                return context.wrap_socket(plain)
            def is_closed(connection):
                try:
                    while True:
                        if not connection.recv(4096):
                            return True
                except ssl.SSLError:
                    return True
                except ConnectionError:
                    return True
                except TimeoutError:
                    return False

            """
        async let other: Void = meanwhile()
        let run = try await self.commandLine.run("/usr/bin/python3", ["-c", head + script])
        try await other
        return run
    }
}
