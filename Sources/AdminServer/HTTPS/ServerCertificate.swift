import AdminAPI
import Crypto
import Foundation
import Glibc
import Logging
import NIOSSL
import Synchronization
import X509

/// The certificate that the API shows, read again when its files change. A new one that is no good leaves the former.
public final class ServerCertificate: Sendable {
    private struct Loaded {
        var context: NIOSSLContext
        var mark: Mark
        var looked: ContinuousClock.Instant
    }

    /// What tells one state of the files from another.
    private struct Mark: Equatable {
        var parts: [Int64] = []
    }

    /// Path of the file.
    let certificate: String
    private let key: String
    private let log: Logger
    private let loaded: Mutex<Loaded>
    /// Between two looks at the files.
    private static let interval = Duration.seconds(1)
    private static let maximumBytes = 256 * 1024

    /// - parameters:
    ///   - certificate: path of the server's own certificate and those up to its authority, in PEM form.
    ///   - key: path of its private key, in PEM form.
    /// - throws: `AdminError` when they can't be read, or don't belong together.
    public init(certificate: String, key: String, log: Logger) throws {
        self.certificate = certificate
        self.key = key
        self.log = log
        let mark = Self.mark(certificate, key)
        self.loaded = Mutex(
            Loaded(context: try Self.load(certificate, key), mark: mark, looked: ContinuousClock.now))
    }

    /// For a new connection.
    var context: NIOSSLContext {
        self.loaded.withLock { loaded in
            let now = ContinuousClock.now
            guard now - loaded.looked >= Self.interval else { return loaded.context }
            loaded.looked = now
            let mark = Self.mark(self.certificate, self.key)
            guard mark != loaded.mark else { return loaded.context }
            loaded.mark = mark
            do {
                loaded.context = try Self.load(self.certificate, self.key)
                self.log.notice("the API shows the new certificate of \(self.certificate)")
            } catch {
                self.log.error("the API goes on with its former certificate: \(error)")
            }
            return loaded.context
        }
    }

    /// `SHA256:…` in base64, of the certificate at `path`, and its end.
    /// - throws: `AdminError`
    public static func facts(of path: String) throws -> (fingerprint: String, expires: Timestamp) {
        do {
            let text = try Self.text(path)
            guard let own = try NIOSSLCertificate.fromPEMBytes(Array(text.utf8)).first else {
                throw AdminError(.invalidInput, "\(path) holds no certificate")
            }
            let der = try own.toDERBytes()
            let end = try Certificate(derEncoded: der).notValidAfter.timeIntervalSince1970
            return (Self.fingerprint(der), Timestamp(nanosecondsSince1970: Int64(end) * 1_000_000_000))
        } catch let error as AdminError {
            throw error
        } catch {
            throw AdminError(.invalidInput, "\(path) holds no certificate in PEM form")
        }
    }

    private static func fingerprint(_ der: [UInt8]) -> String {
        let digest = Data(SHA256.hash(data: Data(der))).base64EncodedString()
        return "SHA256:" + digest.prefix { $0 != "=" }
    }

    private static func load(_ certificate: String, _ key: String) throws -> NIOSSLContext {
        let (chainText, keyText) = (try Self.text(certificate), try Self.text(key))
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMBytes(Array(chainText.utf8))
        } catch {
            throw AdminError(.invalidInput, "\(certificate) holds no certificate in PEM form")
        }
        let privateKey: NIOSSLPrivateKey
        do {
            privateKey = try NIOSSLPrivateKey(bytes: Array(keyText.utf8), format: .pem)
        } catch {
            throw AdminError(
                .invalidInput, "\(key) holds no private key in PEM form", hint: "one with a passphrase can't be used")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw AdminError(.invalidInput, "the key of \(key) is not that of the certificate of \(certificate)")
        }
    }

    private static func text(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path), data.count <= Self.maximumBytes else {
            throw AdminError(.failed, "cannot read \(path)", hint: "it must be there, and sallyportd may read it")
        }
        return String(decoding: data, as: UTF8.self)
    }

    private static func mark(_ paths: String...) -> Mark {
        var mark = Mark()
        for path in paths {
            var info = stat()
            guard stat(path, &info) == 0 else { continue }
            mark.parts += [
                Int64(info.st_ino), Int64(info.st_size), Int64(info.st_mtim.tv_sec), Int64(info.st_mtim.tv_nsec),
            ]
        }
        return mark
    }
}
