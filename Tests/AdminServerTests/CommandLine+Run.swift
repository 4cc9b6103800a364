import AdminAPI
import Foundation
import Logging

@testable import AdminServer

/// What one run of `sallyport` did.
struct CommandRun {
    var status: Int32
    var output: String
    var errors: String
}

/// A state directory whose control socket is served by `service`, and the built `sallyport`.
struct CommandLineFixture {
    let directory: String

    /// Runs the body with a server behind the state directory, or with none if `service` is nil.
    static func run(
        _ service: FakeService?, allowedUsers: Set<UInt32> = [0, geteuid()],
        _ body: (CommandLineFixture) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            guard let service else { return try await body(CommandLineFixture(directory: directory)) }
            let (ready, signal) = AsyncStream<Void>.makeStream()
            let server = Task {
                defer { signal.finish() }
                try await AdminServer.run(
                    service: service, socketPath: directory + "/control.sock",
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                    identify: PeerCredential.ofSocket, allowedUsers: allowedUsers, onReady: { signal.yield() })
            }
            for await _ in ready { break }
            let result: Result<Void, any Error>
            do { result = .success(try await body(CommandLineFixture(directory: directory))) } catch {
                result = .failure(error)
            }
            server.cancel()
            try await server.value
            try result.get()
        }
    }

    /// The path of a file in the state directory with this content.
    func file(_ name: String, _ content: [UInt8]) throws -> String {
        let path = self.directory + "/" + name
        try Data(content).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// What is in a file of the state directory.
    func content(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: self.directory + "/" + name)))
    }

    /// Runs `sallyport --state DIRECTORY arguments...`.
    func sallyport(_ arguments: String..., input: String = "") async throws -> CommandRun {
        try await self.sallyport(arguments, input: input)
    }

    /// The same.
    func sallyport(_ arguments: [String], input: String = "") async throws -> CommandRun {
        try await self.run(Self.executable, ["--state", self.directory] + arguments, input: input)
    }

    /// The same on a terminal, where `key` is pressed again and again once `text` is shown, until it ends.
    func sallyportOnTerminal(
        _ arguments: String..., key: Character, onceShown text: String
    ) async throws -> CommandRun {
        let command = ([Self.executable, "--state", self.directory] + arguments).joined(separator: " ")
        // A key that comes earlier may be dropped, or end the view before there is anything to see. A text that never
        // comes must not hold the test for ever: the key then ends it after 60 s.
        let keys = """
            exec 3>&1
            { n=0; until grep -qF '\(text)' /proc/$$/fd/3 || [ $((n += 1)) -gt 600 ]; do sleep 0.1; done
              while printf '\(key)'; do sleep 0.1; done; } | script -qec '\(command)' /dev/null
            """
        return try await self.run("/bin/sh", ["-c", keys])
    }

    private static var executable: String {
        (Bundle.main.executableURL?.deletingLastPathComponent().path ?? ".") + "/sallyport"
    }

    /// Blocks no thread of the pool, since the server needs them.
    func run(_ executable: String, _ arguments: [String], input: String = "") async throws -> CommandRun {
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        func file(_ name: String, _ content: String = "") throws -> FileHandle {
            let url = scratch.appendingPathComponent(name)
            try Data(content.utf8).write(to: url)
            return try FileHandle(forUpdating: url)
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.standardInput = try file("in", input)
        process.standardOutput = try file("out")
        process.standardError = try file("err")
        try process.run()
        while process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
        func text(_ name: String) throws -> String {
            String(decoding: try Data(contentsOf: scratch.appendingPathComponent(name)), as: UTF8.self)
        }
        return CommandRun(status: process.terminationStatus, output: try text("out"), errors: try text("err"))
    }
}
