import GatewayConfiguration
import NIOSSL

extension TLSFiles {
    /// TLS 1.2 at least, with the receiver's certificate and name checked.
    /// - throws: ``ForwardingError`` for a file that can't be used.
    func configuration(for receiver: String) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let authorities = self.authorities {
            let certificates = try Self.read(authorities, receiver, "certificates") {
                try NIOSSLCertificate.fromPEMFile(authorities)
            }
            configuration.trustRoots = .certificates(certificates)
        }
        if let certificate = self.certificate, let key = self.key {
            configuration.certificateChain = try Self.read(certificate, receiver, "certificates") {
                try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
            }
            configuration.privateKey = try Self.read(key, receiver, "a private key") {
                .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
            }
        }
        return configuration
    }

    private static func read<Value>(
        _ file: String, _ receiver: String, _ what: String, _ body: () throws -> Value
    ) throws -> Value {
        do {
            return try body()
        } catch {
            throw ForwardingError("audit receiver \(receiver): \(file) can't be read as \(what) in PEM form")
        }
    }
}
