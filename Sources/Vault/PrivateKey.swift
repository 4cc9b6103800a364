import Crypto
import CryptoExtras
import FoundationEssentials
import Platform

/// A private key in use. Never leaves this module.
enum PrivateKey: Sendable {
    case ed25519(Curve25519.Signing.PrivateKey)
    case p256(P256.Signing.PrivateKey)
    case p384(P384.Signing.PrivateKey)
    case p521(P521.Signing.PrivateKey)
    case rsa(_RSA.Signing.PrivateKey)

    /// How an RSA key signs (RFC 8332); other keys have one way each.
    enum RSAHash: Sendable {
        case sha1
        case sha256
        case sha512
    }

    /// The public key's blob (RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709 section 4).
    var publicBlob: [UInt8] {
        var writer = SSHWriter()
        writer.string(self.type)
        switch self {
        case .ed25519(let key): writer.string(key.publicKey.rawRepresentation)
        case .p256(let key):
            writer.string("nistp256")
            writer.string(key.publicKey.x963Representation)
        case .p384(let key):
            writer.string("nistp384")
            writer.string(key.publicKey.x963Representation)
        case .p521(let key):
            writer.string("nistp521")
            writer.string(key.publicKey.x963Representation)
        case .rsa(let key):
            let (modulus, exponent) = Self.numbers(of: key.publicKey)
            writer.unsignedMPInt(exponent)
            writer.unsignedMPInt(modulus)
        }
        return writer.bytes
    }

    /// SSH name of the key type.
    var type: String {
        switch self {
        case .ed25519: "ssh-ed25519"
        case .p256: "ecdsa-sha2-nistp256"
        case .p384: "ecdsa-sha2-nistp384"
        case .p521: "ecdsa-sha2-nistp521"
        case .rsa: "ssh-rsa"
        }
    }

    /// An SSH signature blob: algorithm, then signature.
    func signature(of data: [UInt8], rsaHash: RSAHash) throws -> [UInt8] {
        var writer = SSHWriter()
        switch self {
        case .ed25519(let key):
            writer.string(self.type)
            writer.string(try key.signature(for: data))
        case .p256(let key):
            writer.string(self.type)
            writer.string(Self.pair(try key.signature(for: data).rawRepresentation))
        case .p384(let key):
            writer.string(self.type)
            writer.string(Self.pair(try key.signature(for: data).rawRepresentation))
        case .p521(let key):
            writer.string(self.type)
            writer.string(Self.pair(try key.signature(for: data).rawRepresentation))
        case .rsa(let key):
            switch rsaHash {
            case .sha1:
                // RFC 4253 section 6.6, for targets whose profile says so.
                writer.string("ssh-rsa")
                let digest = Insecure.SHA1.hash(data: data)
                writer.string(try key.signature(for: digest, padding: .insecurePKCS1v1_5).rawRepresentation)
            case .sha256:
                writer.string("rsa-sha2-256")
                writer.string(
                    try key.signature(for: SHA256.hash(data: data), padding: .insecurePKCS1v1_5).rawRepresentation)
            case .sha512:
                writer.string("rsa-sha2-512")
                writer.string(
                    try key.signature(for: SHA512.hash(data: data), padding: .insecurePKCS1v1_5).rawRepresentation)
            }
        }
        return writer.bytes
    }

    /// An ECDSA signature is two mpints (RFC 5656 section 3.1.2).
    private static func pair(_ raw: Data) -> [UInt8] {
        var writer = SSHWriter()
        writer.unsignedMPInt(raw.prefix(raw.count / 2))
        writer.unsignedMPInt(raw.suffix(raw.count / 2))
        return writer.bytes
    }

    private static func numbers(of key: _RSA.Signing.PublicKey) -> (modulus: [UInt8], exponent: [UInt8]) {
        var outer = DERReader(key.pkcs1DERRepresentation)
        guard let content = outer.value(tag: .sequence) else {
            preconditionFailure("swift-crypto writes a PKCS#1 public key as a sequence")
        }
        var inner = DERReader(content)
        guard let modulus = inner.value(tag: .integer), let exponent = inner.value(tag: .integer) else {
            preconditionFailure("swift-crypto writes a PKCS#1 public key as two integers")
        }
        return (modulus, exponent)
    }
}

extension PrivateKey {
    /// What is sealed: type, key in the form that swift-crypto reads back, comment.
    func sealable(comment: String) -> SecretBytes {
        var writer = SSHWriter()
        writer.string(self.type)
        switch self {
        case .ed25519(let key): writer.string(key.rawRepresentation)
        case .p256(let key): writer.string(key.rawRepresentation)
        case .p384(let key): writer.string(key.rawRepresentation)
        case .p521(let key): writer.string(key.rawRepresentation)
        case .rsa(let key): writer.string(key.derRepresentation)
        }
        writer.string(comment)
        var bytes = writer.bytes
        return SecretBytes(wiping: &bytes)
    }

    /// Reads back what `sealable` made. Nil for anything else.
    static func unsealed(_ secret: SecretBytes) -> (key: PrivateKey, comment: String)? {
        var reader = secret.withUnsafeBytes { SSHReader($0) }
        guard let type = reader.name(), var raw = reader.string(), let comment = reader.string(), reader.isAtEnd else {
            return nil
        }
        defer { Wipe.bytes(of: &raw) }
        let key: PrivateKey? =
            switch type {
            case "ssh-ed25519": (try? Curve25519.Signing.PrivateKey(rawRepresentation: raw)).map { .ed25519($0) }
            case "ecdsa-sha2-nistp256": (try? P256.Signing.PrivateKey(rawRepresentation: raw)).map { .p256($0) }
            case "ecdsa-sha2-nistp384": (try? P384.Signing.PrivateKey(rawRepresentation: raw)).map { .p384($0) }
            case "ecdsa-sha2-nistp521": (try? P521.Signing.PrivateKey(rawRepresentation: raw)).map { .p521($0) }
            case "ssh-rsa": (try? _RSA.Signing.PrivateKey(derRepresentation: raw)).map { .rsa($0) }
            default: nil
            }
        return key.map { ($0, String(decoding: comment, as: UTF8.self)) }
    }
}
