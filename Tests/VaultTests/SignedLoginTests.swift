import Crypto
import CryptoExtras
import Testing

@testable import Vault

@Suite("Signed logins")
struct SignedLoginTests {
    private static let sessionID = (0..<32).map { UInt8($0) }

    private static func keys() throws -> [(PrivateKey, algorithms: [String])] {
        [
            (.ed25519(Curve25519.Signing.PrivateKey()), ["ssh-ed25519"]),
            (.p256(P256.Signing.PrivateKey()), ["ecdsa-sha2-nistp256"]),
            (.p384(P384.Signing.PrivateKey()), ["ecdsa-sha2-nistp384"]),
            (.p521(P521.Signing.PrivateKey()), ["ecdsa-sha2-nistp521"]),
            (.rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048)), ["rsa-sha2-256", "rsa-sha2-512"]),
        ]
    }

    /// RFC 4252 section 7, with any of its fields changed.
    private func request(
        _ key: PrivateKey, _ algorithm: String, sessionID: [UInt8] = sessionID, login: String = "alice@root@web1",
        service: String = "ssh-connection", method: String = "publickey", hasSignature: UInt8 = 1,
        blob: [UInt8]? = nil, hash: PrivateKey.RSAHash? = nil, tail: [UInt8] = []
    ) throws -> [UInt8] {
        var request = SSHWriter()
        request.byte(50)
        for field in [login, service, method] { request.string(field) }
        request.byte(hasSignature)
        request.string(algorithm)
        request.string(blob ?? key.publicBlob)
        var signed = SSHWriter()
        signed.string(sessionID)
        let rsaHash = hash ?? (algorithm == "rsa-sha2-512" ? .sha512 : .sha256)
        request.string(try key.signature(of: signed.bytes + request.bytes, rsaHash: rsaHash))
        return request.bytes + tail
    }

    @Test("a right signature by a key of any accepted type makes a login")
    func right() throws {
        for (key, algorithms) in try Self.keys() {
            for algorithm in algorithms {
                // Numbers of an ECDSA signature are shorter now and then, and longer by a zero half of the time.
                for _ in 0..<(algorithm.hasPrefix("ecdsa") ? 300 : 1) {
                    let login = SignedLogin(
                        request: try self.request(key, algorithm), sessionID: Self.sessionID)
                    #expect(login?.login == Array("alice@root@web1".utf8))
                    #expect(login?.key == key.publicBlob)
                }
            }
        }
    }

    @Test("with any field changed, or another connection, there is none")
    func wrong() throws {
        for (key, algorithms) in try Self.keys() {
            for algorithm in algorithms {
                func none(_ request: [UInt8], _ what: Comment) {
                    #expect(SignedLogin(request: request, sessionID: Self.sessionID) == nil, what)
                }
                none(try self.request(key, algorithm, sessionID: Self.sessionID.reversed()), "session")
                none(try self.request(key, algorithm, service: "ssh-userauth"), "service")
                none(try self.request(key, algorithm, method: "hostbased"), "method")
                none(try self.request(key, algorithm, hasSignature: 0), "no signature")
                none(try self.request(key, algorithm, tail: [0]), "tail")
                none(try self.request(key, "ssh-rsa", hash: .sha1), "SHA-1")
                none(try self.request(key, "ssh-ed25519-cert-v01@openssh.com"), "certificate")
                let other = PrivateKey.ed25519(Curve25519.Signing.PrivateKey())
                none(try self.request(key, algorithm, blob: other.publicBlob), "other key")
                let whole = try self.request(key, algorithm)
                for position in stride(from: 0, to: whole.count, by: whole.count > 300 ? 7 : 1) {
                    var changed = whole
                    changed[position] ^= 1
                    none(changed, "byte \(position)")
                }
                for length in stride(from: 0, to: whole.count, by: 5) { none(Array(whole.prefix(length)), "cut") }
            }
        }
    }
}
