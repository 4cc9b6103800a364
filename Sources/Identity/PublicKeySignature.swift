import Crypto
import CryptoExtras
import FoundationEssentials
import Vault

/// Verifies SSH signatures (RFC 4253 section 6.6, RFC 5656, RFC 8332, RFC 8709, OpenSSH PROTOCOL.u2f).
public enum PublicKeySignature {
    /// What a security key says of the one signature that it made.
    public struct SecurityKeyStatement: Hashable, Sendable {
        /// Somebody touched it.
        public let userWasPresent: Bool
        /// It verified the user, by PIN or biometry.
        public let userWasVerified: Bool
        /// Signatures made so far; 0 on keys that don't count.
        public let counter: UInt32
    }

    public enum Verdict: Hashable, Sendable {
        case invalid
        /// `statement` is nil for keys that are no security keys.
        case valid(statement: SecurityKeyStatement?)
    }

    /// The algorithms that signatures by keys of a type may be of; two for RSA, and none with SHA-1.
    public static func algorithms(ofKeyType type: String) -> [String] {
        type == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type]
    }

    /// - parameters:
    ///   - signature: the signature's blob.
    ///   - data: what was signed, in full.
    ///   - key: the signer's.
    ///   - algorithm: the only algorithm that the signature may be of; nil for any that suits the key.
    public static func verify(
        _ signature: [UInt8], of data: [UInt8], by key: OpenSSHPublicKey, algorithm: String? = nil
    ) -> Verdict {
        var reader = SSHReader(signature)
        guard let name = reader.name(), Self.algorithms(ofKeyType: key.type).contains(name),
            algorithm == nil || algorithm == name, let raw = reader.string()
        else { return .invalid }
        var blob = SSHReader(key.blob)
        // The type, which the key was checked by when it was read.
        _ = blob.name()
        if key.type.hasPrefix("sk-") { return Self.securityKey(&blob, key.type, raw, &reader, data) }
        guard reader.isAtEnd else { return .invalid }
        let isValid =
            switch key.type {
            case "ssh-ed25519": Self.ed25519(blob.string(), raw, data)
            case "ssh-rsa": Self.rsa(&blob, raw, data, name)
            default: Self.ecdsa(&blob, key.type, raw, data)
            }
        return isValid ? .valid(statement: nil) : .invalid
    }

    private static func ed25519(_ key: [UInt8]?, _ signature: [UInt8], _ data: [UInt8]) -> Bool {
        guard let key, signature.count == 64, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: key)
        else { return false }
        return key.isValidSignature(signature, for: data)
    }

    private static func ecdsa(_ blob: inout SSHReader, _ type: String, _ signature: [UInt8], _ data: [UInt8]) -> Bool {
        guard blob.name() != nil, let point = blob.string() else { return false }
        switch type {
        case "ecdsa-sha2-nistp256": return Self.p256(point, signature, data)
        case "ecdsa-sha2-nistp384":
            guard let key = try? P384.Signing.PublicKey(x963Representation: point),
                let pair = Self.pair(signature, bytes: 48),
                let signature = try? P384.Signing.ECDSASignature(rawRepresentation: pair)
            else { return false }
            return key.isValidSignature(signature, for: data)
        case "ecdsa-sha2-nistp521":
            guard let key = try? P521.Signing.PublicKey(x963Representation: point),
                let pair = Self.pair(signature, bytes: 66),
                let signature = try? P521.Signing.ECDSASignature(rawRepresentation: pair)
            else { return false }
            return key.isValidSignature(signature, for: data)
        default: return false
        }
    }

    private static func p256(_ point: [UInt8], _ signature: [UInt8], _ data: [UInt8]) -> Bool {
        guard let key = try? P256.Signing.PublicKey(x963Representation: point),
            let pair = Self.pair(signature, bytes: 32),
            let signature = try? P256.Signing.ECDSASignature(rawRepresentation: pair)
        else { return false }
        return key.isValidSignature(signature, for: data)
    }

    /// r and s, each of fixed length, from two mpints.
    private static func pair(_ signature: [UInt8], bytes: Int) -> [UInt8]? {
        var reader = SSHReader(signature)
        guard let r = reader.unsignedMPInt(), let s = reader.unsignedMPInt(), reader.isAtEnd, r.count <= bytes,
            s.count <= bytes
        else { return nil }
        return [r, s].flatMap { [UInt8](repeating: 0, count: bytes - $0.count) + $0 }
    }

    private static func rsa(_ blob: inout SSHReader, _ signature: [UInt8], _ data: [UInt8], _ name: String) -> Bool {
        guard let exponent = blob.unsignedMPInt(), let modulus = blob.unsignedMPInt(),
            signature.count <= modulus.count, let key = try? _RSA.Signing.PublicKey(n: modulus, e: exponent)
        else { return false }
        // Some clients leave leading zeros out.
        let padded = [UInt8](repeating: 0, count: modulus.count - signature.count) + signature
        let signature = _RSA.Signing.RSASignature(rawRepresentation: padded)
        return name == "rsa-sha2-512"
            ? key.isValidSignature(signature, for: SHA512.hash(data: data), padding: .insecurePKCS1v1_5)
            : key.isValidSignature(signature, for: SHA256.hash(data: data), padding: .insecurePKCS1v1_5)
    }

    /// PROTOCOL.u2f, "SSH U2F Signatures": the token signs hashes of application and data, its flags and its counter.
    private static func securityKey(
        _ blob: inout SSHReader, _ type: String, _ signature: [UInt8], _ rest: inout SSHReader, _ data: [UInt8]
    ) -> Verdict {
        guard let flags = rest.byte(), let counter = rest.uint32(), rest.isAtEnd else { return .invalid }
        let isEd25519 = type == "sk-ssh-ed25519@openssh.com"
        if !isEd25519, blob.name() == nil { return .invalid }
        guard let point = blob.string(), let application = blob.string() else { return .invalid }
        var signed = SSHWriter()
        for byte in SHA256.hash(data: application) { signed.byte(byte) }
        signed.byte(flags)
        signed.uint32(counter)
        for byte in SHA256.hash(data: data) { signed.byte(byte) }
        let isValid =
            isEd25519
            ? Self.ed25519(point, signature, signed.bytes) : Self.p256(point, signature, signed.bytes)
        guard isValid else { return .invalid }
        return .valid(
            statement: SecurityKeyStatement(
                userWasPresent: flags & 0x01 != 0, userWasVerified: flags & 0x04 != 0, counter: counter))
    }
}

/// What a client signs to sign in with a key (RFC 4252 section 7).
public struct AuthenticationStatement: Sendable {
    public let bytes: [UInt8]

    /// - parameters:
    ///   - sessionID: of the connection.
    ///   - login: as the client gave it.
    ///   - algorithm: the public key algorithm, as the client gave it.
    ///   - blob: the key's or the certificate's.
    public init(sessionID: [UInt8], login: [UInt8], algorithm: [UInt8], blob: [UInt8]) {
        var writer = SSHWriter()
        writer.string(sessionID)
        writer.byte(50)
        writer.string(login)
        writer.string("ssh-connection")
        writer.string("publickey")
        writer.byte(1)
        writer.string(algorithm)
        writer.string(blob)
        self.bytes = writer.bytes
    }
}
