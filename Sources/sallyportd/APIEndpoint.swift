import AdminAPI
import AdminServer
import Gateway
import GatewayConfiguration
import Glibc
import Logging
import WebConsole

/// The API over HTTPS, where the configuration asks for it.
struct APIEndpoint {
    private let server: HTTPSServer
    private let address: NetworkAddress
    private let log: Logger

    /// Nil when the configuration names no place to listen.
    /// - throws: `AdminError` for a certificate that can't be used.
    init?(_ configuration: GatewayConfiguration, service: any AdministrationService, log: Logger) throws {
        guard let address = configuration.api.listen else { return nil }
        let fingerprint = try Self.makeCertificate(configuration)
        log.info("the API shows a certificate of \(fingerprint)")
        self.server = HTTPSServer(
            service: service,
            certificate: try ServerCertificate(
                certificate: configuration.apiCertificatePath, key: configuration.apiKeyPath, log: log),
            connections: (configuration.api.connections, configuration.api.connectionsPerSource),
            pages: try Self.console(configuration, service: service, log: log), logger: log)
        self.address = address
        self.log = log
    }

    /// The web console; nil where it is not wanted, or not installed.
    private static func console(
        _ configuration: GatewayConfiguration, service: any AdministrationService, log: Logger
    ) throws -> WebConsole? {
        let packaged = GatewayConfiguration.packagedConsole
        guard let folder = configuration.api.console ?? (access(packaged, R_OK) == 0 ? packaged : nil) else {
            log.info("no web console: \(packaged) is not there, and api.console names no other folder")
            return nil
        }
        guard !folder.isEmpty else { return nil }
        do {
            return WebConsole(service: service, assets: try ConsoleAssets(directory: folder))
        } catch {
            throw AdminError(.failed, "the web console can't be served: \(error)", hint: "see api.console")
        }
    }

    /// Makes the self-signed certificate, where it is to be used and is not there.
    /// - returns: the fingerprint of what clients are shown.
    static func makeCertificate(_ configuration: GatewayConfiguration) throws -> String {
        if configuration.hasOwnCertificate {
            try SelfSignedCertificate.makeUnlessThere(
                certificate: configuration.apiCertificatePath, key: configuration.apiKeyPath)
        }
        return try ServerCertificate.facts(of: configuration.apiCertificatePath).fingerprint
    }

    /// Serves until the task is cancelled.
    func run(onReady: @escaping @Sendable () -> Void) async throws {
        let (host, log) = (self.address.host, self.log)
        try await self.server.run(host: host, port: Int(self.address.port)) { port in
            log.notice("the API listens on https://\(NetworkAddress(host: host, port: UInt16(clamping: port)))")
            onReady()
        }
    }
}
