import AdminAPI
import AdminServer
import Foundation
import Gateway
import GatewayConfiguration
import Logging
import Synchronization

/// The gateway as a process: started, announced, and ended by a signal.
enum Daemon {
    /// Serves until a signal comes. Keeps the calling thread.
    static func run(
        _ configuration: GatewayConfiguration, unlocking: VaultUnlocking, until signals: TerminationSignals
    ) throws {
        let outcome = Mutex<Result<Void, any Error>?>(nil)
        let done = DispatchSemaphore(value: 0)
        Task {
            do {
                try await self.serve(configuration, unlocking, until: signals)
                outcome.withLock { $0 = .success(()) }
            } catch {
                outcome.withLock { $0 = .failure(error) }
            }
            done.signal()
        }
        done.wait()
        try outcome.withLock { $0 }?.get()
    }

    private static func serve(
        _ configuration: GatewayConfiguration, _ unlocking: VaultUnlocking, until signals: TerminationSignals
    ) async throws {
        let log = Logger(configuration)
        let runtime = try GatewayRuntime(configuration: configuration, log: log, unlocking: unlocking)
        let address = try await runtime.start()
        let administration = runtime.administration
        let manager = ServiceManager()
        let (ends, ended) = AsyncStream.makeStream(of: End.self)
        let endpoint = try APIEndpoint(configuration, service: administration, log: log)
        let server = Task {
            do {
                try await Self.serve(administration, configuration, endpoint, log) {
                    FileHandle.standardOutput.write(Data("sallyportd: ready on \(address)\n".utf8))
                    manager?.tell(.ready)
                }
                ended.yield(.serverEnded(nil))
            } catch {
                ended.yield(.serverEnded(error))
            }
        }
        Task { ended.yield(.signal(await signals.next())) }
        let forwarding = Task { await runtime.forwardAudit() }
        let watchdog = Task { await manager?.watch { await runtime.takeTurn() } }
        defer {
            forwarding.cancel()
            watchdog.cancel()
        }
        for await end in ends {
            switch end {
            case .signal(let name):
                log.notice("\(name) received: ending all sessions")
                manager?.tell(.stopping)
                await runtime.stop(reason: name)
                server.cancel()
                // The server lets answers out first; the framework below it would take seconds more to end.
                try? await Task.sleep(for: Self.lastAnswers)
                return
            case .serverEnded(let error):
                await runtime.stop(reason: "the administration API is lost")
                if let error { throw error }
                return
            }
        }
    }

    /// The API, over HTTPS where there is an endpoint and then over the control socket, until the task is cancelled.
    private static func serve(
        _ administration: any AdministrationService, _ configuration: GatewayConfiguration, _ endpoint: APIEndpoint?,
        _ log: Logger, onReady: @escaping @Sendable () -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (isListening, listens) = AsyncStream.makeStream(of: Void.self)
            if let endpoint {
                group.addTask {
                    defer { listens.finish() }
                    try await endpoint.run { listens.yield() }
                }
            } else {
                listens.finish()
            }
            for await _ in isListening { break }
            group.addTask {
                try await AdminServer.run(
                    service: administration, socketPath: configuration.controlSocketPath,
                    certificate: endpoint == nil ? nil : configuration.apiCertificatePath, logger: log,
                    onReady: onReady)
            }
            // Whichever ends first ends the other.
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private enum End: Sendable {
        case signal(String)
        case serverEnded((any Error)?)
    }

    /// For answers that are made but not yet written.
    private static let lastAnswers = Duration.milliseconds(100)
}

/// SIGTERM and SIGINT, taken from the process and given as a stream.
struct TerminationSignals: Sendable {
    private static var waited: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        return signals
    }

    /// Call before any other thread is started: threads inherit what is blocked here.
    init() {
        var signals = Self.waited
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// One has come already that nobody has waited for.
    static var arePending: Bool {
        var pending = sigset_t()
        guard sigpending(&pending) == 0 else { return false }
        return sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1
    }

    /// The name of the next one. To be called once.
    func next() async -> String {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var signals = Self.waited
                var number: CInt = 0
                while sigwait(&signals, &number) != 0 {}
                continuation.resume(returning: number == SIGINT ? "SIGINT" : "SIGTERM")
            }
        }
    }
}
