import AdminAPI
import Hummingbird
import HummingbirdCore
import Logging

/// The administration API over HTTPS: the same routes as over the control socket, for whoever shows a token.
public struct HTTPSServer: Sendable {
    private let service: any AdministrationService
    private let certificate: ServerCertificate
    private let counter: ConnectionCounter
    private let limits: RequestDeadlines.Limits
    private let pace: ServerSentEvents.Pace
    private let pages: (any HTTPSPages)?
    private let logger: Logger

    /// - parameters:
    ///   - connections: how many there may be at once, in all and from one address.
    ///   - pages: what is served beside the API.
    public init(
        service: any AdministrationService, certificate: ServerCertificate,
        connections: (total: Int, perSource: Int), pages: (any HTTPSPages)? = nil, logger: Logger
    ) {
        self.init(
            service: service, certificate: certificate, connections: connections, limits: RequestDeadlines.Limits(),
            pace: ServerSentEvents.Pace(), pages: pages, logger: logger)
    }

    init(
        service: any AdministrationService, certificate: ServerCertificate,
        connections: (total: Int, perSource: Int), limits: RequestDeadlines.Limits,
        pace: ServerSentEvents.Pace, pages: (any HTTPSPages)? = nil, logger: Logger
    ) {
        self.service = service
        self.certificate = certificate
        self.counter = ConnectionCounter(limit: connections.total, perSource: connections.perSource)
        self.limits = limits
        self.pace = pace
        self.pages = pages
        self.logger = logger
    }

    /// Serves until the task is cancelled, then lets running requests finish and returns.
    /// - parameters:
    ///   - host: a name or an address, without brackets; `port` 0 takes any.
    ///   - onReady: called once, with the port, when it accepts.
    /// - throws: `AdminError` when it can't listen there.
    public func run(
        host: String, port: Int, onReady: @escaping @Sendable (_ port: Int) async -> Void
    ) async throws {
        let router = AdminRouter(
            service: self.service, entrance: .tokens, certificate: self.certificate.certificate, pages: self.pages,
            pace: self.pace)
        let requests = RequestsInFlight()
        try await AdminServer.serve(
            router.build(requests: requests), requests, on: .hostname(host, port: port),
            through: .secure(self.certificate, counter: self.counter, limits: self.limits), logger: self.logger,
            what: "the API on \(host):\(port)",
            opened: { channel in await onReady(channel.localAddress?.port ?? port) })
    }
}
