import AdminServer
import Foundation
import Gateway
import GatewayConfiguration
import Logging
import Synchronization

/// The gateway as a process: started, announced, and ended by a signal.
enum Daemon {
    /// Serves until a signal comes. Keeps the calling thread.
    static func run(_ configuration: GatewayConfiguration, until signals: TerminationSignals) throws {
        let outcome = Mutex<Result<Void, any Error>?>(nil)
        let done = DispatchSemaphore(value: 0)
        Task {
            do {
                try await self.serve(configuration, until: signals)
                outcome.withLock { $0 = .success(()) }
            } catch {
                outcome.withLock { $0 = .failure(error) }
            }
            done.signal()
        }
        done.wait()
        try outcome.withLock { $0 }?.get()
    }

    private static func serve(_ configuration: GatewayConfiguration, until signals: TerminationSignals) async throws {
        let log = Self.logger(configuration)
        let runtime = try GatewayRuntime(configuration: configuration, log: log)
        let address = try await runtime.start()
        let administration = runtime.administration
        let (ends, ended) = AsyncStream.makeStream(of: End.self)
        let server = Task {
            do {
                try await AdminServer.run(
                    service: administration, socketPath: configuration.controlSocketPath, logger: log,
                    onReady: { FileHandle.standardOutput.write(Data("sallyportd: ready on \(address)\n".utf8)) })
                ended.yield(.serverEnded(nil))
            } catch {
                ended.yield(.serverEnded(error))
            }
        }
        Task { ended.yield(.signal(await signals.next())) }
        let forwarding = Task { await runtime.forwardAudit() }
        defer { forwarding.cancel() }
        for await end in ends {
            switch end {
            case .signal(let name):
                log.notice("\(name) received: ending all sessions")
                await runtime.stop(reason: name)
                server.cancel()
                // The server lets answers out first; the framework below it would take seconds more to end.
                try? await Task.sleep(for: Self.lastAnswers)
                return
            case .serverEnded(let error):
                await runtime.stop(reason: "the control socket is lost")
                if let error { throw error }
                return
            }
        }
    }

    private enum End: Sendable {
        case signal(String)
        case serverEnded((any Error)?)
    }

    /// For answers that are made but not yet written.
    private static let lastAnswers = Duration.milliseconds(100)

    private static func logger(_ configuration: GatewayConfiguration) -> Logger {
        var log = Logger(label: "sallyportd") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = Logger.Level(rawValue: configuration.logLevel.rawValue) ?? .info
        return log
    }
}

/// SIGTERM and SIGINT, taken from the process and given as a stream.
struct TerminationSignals: Sendable {
    private let stream: AsyncStream<String>

    /// Call before any other thread is started: threads inherit what is blocked here.
    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        self.stream = stream
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let waited = signals
        Thread.detachNewThread {
            var waited = waited
            var number: CInt = 0
            while sigwait(&waited, &number) == 0 { continuation.yield(number == SIGINT ? "SIGINT" : "SIGTERM") }
        }
    }

    /// The name of the next one.
    func next() async -> String {
        for await name in self.stream { return name }
        return "end of signals"
    }
}
