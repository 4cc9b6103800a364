import Crypto
import CryptoExtras
import Platform

/// Takes a passphrase off the PEM forms of private keys. OpenSSH's own format does it by itself.
enum PassphraseProtection {
    /// Most work that a file may ask for: ten times what is usual today.
    private static let maximumIterations = 10_000_000
    private static let maximumScryptBytes = 256 * 1024 * 1024

    static let wrong = VaultError(
        .wrongPassphrase, "the passphrase of the private key is wrong", hint: "check it with ssh-keygen -y -f FILE")

    static func unsupported(_ what: String) -> VaultError {
        VaultError(
            .unsupportedKey, "the private key is encrypted with \(what), which can't be read",
            hint: "encrypt a copy in another way: ssh-keygen -p -f COPY")
    }

    // MARK: Traditional PEM

    /// PEM with header lines (RFC 1421 section 4.6.1.3), as OpenSSL writes traditional keys.
    /// - parameter information: the value of `DEK-Info`, such as `AES-128-CBC,0011…`.
    static func traditional(
        _ body: [UInt8], information: String, passphrase: SecretBytes
    ) throws(VaultError) -> [UInt8] {
        let parts = information.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
        guard parts.count == 2, let vector = Self.bytes(ofHex: parts[1]) else { throw PrivateKeyText.damaged }
        let keyBytes: Int
        switch parts[0] {
        case "AES-128-CBC": keyBytes = 16
        case "AES-192-CBC": keyBytes = 24
        case "AES-256-CBC": keyBytes = 32
        default: throw Self.unsupported(String(parts[0].prefix(32)))
        }
        guard vector.count == 16 else { throw PrivateKeyText.damaged }
        // OpenSSL's EVP_BytesToKey: MD5 over what came before, passphrase, and eight bytes of the vector.
        var key: [UInt8] = []
        var last: [UInt8] = []
        defer { Wipe.bytes(of: &key) }
        while key.count < keyBytes {
            var hash = Insecure.MD5()
            hash.update(data: last)
            passphrase.withUnsafeBytes { hash.update(bufferPointer: $0) }
            hash.update(data: vector.prefix(8))
            last = Array(hash.finalize())
            key += last
        }
        return try Self.openCBC(body, key: SymmetricKey(data: key.prefix(keyBytes)), vector: vector)
    }

