import Crypto
import CryptoExtras
import Platform

/// Reads the text of a private key: OpenSSH's own format, PKCS#8, PKCS#1 or SEC 1.
enum PrivateKeyText {
    /// Longest text that is read, in bytes.
    static let maximumBytes = 64 * 1024

    /// Throws `protectedKey` for an encrypted key without a passphrase, `wrongPassphrase` for one with a wrong one. A
    /// plain key needs none and pays no heed to it. Derives a key where there is a passphrase, which takes its time.
    static func read(
        _ text: SecretBytes, passphrase: SecretBytes? = nil
    ) throws(VaultError) -> (key: PrivateKey, comment: String) {
        guard text.count <= Self.maximumBytes else {
            throw VaultError(.unreadableKey, "the private key is longer than \(Self.maximumBytes) bytes")
        }
        let armor = try text.withUnsafeBytes { bytes throws(VaultError) in try Armor(bytes) }
        var body = armor.body
        defer { Wipe.bytes(of: &body) }
        var isEncrypted = false
        if let information = armor.encryption {
            guard let passphrase else { throw Self.protected }
            body = try PassphraseProtection.traditional(body, information: information, passphrase: passphrase)
            isEncrypted = true
        } else if armor.label == "ENCRYPTED PRIVATE KEY" {
            guard let passphrase else { throw Self.protected }
            body = try PassphraseProtection.pkcs8(body, passphrase: passphrase)
            isEncrypted = true
        }
        do throws(VaultError) {
            return try Self.key(labelled: armor.label, body, passphrase)
        } catch {
            // One wrong passphrase in 256 leaves padding that looks right.
            throw isEncrypted && error.code == .unreadableKey ? PassphraseProtection.wrong : error
        }
    }

    /// - parameter body: without encryption, unless it is OpenSSH's own format.
    private static func key(
        labelled label: String, _ body: [UInt8], _ passphrase: SecretBytes?
    ) throws(VaultError) -> (key: PrivateKey, comment: String) {
        switch label {
        case "OPENSSH PRIVATE KEY": return try OpenSSHPrivateKey.read(body, passphrase: passphrase)
        case "PRIVATE KEY", "ENCRYPTED PRIVATE KEY": return (try Self.pkcs8(body), "")
        case "RSA PRIVATE KEY": return (try Self.rsa(body), "")
        case "EC PRIVATE KEY": return (try Self.sec1(body, curve: nil), "")
        default:
            throw VaultError(
                .unsupportedKey, "a \(label.lowercased()) can't be used",
                hint: "use an ed25519, ecdsa or rsa private key")
        }
    }

    static let protected = VaultError(
        .protectedKey, "the private key is protected by a passphrase",
        hint: "give it with --passphrase-stdin, or run the command at a terminal, which asks")

    static let damaged = VaultError(
        .unreadableKey, "the private key is damaged", hint: "check it with ssh-keygen -y -f FILE")

