extension GatewayConfiguration {
    /// The administration API over HTTPS.
    public struct API: Hashable, Sendable {
        /// Nil: over the control socket alone.
        public var listen: NetworkAddress?
        /// In PEM form, the server's own first; nil for a self-signed one in the state directory.
        public var certificate: String?
        /// In PEM form; nil for the one that belongs to the self-signed certificate.
        public var key: String?
        /// Folder of the web console's files; empty for no console. Nil for that of the package, where it is there.
        public var console: String?
        /// At once.
        public var connections = 256
        public var connectionsPerSource = 64
    }

    /// Where the package puts the web console's files.
    public static let packagedConsole = "/usr/share/sallyport/console"

    public var apiCertificatePath: String { self.api.certificate ?? self.ownCertificatePath }
    public var apiKeyPath: String { self.api.key ?? self.ownKeyPath }

    /// The certificate is the gateway's to make.
    public var hasOwnCertificate: Bool {
        self.apiCertificatePath == self.ownCertificatePath && self.apiKeyPath == self.ownKeyPath
    }

    private var ownCertificatePath: String { AbsolutePath.join(self.keysDirectory, "api_certificate.pem") }
    private var ownKeyPath: String { AbsolutePath.join(self.keysDirectory, "api_key.pem") }

    /// What the template shows for the API.
    static var apiDefaults: [String: String] {
        let api = API()
        return [
            "api.listen": "\"\"",
            "api.certificate": "\"keys/api_certificate.pem\"",
            "api.key": "\"keys/api_key.pem\"",
            "api.console": "\"\(self.packagedConsole)\"",
            "api.connections": String(api.connections),
            "api.connections_per_source": String(api.connectionsPerSource),
        ]
    }
}
