import Crypto
import Foundation
import WorkerProtocol

/// A user's key, which signs logins as a client does.
struct LoginKey: Sendable {
    private let key = Curve25519.Signing.PrivateKey()

    private static func strings(_ parts: [UInt8]...) -> [UInt8] {
        parts.flatMap { part in withUnsafeBytes(of: UInt32(part.count).bigEndian) { Array($0) } + part }
    }

    private static let type = Array("ssh-ed25519".utf8)
    /// RFC 8709 section 4.
    private var blob: [UInt8] { Self.strings(Self.type, Array(self.key.publicKey.rawRepresentation)) }

    var line: String { "ssh-ed25519 \(Data(self.blob).base64EncodedString())" }

    var claim: PublicKeyClaim { PublicKeyClaim(algorithm: Self.type, blob: self.blob) }

    /// The signature of RFC 4252 section 7.
    func signature(login: String, sessionID: [UInt8]) throws -> [UInt8] {
        let request =
            [50] + Self.strings(Array(login.utf8), Array("ssh-connection".utf8), Array("publickey".utf8)) + [1]
            + Self.strings(Self.type, self.blob)
        let signature = Array(try self.key.signature(for: Self.strings(sessionID) + request))
        return Self.strings(Self.type, signature)
    }

    func proof(login: String, sessionID: [UInt8]) throws -> WorkerMessage {
        .authenticate(
            AuthenticationAttempt(
                login: Array(login.utf8),
                method: .publicKeyProof(
                    self.claim, signature: try self.signature(login: login, sessionID: sessionID))))
    }
}