    /// PKCS#8 (RFC 5958): version, algorithm, key.
    private static func pkcs8(_ der: [UInt8]) throws(VaultError) -> PrivateKey {
        var outer = DERReader(der)
        guard let content = outer.value(tag: .sequence) else { throw Self.damaged }
        var fields = DERReader(content)
        guard fields.value(tag: .integer) != nil, let algorithm = fields.value(tag: .sequence),
            let inner = fields.value(tag: .octetString)
        else { throw Self.damaged }
        var identifiers = DERReader(algorithm)
        switch identifiers.value(tag: .objectIdentifier) {
        case ObjectIdentifier.ed25519:
            // The key is an octet string within the octet string (RFC 8410 section 7).
            var seed = DERReader(inner)
            guard let raw = seed.value(tag: .octetString),
                let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: raw)
            else { throw Self.damaged }
            return .ed25519(key)
        case ObjectIdentifier.rsa:
            return try Self.rsa(inner)
        case ObjectIdentifier.ellipticCurve:
            return try Self.sec1(inner, curve: identifiers.value(tag: .objectIdentifier))
        default:
            throw VaultError(
                .unsupportedKey, "the private key's algorithm is not supported",
                hint: "use an ed25519, ecdsa or rsa private key")
        }
    }

    /// PKCS#1 (RFC 8017 appendix A.1.2).
    private static func rsa(_ der: [UInt8]) throws(VaultError) -> PrivateKey {
        guard let key = try? _RSA.Signing.PrivateKey(unsafeDERRepresentation: der) else { throw Self.damaged }
        guard key.keySizeInBits >= 2048 else {
            throw VaultError(
                .unsupportedKey, "an rsa key of \(key.keySizeInBits) bits is not accepted",
                hint: "use 2048 bits or more")
        }
        return .rsa(key)
    }

    /// SEC 1 (RFC 5915): version, key, optionally curve and public key. `curve` is the one that PKCS#8 named.
    private static func sec1(_ der: [UInt8], curve: [UInt8]?) throws(VaultError) -> PrivateKey {
        var outer = DERReader(der)
        guard let content = outer.value(tag: .sequence) else { throw Self.damaged }
        var fields = DERReader(content)
        guard fields.value(tag: .integer) != nil, let scalar = fields.value(tag: .octetString) else {
            throw Self.damaged
        }
        var named = curve
        if let parameters = fields.value(tag: .explicit0) {
            var reader = DERReader(parameters)
            named = reader.value(tag: .objectIdentifier)
        }
        return try Self.elliptic(scalar, curve: named)
    }

    private static func elliptic(_ scalar: [UInt8], curve: [UInt8]?) throws(VaultError) -> PrivateKey {
        let key: PrivateKey?
        switch curve {
        case ObjectIdentifier.p256:
            key = (try? P256.Signing.PrivateKey(rawRepresentation: scalar.padded(to: 32))).map { .p256($0) }
        case ObjectIdentifier.p384:
            key = (try? P384.Signing.PrivateKey(rawRepresentation: scalar.padded(to: 48))).map { .p384($0) }
        case ObjectIdentifier.p521:
            key = (try? P521.Signing.PrivateKey(rawRepresentation: scalar.padded(to: 66))).map { .p521($0) }
        default:
            throw VaultError(
                .unsupportedKey, "the private key's curve is not supported", hint: "use nistp256, nistp384 or nistp521")
        }
        guard let key else { throw Self.damaged }
        return key
    }

    private enum ObjectIdentifier {
        static let ed25519: [UInt8] = [0x2B, 0x65, 0x70]
        static let rsa: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]
        static let ellipticCurve: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
        static let p256: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
        static let p384: [UInt8] = [0x2B, 0x81, 0x04, 0x00, 0x22]
        static let p521: [UInt8] = [0x2B, 0x81, 0x04, 0x00, 0x23]
    }
}

extension [UInt8] {
    /// The number with leading zeros up to `count` bytes; as it is when longer.
    func padded(to count: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: Swift.max(0, count - self.count)) + self
    }
}

/// The lines around a private key (RFC 7468) and the bytes between them.
private struct Armor {
    let label: String
    let body: [UInt8]
    /// The value of the header line `DEK-Info` (RFC 1421): the body is encrypted in the traditional way.
    let encryption: String?

    init(_ text: UnsafeRawBufferPointer) throws(VaultError) {
        let lines = text.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        // Other blocks, such as openssl's curve parameters, may stand before the key.
        let begins = lines.indices.filter { lines[$0].starts(with: "-----BEGIN ".utf8) }
        let ofKey = begins.first { String(decoding: lines[$0], as: UTF8.self).contains("PRIVATE KEY") }
        guard let first = ofKey ?? begins.first else {
            if lines.contains(where: { $0.starts(with: "PuTTY-User-Key-File".utf8) }) {
                throw VaultError(
                    .unsupportedKey, "this is a private key of PuTTY",
                    hint: "convert it: puttygen FILE -O private-openssh -o NEW")
            }
            if lines.contains(where: { $0.starts(with: "ssh-".utf8) || $0.starts(with: "ecdsa-".utf8) }) {
                throw VaultError(
                    .unreadableKey, "this is a public key, the private key is needed",
                    hint: "give the file without .pub")
            }
            throw VaultError(
                .unreadableKey, "not a private key", hint: "give a file that begins with -----BEGIN ... KEY-----")
        }
        let head = lines[first].dropFirst(11)
        guard let labelEnd = head.firstIndex(of: UInt8(ascii: "-")) else { throw PrivateKeyText.damaged }
        let label = String(decoding: head[..<labelEnd], as: UTF8.self)
        let end = Array("-----END \(label)-----".utf8)
        guard label.utf8.count <= 64, label.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }),
            let last = lines[(first + 1)...].firstIndex(where: { $0.starts(with: end) })
        else { throw PrivateKeyText.damaged }
        let inner = lines[(first + 1)..<last]
        let isHeader = { (line: Slice<UnsafeRawBufferPointer>) in line.contains(UInt8(ascii: ":")) }
        let information = inner.first { $0.starts(with: "DEK-Info:".utf8) }
        self.encryption = information.map { String(decoding: $0.dropFirst(9), as: UTF8.self) }
        guard let body = Base64.decode(inner.drop(while: isHeader).joined(), skippingBlanks: true) else {
            throw PrivateKeyText.damaged
        }
        self.label = label
        self.body = body
    }
}
