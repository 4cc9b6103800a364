import Crypto

/// A public key in OpenSSH's form: type and blob (RFC 4253 section 6.6), with its comment.
public struct OpenSSHPublicKey: Hashable, Sendable {
    /// SSH name of the type, such as `ssh-ed25519`.
    public let type: String
    public let blob: [UInt8]
    /// Printable; empty for none.
    public let comment: String

    /// Longest line that is read, in bytes.
    public static let maximumLineBytes = 16 * 1024

    private static let supportedTypes: Set<String> = [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
        "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
    ]

    init(type: String, blob: [UInt8], comment: String) {
        self.type = type
        self.blob = blob
        self.comment = comment
    }

    /// Shortest RSA key of a user or a target, in bits, where nothing else is said.
    public static let minimumRSABits = 2048

    /// Checks that `blob` is a well-formed key of a supported type and size.
    public init(
        blob: [UInt8], comment: String = "", minimumRSABits: Int = Self.minimumRSABits
    ) throws(VaultError) {
        var reader = SSHReader(blob)
        guard let type = reader.name() else {
            throw VaultError(.unreadablePublicKey, "not an SSH public key", hint: "give the .pub file of the key")
        }
        guard Self.supportedTypes.contains(type) else {
            throw VaultError(
                .unsupportedKey, "public keys of type \(type.prefix(64)) are not accepted",
                hint: "use an ed25519, ecdsa or rsa key")
        }
        guard try Self.isWellFormed(&reader, type: type, minimumRSABits), reader.isAtEnd else {
            throw VaultError(
                .unreadablePublicKey, "the \(type) public key is damaged", hint: "copy the .pub file again")
        }
        self.init(type: type, blob: blob, comment: comment)
    }

    /// Reads `type base64 [comment]`, or `host type base64` as `ssh-keyscan` prints it. Options are refused.
    public init(line: some StringProtocol, minimumRSABits: Int = Self.minimumRSABits) throws(VaultError) {
        guard line.utf8.count <= Self.maximumLineBytes else {
            throw VaultError(.unreadablePublicKey, "the public key line is longer than \(Self.maximumLineBytes) bytes")
        }
        let words = line.split(whereSeparator: \.isWhitespace)
        let typeAt = words.count >= 3 && !Self.looksLikeBlob(words[1]) && Self.looksLikeBlob(words[2]) ? 1 : 0
        guard words.count >= typeAt + 2, Self.looksLikeBlob(words[typeAt + 1]),
            let blob = Base64.decode(Array(words[typeAt + 1].utf8))
        else {
            let isPrivate = line.contains("PRIVATE KEY")
            throw VaultError(
                .unreadablePublicKey,
                isPrivate ? "this is a private key, a public key is needed" : "not an OpenSSH public key line",
                hint: "give the .pub file: type, base64, comment on one line")
        }
        let comment = words[(typeAt + 2)...].joined(separator: " ")
        try self.init(blob: blob, comment: Self.printable(comment), minimumRSABits: minimumRSABits)
        guard self.type == words[typeAt] else {
            throw VaultError(
                .unreadablePublicKey, "the line says \(words[typeAt].prefix(64)) but the key is \(self.type)",
                hint: "copy the .pub file again")
        }
    }

    /// The same key with another comment.
    public func commented(_ comment: String) -> OpenSSHPublicKey {
        OpenSSHPublicKey(type: self.type, blob: self.blob, comment: Self.printable(comment))
    }

    /// `type base64 [comment]`, without a line end.
    public var line: String {
        let base64 = Self.base64(ofBlob: self.blob)
        return self.comment.isEmpty ? "\(self.type) \(base64)" : "\(self.type) \(base64) \(self.comment)"
    }

    /// `SHA256:` and unpadded base64, as OpenSSH prints it.
    public var fingerprint: String { Self.fingerprint(ofBlob: self.blob) }

    /// A blob as it stands in lines of keys.
    public static func base64(ofBlob blob: [UInt8]) -> String { String(decoding: Base64.encode(blob), as: UTF8.self) }

    /// The fingerprint of any key blob, also of one that isn't accepted.
    public static func fingerprint(ofBlob blob: some Collection<UInt8>) -> String {
        let digest = Base64.encode(Array(SHA256.hash(data: Array(blob))))
        return "SHA256:" + String(decoding: digest.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
    }

    /// Each blob starts with the length of its type's name, three zero bytes at least.
    private static func looksLikeBlob(_ word: some StringProtocol) -> Bool { word.hasPrefix("AAAA") }

    private static func printable(_ text: String) -> String {
        String(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.map(Character.init).prefix(256))
    }

    private static func isWellFormed(
        _ reader: inout SSHReader, type: String, _ minimumRSABits: Int
    ) throws(VaultError) -> Bool {
        switch type {
        case "ssh-ed25519":
            return reader.string()?.count == 32
        case "sk-ssh-ed25519@openssh.com":
            return reader.string()?.count == 32 && reader.string() != nil
        case "sk-ecdsa-sha2-nistp256@openssh.com":
            return reader.name() == "nistp256" && Self.isPoint(reader.string(), type: "ecdsa-sha2-nistp256")
                && reader.string() != nil
        case "ssh-rsa":
            guard let exponent = reader.unsignedMPInt(), let modulus = reader.unsignedMPInt(), !exponent.isEmpty,
                let leading = modulus.first
            else { return false }
            let bits = modulus.count * 8 - leading.leadingZeroBitCount
            guard (minimumRSABits...16_384).contains(bits) else {
                throw VaultError(
                    .unsupportedKey, "an rsa key of \(bits) bits is not accepted",
                    hint: "use \(minimumRSABits) to 16384 bits")
            }
            return true
        default:
            return reader.name() == type.split(separator: "-").last.map(String.init)
                && Self.isPoint(reader.string(), type: type)
        }
    }

    private static func isPoint(_ point: [UInt8]?, type: String) -> Bool {
        guard let point else { return false }
        return switch type {
        case "ecdsa-sha2-nistp256": (try? P256.Signing.PublicKey(x963Representation: point)) != nil
        case "ecdsa-sha2-nistp384": (try? P384.Signing.PublicKey(x963Representation: point)) != nil
        case "ecdsa-sha2-nistp521": (try? P521.Signing.PublicKey(x963Representation: point)) != nil
        default: false
        }
    }
}
