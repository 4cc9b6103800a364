import AdminAPI
import Glibc
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Synchronization

/// The administration API over HTTP/1.1 on a Unix socket, for root and the gateway's own user.
public enum AdminServer {
    /// Longest time that a shutdown waits for requests that have no answer yet.
    private static let shutdownGrace: Duration = .seconds(2)

    /// Serves until the task is cancelled, then lets running requests finish and returns.
    ///
    /// The socket has mode 0600 from its first moment. A stale one is replaced; one that answers is left alone.
    /// - Parameters:
    ///   - socketPath: where to listen, at most 103 bytes.
    ///   - certificate: file of the certificate that the API shows over HTTPS; nil where it isn't served.
    ///   - onReady: called once, when the socket is in its place.
    /// - Throws: `AdminError` when the socket cannot be made.
    public static func run(
        service: any AdministrationService, socketPath: String, certificate: String? = nil, logger: Logger,
        onReady: @escaping @Sendable () async -> Void = {}
    ) async throws {
        try await self.run(
            service: service, socketPath: socketPath, certificate: certificate, logger: logger,
            identify: PeerCredential.ofSocket, allowedUsers: [0, geteuid()], onReady: onReady)
    }

    static func run(
        service: any AdministrationService, socketPath: String, certificate: String? = nil, logger: Logger,
        identify: @escaping PeerIdentification, allowedUsers: Set<UInt32>,
        onReady: @escaping @Sendable () async -> Void
    ) async throws {
        let socket = try ControlSocket(path: socketPath)
        let router = AdminRouter(
            service: service, entrance: .socket(identify: identify, allowedUsers: allowedUsers),
            certificate: certificate)
        let requests = RequestsInFlight()
        defer { socket.removeIfPublished() }
        try await self.serve(
            router.build(requests: requests), requests, on: .unixDomainSocket(path: socket.bindingPath),
            through: .http1(), logger: logger, what: "the control socket",
            opened: { _ in
                try socket.publish()
                await onReady()
            })
    }

    /// Serves until the task is cancelled, then lets running requests finish and returns.
    /// - parameters:
    ///   - what: what is served, in words.
    ///   - opened: called once with the listening channel, when it accepts; what it throws ends the server.
    static func serve(
        _ router: Router<AdminRequestContext>, _ requests: RequestsInFlight, on address: BindAddress,
        through server: HTTPServerBuilder, logger: Logger, what: String,
        opened: @escaping @Sendable (any Channel) async throws -> Void
    ) async throws {
        let listener = Listener()
        var logger = logger
        // The framework's notes would name the socket by its name of the first moment.
        logger.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            router: router, server: server, configuration: .init(address: address),
            onServerRunning: { channel in
                do {
                    listener.opened(channel)
                    try await opened(channel)
                } catch {
                    listener.failed(error)
                    channel.close(promise: nil)
                }
            },
            logger: logger)
        // Not a child task: when this one is cancelled, running requests go on for their grace time.
        let serving = Task { try await application.run() }
        await withTaskCancellationHandler {
            if case .failure(let error) = await serving.result { listener.failed(error) }
        } onCancel: {
            listener.close()
            Task {
                await requests.drain(limit: Self.shutdownGrace)
                serving.cancel()
            }
        }
        guard !Task.isCancelled else { return }
        if let error = listener.error {
            throw error as? AdminError ?? AdminError(.failed, "cannot serve \(what): \(error)")
        }
    }
}

/// What became of the listening channel; shared between the server and the handler of its cancellation.
private final class Listener: Sendable {
    private struct State {
        var channel: (any Channel)?
        var error: (any Error)?
        var closed = false
    }

    private let state = Mutex(State())

    var error: (any Error)? { self.state.withLock { $0.error } }

    func opened(_ channel: any Channel) {
        let closed = self.state.withLock { state in
            state.channel = channel
            return state.closed
        }
        if closed { channel.close(promise: nil) }
    }

    /// The first failure counts: later ones follow from it.
    func failed(_ error: any Error) {
        self.state.withLock { if $0.error == nil { $0.error = error } }
    }

    /// Accepts nobody from now on.
    func close() {
        let channel = self.state.withLock { state in
            state.closed = true
            return state.channel
        }
        channel?.close(promise: nil)
    }
}
