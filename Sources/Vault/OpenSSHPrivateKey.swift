import Crypto
import CryptoExtras

/// OpenSSH's private key format (PROTOCOL.key), without encryption.
enum OpenSSHPrivateKey {
    private static let magic = Array("openssh-key-v1\0".utf8)

    static func read(_ bytes: [UInt8]) throws(VaultError) -> (key: PrivateKey, comment: String) {
        guard bytes.starts(with: self.magic) else { throw PrivateKeyText.damaged }
        var outer = SSHReader(bytes.dropFirst(self.magic.count))
        guard let cipher = outer.name(), let derivation = outer.name(), outer.string() != nil,
            outer.uint32() == 1, let publicBlob = outer.string(), var secret = outer.string(), outer.isAtEnd
        else { throw PrivateKeyText.damaged }
        defer { Wipe.bytes(of: &secret) }
        guard cipher == "none", derivation == "none" else { throw PrivateKeyText.protected }

        var reader = SSHReader(secret)
        guard let check = reader.uint32(), reader.uint32() == check, let type = reader.name(),
            let key = try Self.key(of: type, &reader), let comment = reader.string(),
            Self.isPadding(reader.remaining), key.publicBlob == publicBlob
        else { throw PrivateKeyText.damaged }
        let text = String(decoding: comment.prefix(256), as: UTF8.self)
        return (key, String(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.map(Character.init)))
    }

    /// Nil when the fields don't make a key of this type.
    private static func key(of type: String, _ reader: inout SSHReader) throws(VaultError) -> PrivateKey? {
        switch type {
        case "ssh-ed25519":
            guard reader.string()?.count == 32, let pair = reader.string(), pair.count == 64 else { return nil }
            return (try? Curve25519.Signing.PrivateKey(rawRepresentation: pair.prefix(32))).map { .ed25519($0) }
        case "ecdsa-sha2-nistp256":
            guard let scalar = Self.scalar(&reader, curve: "nistp256", bytes: 32) else { return nil }
            return (try? P256.Signing.PrivateKey(rawRepresentation: scalar)).map { .p256($0) }
        case "ecdsa-sha2-nistp384":
            guard let scalar = Self.scalar(&reader, curve: "nistp384", bytes: 48) else { return nil }
            return (try? P384.Signing.PrivateKey(rawRepresentation: scalar)).map { .p384($0) }
        case "ecdsa-sha2-nistp521":
            guard let scalar = Self.scalar(&reader, curve: "nistp521", bytes: 66) else { return nil }
            return (try? P521.Signing.PrivateKey(rawRepresentation: scalar)).map { .p521($0) }
        case "ssh-rsa":
            guard let modulus = reader.unsignedMPInt(), let exponent = reader.unsignedMPInt(),
                let secretExponent = reader.unsignedMPInt(), reader.unsignedMPInt() != nil,
                let firstPrime = reader.unsignedMPInt(), let secondPrime = reader.unsignedMPInt(), !modulus.isEmpty
            else { return nil }
            guard modulus.count >= 256 else {
                throw VaultError(
                    .unsupportedKey, "an rsa key of \(modulus.count * 8) bits is not accepted",
                    hint: "use 2048 bits or more")
            }
            return
                (try? _RSA.Signing.PrivateKey(
                    n: modulus, e: exponent, d: secretExponent, p: firstPrime, q: secondPrime)).map { .rsa($0) }
        default:
            throw VaultError(
                .unsupportedKey, "private keys of type \(type.prefix(64)) can't be used",
                hint: "use an ed25519, ecdsa or rsa private key")
        }
    }

    private static func scalar(_ reader: inout SSHReader, curve: String, bytes: Int) -> [UInt8]? {
        guard reader.name() == curve, reader.string() != nil, let scalar = reader.unsignedMPInt(),
            scalar.count <= bytes
        else { return nil }
        return scalar.padded(to: bytes)
    }

    /// 1, 2, 3 and so on, less than a cipher block.
    private static func isPadding(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.count < 16 && bytes.enumerated().allSatisfy { $0.element == UInt8($0.offset + 1) }
    }
}