    private static func bytes(ofHex text: String) -> [UInt8]? {
        let digits = Array(text)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index].hexDigitValue, let low = digits[index + 1].hexDigitValue else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }

    // MARK: PKCS#8

    /// PBES2 (RFC 8018 section 6.2) around a PKCS#8 key (RFC 5958 section 3).
    static func pkcs8(_ der: [UInt8], passphrase: SecretBytes) throws(VaultError) -> [UInt8] {
        var outer = DERReader(der)
        guard let content = outer.value(tag: .sequence) else { throw PrivateKeyText.damaged }
        var fields = DERReader(content)
        guard let algorithm = fields.value(tag: .sequence), let encrypted = fields.value(tag: .octetString) else {
            throw PrivateKeyText.damaged
        }
        var scheme = DERReader(algorithm)
        guard scheme.value(tag: .objectIdentifier) == Identifier.pbes2 else {
            throw Self.unsupported("an old method of PKCS#5")
        }
        guard let parameters = scheme.value(tag: .sequence) else { throw PrivateKeyText.damaged }
        var parts = DERReader(parameters)
        guard let derivation = parts.value(tag: .sequence), let encryption = parts.value(tag: .sequence) else {
            throw PrivateKeyText.damaged
        }
        var cipher = DERReader(encryption)
        let keyBytes: Int
        switch cipher.value(tag: .objectIdentifier) {
        case Identifier.aes128CBC: keyBytes = 16
        case Identifier.aes192CBC: keyBytes = 24
        case Identifier.aes256CBC: keyBytes = 32
        default: throw Self.unsupported("another cipher than AES-CBC")
        }
        guard let vector = cipher.value(tag: .octetString), vector.count == 16 else { throw PrivateKeyText.damaged }
        let key = try Self.key(byteCount: keyBytes, derivation, passphrase)
        return try Self.openCBC(encrypted, key: key, vector: vector)
    }

    private static func key(
        byteCount: Int, _ derivation: [UInt8], _ passphrase: SecretBytes
    ) throws(VaultError) -> SymmetricKey {
        var reader = DERReader(derivation)
        let method = reader.value(tag: .objectIdentifier)
        guard let content = reader.value(tag: .sequence) else { throw PrivateKeyText.damaged }
        var fields = DERReader(content)
        guard let salt = fields.value(tag: .octetString), let first = fields.value(tag: .integer).flatMap(Self.number)
        else { throw PrivateKeyText.damaged }
        var secret = passphrase.withUnsafeBytes { Array($0) }
        defer { Wipe.bytes(of: &secret) }
        switch method {
        case Identifier.pbkdf2:
            // A length of the key may stand before the hash.
            _ = fields.value(tag: .integer)
            guard (1...Self.maximumIterations).contains(first) else { throw Self.unsupported("too many iterations") }
            var hash = KDF.Insecure.PBKDF2.HashFunction.insecureSHA1
            if let named = fields.value(tag: .sequence) {
                var reader = DERReader(named)
                switch reader.value(tag: .objectIdentifier) {
                case Identifier.hmacSHA1: break
                case Identifier.hmacSHA256: hash = .sha256
                case Identifier.hmacSHA384: hash = .sha384
                case Identifier.hmacSHA512: hash = .sha512
                default: throw Self.unsupported("an unknown hash")
                }
            }
            let key = try? KDF.Insecure.PBKDF2.deriveKey(
                from: secret, salt: salt, using: hash, outputByteCount: byteCount, unsafeUncheckedRounds: first)
            guard let key else { throw PrivateKeyText.damaged }
            return key
        case Identifier.scrypt:
            guard let blockSize = fields.value(tag: .integer).flatMap(Self.number),
                let parallelism = fields.value(tag: .integer).flatMap(Self.number)
            else { throw PrivateKeyText.damaged }
            guard (2...(1 << 24)).contains(first), (1...64).contains(blockSize), (1...16).contains(parallelism),
                128 * first * blockSize <= Self.maximumScryptBytes
            else { throw Self.unsupported("scrypt parameters that are too high") }
            let key = try? KDF.Scrypt.deriveKey(
                from: secret, salt: salt, outputByteCount: byteCount, rounds: first, blockSize: blockSize,
                parallelism: parallelism, maxMemory: 2 * Self.maximumScryptBytes)
            guard let key else { throw PrivateKeyText.damaged }
            return key
        default:
            throw Self.unsupported("an unknown key derivation")
        }
    }

    /// A positive integer below 2^31.
    private static func number(_ bytes: [UInt8]) -> Int? {
        let digits = bytes.drop { $0 == 0 }
        guard let first = bytes.first, first < 0x80, digits.count <= 4 else { return nil }
        let value = digits.reduce(0) { $0 << 8 | Int($1) }
        return value < 1 << 31 ? value : nil
    }

    /// A wrong key shows in the padding, nearly always; the rest shows when the result is read.
    private static func openCBC(_ bytes: [UInt8], key: SymmetricKey, vector: [UInt8]) throws(VaultError) -> [UInt8] {
        guard bytes.count % 16 == 0, !bytes.isEmpty, let start = try? AES._CBC.IV(ivBytes: vector) else {
            throw PrivateKeyText.damaged
        }
        guard var plain = try? AES._CBC.decrypt(bytes, using: key, iv: start) else { throw Self.wrong }
        defer { Wipe.bytes(of: &plain) }
        return Array(plain)
    }

    private enum Identifier {
        private static let pkcs5: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05]
        private static let digest: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02]
        private static let aes: [UInt8] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01]
        static let pbes2 = pkcs5 + [0x0D]
        static let pbkdf2 = pkcs5 + [0x0C]
        static let hmacSHA1 = digest + [0x07]
        static let hmacSHA256 = digest + [0x09]
        static let hmacSHA384 = digest + [0x0A]
        static let hmacSHA512 = digest + [0x0B]
        static let aes128CBC = aes + [0x02]
        static let aes192CBC = aes + [0x16]
        static let aes256CBC = aes + [0x2A]
        /// RFC 7914 section 7.
        static let scrypt: [UInt8] = [0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x04, 0x0B]
    }
}
