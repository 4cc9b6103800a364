import Crypto
import CryptoExtras

extension OpenSSHPublicKey {
    /// Whether a signature blob (RFC 4253 section 6.6) over `message` is this key's, by `algorithm`: nothing with SHA-1.
    func verifies(_ signature: [UInt8], of message: [UInt8], algorithm: String) -> Bool {
        var blob = SSHReader(signature)
        var numbers = SSHReader(self.blob)
        guard blob.name() == algorithm, let raw = blob.string(), blob.isAtEnd, numbers.name() == self.type else {
            return false
        }
        switch (self.type, algorithm) {
        case ("ssh-ed25519", "ssh-ed25519"):
            return numbers.string().flatMap { try? Curve25519.Signing.PublicKey(rawRepresentation: $0) }?
                .isValidSignature(raw, for: message) ?? false
        case ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"):
            guard let point = Self.point(&numbers), let pair = Self.pair(raw, halfBytes: 32),
                let key = try? P256.Signing.PublicKey(x963Representation: point),
                let signature = try? P256.Signing.ECDSASignature(rawRepresentation: pair)
            else { return false }
            return key.isValidSignature(signature, for: message)
        case ("ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"):
            guard let point = Self.point(&numbers), let pair = Self.pair(raw, halfBytes: 48),
                let key = try? P384.Signing.PublicKey(x963Representation: point),
                let signature = try? P384.Signing.ECDSASignature(rawRepresentation: pair)
            else { return false }
            return key.isValidSignature(signature, for: message)
        case ("ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521"):
            guard let point = Self.point(&numbers), let pair = Self.pair(raw, halfBytes: 66),
                let key = try? P521.Signing.PublicKey(x963Representation: point),
                let signature = try? P521.Signing.ECDSASignature(rawRepresentation: pair)
            else { return false }
            return key.isValidSignature(signature, for: message)
        case ("ssh-rsa", "rsa-sha2-256"), ("ssh-rsa", "rsa-sha2-512"):
            guard let exponent = numbers.unsignedMPInt(), let modulus = numbers.unsignedMPInt(),
                raw.count <= modulus.count, let key = try? _RSA.Signing.PublicKey(n: modulus, e: exponent)
            else { return false }
            // Some clients leave out leading zeros (RFC 8332 section 3 keeps them).
            let signature = _RSA.Signing.RSASignature(rawRepresentation: raw.padded(to: modulus.count))
            return algorithm == "rsa-sha2-512"
                ? key.isValidSignature(signature, for: SHA512.hash(data: message), padding: .insecurePKCS1v1_5)
                : key.isValidSignature(signature, for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
        default: return false
        }
    }

    /// The point of an ECDSA key, behind the name of its curve (RFC 5656 section 3.1).
    private static func point(_ numbers: inout SSHReader) -> [UInt8]? {
        guard numbers.string() != nil else { return nil }
        return numbers.string()
    }

    /// The two numbers of an ECDSA signature (RFC 5656 section 3.1.2), as swift-crypto wants them.
    private static func pair(_ raw: [UInt8], halfBytes: Int) -> [UInt8]? {
        var reader = SSHReader(raw)
        guard let first = reader.unsignedMPInt(), let second = reader.unsignedMPInt(), reader.isAtEnd,
            first.count <= halfBytes, second.count <= halfBytes
        else { return nil }
        return first.padded(to: halfBytes) + second.padded(to: halfBytes)
    }
}
