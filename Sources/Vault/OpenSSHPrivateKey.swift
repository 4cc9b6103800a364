import Crypto
import CryptoExtras
import Platform

/// OpenSSH's private key format (PROTOCOL.key), plain or encrypted under a passphrase.
enum OpenSSHPrivateKey {
    private static let magic = Array("openssh-key-v1\0".utf8)
    /// Most rounds of key derivation that a file may ask for; ssh-keygen makes 16 to 24, and `-a 1000` takes seconds.
    private static let maximumRounds: UInt32 = 2048

    /// Throws `protectedKey` for an encrypted key without a passphrase, `wrongPassphrase` for one with a wrong one.
    static func read(
        _ bytes: [UInt8], passphrase: SecretBytes? = nil
    ) throws(VaultError) -> (key: PrivateKey, comment: String) {
        guard bytes.starts(with: self.magic) else { throw PrivateKeyText.damaged }
        var outer = SSHReader(bytes.dropFirst(self.magic.count))
        guard let cipher = outer.name(), let derivation = outer.name(), let options = outer.string(),
            outer.uint32() == 1, let publicBlob = outer.string(), var secret = outer.string()
        else { throw PrivateKeyText.damaged }
        defer { Wipe.bytes(of: &secret) }
        let isPlain = cipher == "none" && derivation == "none"
        if !isPlain {
            guard let passphrase else { throw PrivateKeyText.protected }
            secret = try Self.decrypt(
                secret, tag: Array(outer.remaining), cipher: cipher, derivation: derivation, options, passphrase)
        } else if !outer.isAtEnd {
            throw PrivateKeyText.damaged
        }

        var reader = SSHReader(secret)
        guard let check = reader.uint32(), reader.uint32() == check else {
            throw isPlain ? PrivateKeyText.damaged : PassphraseProtection.wrong
        }
        guard let type = reader.name(), let key = try Self.key(of: type, &reader), let comment = reader.string(),
            Self.isPadding(reader.remaining), key.publicBlob == publicBlob
        else { throw PrivateKeyText.damaged }
        let text = String(decoding: comment.prefix(256), as: UTF8.self)
        return (key, String(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.map(Character.init)))
    }

    private static func decrypt(
        _ secret: [UInt8], tag: [UInt8], cipher: String, derivation: String, _ options: [UInt8],
        _ passphrase: SecretBytes
    ) throws(VaultError) -> [UInt8] {
        guard let method = OpenSSHKeyCipher(rawValue: cipher) else {
            throw PassphraseProtection.unsupported(String(cipher.prefix(32)))
        }
        guard derivation == "bcrypt" else { throw PassphraseProtection.unsupported("an unknown key derivation") }
        var reader = SSHReader(options)
        guard let salt = reader.string(), !salt.isEmpty, let rounds = reader.uint32(), reader.isAtEnd, rounds > 0,
            tag.count == method.tagBytes
        else { throw PrivateKeyText.damaged }
        guard rounds <= Self.maximumRounds else {
            throw VaultError(
                .unsupportedKey, "the private key asks for \(rounds) rounds of key derivation",
                hint: "use at most \(Self.maximumRounds): ssh-keygen -p -a 100 -f COPY")
        }
        guard passphrase.count > 0 else { throw PassphraseProtection.wrong }
        var material = passphrase.withUnsafeBytes {
            BcryptPBKDF.deriveKey(
                passphrase: $0, salt: salt, rounds: Int(rounds), byteCount: method.keyBytes + method.vectorBytes)
        }
        defer { Wipe.bytes(of: &material) }
        guard let plain = method.decrypt(secret, tag: tag, material: material) else { throw PassphraseProtection.wrong }
        return plain
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
            let bits = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
            guard bits >= 2048 else {
                throw VaultError(
                    .unsupportedKey, "an rsa key of \(bits) bits is not accepted", hint: "use 2048 bits or more")
            }
            return
                (try? _RSA.Signing.PrivateKey(
                    n: modulus, e: exponent, d: secretExponent, p: firstPrime, q: secondPrime)).map { .rsa($0) }
        case "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com":
            throw VaultError(
                .unsupportedKey,
                "this key lies in a security token, which has to be touched: its file is no private key",
                hint: "use an ed25519, ecdsa or rsa private key, or let targets trust an authority: --ca")
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
