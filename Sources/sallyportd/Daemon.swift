import AdminServer
import Foundation
import Gateway
import GatewayConfiguration
import Logging

/// The gateway as a process: started, announced, and ended by a signal.
enum Daemon {
    /// Serves until SIGTERM or SIGINT.
    static func serve(_ configuration: GatewayConfiguration) async throws {
        let signals = TerminationSignals()
        let log = Self.logger(configuration)
        let runtime = try GatewayRuntime(configuration: configuration, log: log)
        let address = try await runtime.start()
        let administration = runtime.administration
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await AdminServer.run(
                    service: administration, socketPath: configuration.controlSocketPath, logger: log,
                    onReady: { print("sallyportd: ready on \(address)") })
            }
            group.addTask {
                let name = await signals.next()
                log.notice("\(name) received: ending all sessions")
                await runtime.stop(reason: name)
            }
            // Whichever comes first: a signal was served, or the control socket is lost.
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private static func logger(_ configuration: GatewayConfiguration) -> Logger {
        var log = Logger(label: "sallyportd") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = Logger.Level(rawValue: configuration.logLevel.rawValue) ?? .info
        return log
    }
}

/// SIGTERM and SIGINT, as a stream.
final class TerminationSignals: Sendable {
    private let stream: AsyncStream<String>
    private let sources: [any DispatchSourceSignal]

    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        self.stream = stream
        self.sources = [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")].map { number, name in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { continuation.yield(name) }
            source.resume()
            return source
        }
    }

    /// The name of the next one.
    func next() async -> String {
        for await name in self.stream { return name }
        return "end of signals"
    }
}
