import Crypto
import CryptoExtras
import FoundationEssentials

/// The keys that a provider signs with (RFC 7517).
struct KeySet: Decodable, Sendable {
    struct Key: Decodable, Sendable {
        var kty: String
        var kid: String?
        var use: String?
        var alg: String?
        var crv: String?
        var n: String?
        var e: String?
        var x: String?
        var y: String?
    }

    private enum CodingKeys: String, CodingKey { case keys }

    private struct Lenient: Decodable {
        var key: Key?
        init(from decoder: any Decoder) throws { self.key = try? Key(from: decoder) }
    }

    let keys: [Key]

    /// Keys that can't be read are none.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.keys = try container.decode([Lenient].self, forKey: .keys).compactMap(\.key)
    }

    func hasKey(_ id: String?) -> Bool { id == nil || self.keys.contains { $0.kid == id } }

    /// Whether one of the keys has made the signature. Without an id each is tried that fits the algorithm.
    func verify(_ signature: [UInt8], of signed: [UInt8], algorithm: String, keyID: String?) -> Bool {
        self.keys.contains { key in
            guard keyID == nil || key.kid == keyID, key.use == nil || key.use == "sig",
                key.alg == nil || key.alg == algorithm
            else { return false }
            return key.verify(signature, of: signed, algorithm: algorithm)
        }
    }
}

extension KeySet.Key {
    /// RFC 7518 section 3, and RFC 8037. Signatures by shared secrets, and none at all, are not among them.
    fileprivate func verify(_ signature: [UInt8], of signed: [UInt8], algorithm: String) -> Bool {
        switch (algorithm, self.kty, self.crv) {
        case ("RS256", "RSA", nil): self.verifyRSA(signature, SHA256.hash(data: signed))
        case ("RS384", "RSA", nil): self.verifyRSA(signature, SHA384.hash(data: signed))
        case ("RS512", "RSA", nil): self.verifyRSA(signature, SHA512.hash(data: signed))
        case ("ES256", "EC", "P-256"):
            if let point = self.point(bytes: 32), let key = try? P256.Signing.PublicKey(rawRepresentation: point),
                let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature)
            {
                key.isValidSignature(signature, for: signed)
            } else {
                false
            }
        case ("ES384", "EC", "P-384"):
            if let point = self.point(bytes: 48), let key = try? P384.Signing.PublicKey(rawRepresentation: point),
                let signature = try? P384.Signing.ECDSASignature(rawRepresentation: signature)
            {
                key.isValidSignature(signature, for: signed)
            } else {
                false
            }
        case ("EdDSA", "OKP", "Ed25519"):
            if let bytes = self.x.flatMap({ Base64URL.decode($0) }),
                let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
            {
                key.isValidSignature(signature, for: signed)
            } else {
                false
            }
        default: false
        }
    }

    private func verifyRSA(_ signature: [UInt8], _ digest: some Digest) -> Bool {
        guard let modulus = self.n.flatMap({ Base64URL.decode($0) }),
            let exponent = self.e.flatMap({ Base64URL.decode($0) }),
            let key = try? _RSA.Signing.PublicKey(n: modulus, e: exponent)
        else { return false }
        return key.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: signature), for: digest, padding: .insecurePKCS1v1_5)
    }

    private func point(bytes: Int) -> [UInt8]? {
        guard let x = self.x.flatMap({ Base64URL.decode($0) }), let y = self.y.flatMap({ Base64URL.decode($0) }),
            x.count == bytes, y.count == bytes
        else { return nil }
        return x + y
    }
}
