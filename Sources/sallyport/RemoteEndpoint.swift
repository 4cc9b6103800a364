import AdminAPI
import Crypto
import FoundationEssentials
import NIOCore
import NIOSSL

/// Where a gateway's API is over HTTPS, what to show it, and how it is known.
struct RemoteEndpoint: Sendable {
    var host: String
    var port: Int
    var token: String
    /// File of authorities in PEM form; nil for the system's.
    var authorities: String?
    /// Of the only certificate that is trusted; it makes names and authorities irrelevant.
    var fingerprint: CertificateFingerprint?

    var name: String { self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)" }

    /// Throws `CommandFailure` when the authorities can't be read.
    func context() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let authorities = self.authorities {
            do {
                configuration.trustRoots = .certificates(
                    try NIOSSLCertificate.fromPEMBytes(Inputs.file(authorities, limit: 4 * 1024 * 1024)))
            } catch let failure as CommandFailure {
                throw failure
            } catch {
                throw CommandFailure("\(authorities) holds no certificate in PEM form", status: .usage)
            }
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw CommandFailure("cannot set up TLS: \(error)")
        }
    }

    func handler(_ context: NIOSSLContext) throws -> NIOSSLClientHandler {
        // An address has no name to be asked for; it is compared with the addresses in the certificate.
        let isAddress = (try? SocketAddress(ipAddress: self.host, port: self.port)) != nil
        let name = isAddress ? nil : self.host
        guard let fingerprint = self.fingerprint else {
            return try NIOSSLClientHandler(context: context, serverHostname: name)
        }
        return try NIOSSLClientHandler(
            context: context, serverHostname: name,
            customVerificationCallback: { certificates, verdict in
                let own = try? certificates.first?.toDERBytes()
                verdict.succeed(own.map(fingerprint.isOf) == true ? .certificateVerified : .failed)
            })
    }
}

/// SHA-256 of a certificate: `SHA256:` and base64, or as openssl prints it, in hexadecimal with colons.
struct CertificateFingerprint: Sendable {
    private let digest: [UInt8]

    /// Throws `CommandFailure`.
    init(_ text: String) throws {
        guard let digest = Self.base64(text) ?? Self.hexadecimal(text), digest.count == 32 else {
            throw CommandFailure(
                "'\(text)' is no fingerprint of a certificate",
                hint: "sallyport init and sallyportd's log show it, as SHA256:…", status: .usage)
        }
        self.digest = digest
    }

    func isOf(_ certificate: [UInt8]) -> Bool { Array(SHA256.hash(data: Data(certificate))) == self.digest }

    private static func base64(_ text: String) -> [UInt8]? {
        guard text.hasPrefix("SHA256:") else { return nil }
        let encoded = text.dropFirst("SHA256:".count).filter { $0 != "=" }
        return Data(base64Encoded: encoded + "=").map { [UInt8]($0) }
    }

    private static func hexadecimal(_ text: String) -> [UInt8]? {
        let bytes = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt8($0, radix: 16) }
        return bytes.contains(nil) ? nil : bytes.compactMap(\.self)
    }
}
