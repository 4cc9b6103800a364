import AdminAPI
import Foundation
import Glibc
import Logging
import Synchronization
import Testing

@testable import AdminServer

/// The server on a real socket.
@Suite(.timeLimit(.minutes(1))) struct SocketTests {
    /// Runs a server for the length of `body`; then cancels it and waits for its end.
    private func serving(
        _ service: FakeService, allowedUsers: Set<UInt32> = [0, geteuid()],
        _ body: (_ path: String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/control.sock"
            try await self.serving(service, at: path, allowedUsers: allowedUsers) { try await body(path) }
        }
    }

    private func serving(
        _ service: FakeService, at path: String, allowedUsers: Set<UInt32> = [0, geteuid()],
        _ body: () async throws -> Void
    ) async throws {
        let (ready, signal) = AsyncStream<Void>.makeStream()
        let server = Task {
            defer { signal.finish() }
            try await AdminServer.run(
                service: service, socketPath: path, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                identify: PeerCredential.ofSocket, allowedUsers: allowedUsers, onReady: { signal.yield() })
        }
        var came = ready.makeAsyncIterator()
        guard await came.next() != nil else { return try await server.value }
        do {
            try await body()
        } catch {
            server.cancel()
            throw error
        }
        server.cancel()
        try await server.value
    }

    @Test("the socket is private, answers this process by its kernel-given identity, and is gone afterwards")
    func lifecycle() async throws {
        let service = FakeService()
        let path = Mutex("")
        try await self.serving(service) { socketPath in
            path.withLock { $0 = socketPath }
            var info = stat()
            #expect(lstat(socketPath, &info) == 0)
            #expect(info.st_mode & S_IFMT == S_IFSOCK)
            #expect(info.st_mode & 0o777 == 0o600)
            let client = try UnixHTTPClient(socketPath)
            defer { client.close() }
            client.request("GET", "/v1/status")
            let answer = try await client.readAll()
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            #expect(service.seen.actors.map(\.uid) == [geteuid()])
        }
        var info = stat()
        #expect(lstat(path.withLock { $0 }, &info) != 0)
    }

    @Test("a user who is not allowed gets 403, and the audit hears of the process")
    func foreignUser() async throws {
        let service = FakeService()
        try await self.serving(service, allowedUsers: []) { path in
            let client = try UnixHTTPClient(path)
            defer { client.close() }
            client.request("GET", "/v1/sessions")
            #expect(try await client.readAll().hasPrefix("HTTP/1.1 403"))
            #expect(
                service.seen.denied == [DeniedAdminRequest(method: "GET", path: "/v1/sessions", pid: getpid())])
            #expect(service.seen.calls.isEmpty)
        }
    }

    @Test("a socket left behind by a dead gateway is replaced")
    func staleSocket() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/control.sock"
            let stale = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(stale, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            #expect(bound == 0)
            close(stale)
            try await self.serving(FakeService(), at: path) {
                let client = try UnixHTTPClient(path)
                client.request("GET", "/v1/status")
                #expect(try await client.readAll().hasPrefix("HTTP/1.1 200"))
                client.close()
            }
        }
    }

    @Test("a socket that answers is not taken away, and its owner goes on")
    func runningGateway() async throws {
        try await self.serving(FakeService()) { path in
            await #expect(
                throws: AdminError(
                    .conflict, "another gateway answers on \(path)",
                    hint: "stop it first, or use another state directory")
            ) {
                try await self.serving(FakeService(), at: path) {}
            }
            let client = try UnixHTTPClient(path)
            client.request("GET", "/v1/status")
            #expect(try await client.readAll().hasPrefix("HTTP/1.1 200"))
            client.close()
        }
    }

    @Test("a file in the way is left alone")
    func fileInTheWay() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/control.sock"
            close(creat(path, 0o600))
            await #expect(throws: AdminError.self) { try await self.serving(FakeService(), at: path) {} }
            var info = stat()
            #expect(lstat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG)
        }
    }

    @Test("a directory that does not exist, and a path that is too long, are one clear error")
    func badPaths() async throws {
        for path in ["/nonexistent/control.sock", "/tmp/" + String(repeating: "x", count: 120) + "/control.sock"] {
            await #expect(throws: AdminError.self) { try await self.serving(FakeService(), at: path) {} }
        }
    }

    @Test("a followed recording arrives piece by piece while it grows")
    func streaming() async throws {
        let (content, growing) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let service = FakeService(content: { _, _ in content })
        try await self.serving(service) { path in
            let client = try UnixHTTPClient(path)
            defer { client.close() }
            client.request("GET", AdminRoutes.recordingContent.path("r1", query: [("from", "7"), ("follow", "true")]))
            growing.yield(Array("first piece".utf8))
            var text = ""
            while !text.contains("first piece"), let piece = try await client.read() { text += piece }
            #expect(text.contains("first piece") && !text.contains("second"))
            growing.yield(Array("second piece".utf8))
            growing.finish()
            text += try await client.readAll()
            #expect(text.contains("second piece") && text.hasSuffix("0\r\n\r\n"))
            #expect(service.seen.calls == ["recordingContent r1 7 true"])
        }
    }

    @Test("a watcher that goes away ends its stream at once, though the session is silent")
    func watcherGoes() async throws {
        let (ended, end) = AsyncStream<Void>.makeStream()
        let service = FakeService(content: { _, _ in
            AsyncThrowingStream(unfolding: {
                do {
                    try await Task.sleep(for: .seconds(3600))
                } catch {
                    end.yield()
                    end.finish()
                }
                return nil
            })
        })
        try await self.serving(service) { path in
            let client = try UnixHTTPClient(path)
            client.request("GET", AdminRoutes.recordingContent.path("r1", query: [("follow", "true")]))
            while service.seen.calls.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            client.close()
            var iterator = ended.makeAsyncIterator()
            #expect(await iterator.next() != nil)
        }
    }

    @Test("shutting down does not wait for a watcher")
    func shutdownWithWatcher() async throws {
        let service = FakeService(content: { _, _ in
            AsyncThrowingStream(unfolding: {
                try await Task.sleep(for: .seconds(3600))
                return nil
            })
        })
        let clock = ContinuousClock()
        let stopping = Mutex(clock.now)
        try await self.serving(service) { path in
            let client = try UnixHTTPClient(path)
            client.request("GET", AdminRoutes.recordingContent.path("r1", query: [("follow", "true")]))
            while service.seen.calls.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            stopping.withLock { $0 = clock.now }
        }
        #expect(clock.now - stopping.withLock { $0 } < .seconds(30))
    }
}

/// A fresh private directory, removed afterwards.
func withTemporaryDirectory(_ body: (String) async throws -> Void) async throws {
    var template = Array("/tmp/sallyport-admin-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw AdminError(.failed, "no temporary directory") }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await body(path)
}
