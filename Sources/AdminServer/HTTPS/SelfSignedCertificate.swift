import AdminAPI
import Crypto
import Foundation
import Glibc
import X509

/// A certificate for a gateway that has none of an authority: clients know it by its fingerprint, or as their only
/// authority.
public enum SelfSignedCertificate {
    /// In years: whoever trusts it does so by its fingerprint, so that its end would only surprise.
    private static let years = 10

    /// Makes certificate and key where neither is.
    /// - throws: `AdminError` when only one of the two is there, or they can't be written.
    public static func makeUnlessThere(certificate: String, key: String) throws {
        let there = [certificate, key].map { (path: String) in access(path, F_OK) == 0 }
        guard there != [true, true] else { return }
        guard there == [false, false] else {
            throw AdminError(
                .conflict, "of \(certificate) and \(key), only one is there",
                hint: "put the other back, or remove both for new ones")
        }
        let (certificateText, keyText) = try Self.make()
        try Self.write(keyText, to: key, mode: 0o600)
        try Self.write(certificateText, to: certificate, mode: 0o600)
    }

    private static func make() throws -> (certificate: String, key: String) {
        do {
            let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
            let host = Self.hostName
            let name = try DistinguishedName { CommonName("Sallyport gateway \(host)") }
            let now = Date()
            let certificate = try Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
                notValidBefore: now.addingTimeInterval(-3600),
                notValidAfter: now.addingTimeInterval(Double(Self.years) * 365.25 * 86_400), issuer: name,
                subject: name, signatureAlgorithm: .ecdsaWithSHA256,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                    Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
                    try ExtendedKeyUsage([.serverAuth])
                    SubjectAlternativeNames([
                        .dnsName(host), .dnsName("localhost"),
                        .ipAddress(.init(contentBytes: [127, 0, 0, 1])),
                        .ipAddress(.init(contentBytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
                    ])
                }, issuerPrivateKey: key)
            return (
                try certificate.serializeAsPEM().pemString + "\n", try key.serializeAsPEM().pemString + "\n"
            )
        } catch {
            throw AdminError(.failed, "cannot make a certificate: \(error)")
        }
    }

    private static var hostName: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "localhost" }
        return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func write(_ text: String, to path: String, mode: mode_t) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else {
            throw AdminError(.failed, "cannot make \(path): \(String(cString: strerror(errno)).lowercased())")
        }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            unlink(path)
            throw AdminError(.failed, "cannot write \(path): \(String(cString: strerror(errno)).lowercased())")
        }
    }
}
