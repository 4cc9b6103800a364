import Vault

/// A user certificate of OpenSSH (PROTOCOL.certkeys) that somebody signs in with: read, and not judged.
public struct LoginCertificate: Hashable, Sendable {
    /// The certified key.
    public let key: OpenSSHPublicKey
    public let serial: UInt64
    /// As it stands in the certificate; see ``keyID``.
    public let keyIDBytes: [UInt8]
    public let principals: [String]
    /// Seconds since 1970, UTC: from the first to before the second.
    public let validAfter: UInt64
    public let validBefore: UInt64
    /// Name to data, as it stands in the certificate.
    public let criticalOptions: [String: [UInt8]]
    public let extensions: Set<String>
    /// The authority's.
    public let signer: OpenSSHPublicKey
    /// What the authority has signed, and its signature.
    private let signedBytes: [UInt8]
    private let signature: [UInt8]

    /// Why a certificate can't be read.
    public enum Failure: Error, Hashable, Sendable {
        case malformed
        /// Of a host, or of another kind.
        case notOfUser
        /// Certificates can't sign certificates.
        case nestedSigner
    }

    /// Most principals, options or extensions that are read.
    public static let maximumEntries = 256
    private static let suffix = "-cert-v01@openssh.com"
    private static let userType: UInt32 = 1

    /// Whether a blob's or an algorithm's name is that of a certificate.
    public static func isCertificate(_ name: String) -> Bool { name.hasSuffix(Self.suffix) }

    /// The type of the key that a certificate of this type certifies: `ssh-ed25519` of `ssh-ed25519-cert-v01@openssh.com`,
    /// `sk-ssh-ed25519@openssh.com` of `sk-ssh-ed25519-cert-v01@openssh.com`.
    static func keyType(of name: String) -> String? {
        guard Self.isCertificate(name) else { return nil }
        let base = String(name.dropLast(Self.suffix.count))
        return base.hasPrefix("sk-") ? base + "@openssh.com" : base
    }

    /// The signature algorithm that a public key algorithm of a certificate names: `rsa-sha2-512` of
    /// `rsa-sha2-512-cert-v01@openssh.com`.
    public static func signatureAlgorithm(of name: String) -> String? { Self.keyType(of: name) }

    /// Reads a certificate. What it says is its maker's word: ``isSigned`` says whether that is ``signer``.
    public init(blob: [UInt8]) throws(Failure) {
        var reader = SSHReader(blob)
        guard let name = reader.name(), let type = Self.keyType(of: name), reader.string() != nil else {
            throw .malformed
        }
        // The fields of the key stand between nonce and serial, as many as the key's type has.
        var fields = SSHWriter()
        fields.string(type)
        for _ in 0..<(try Self.fieldCount(of: type)) {
            guard let field = reader.string() else { throw .malformed }
            fields.string(field)
        }
        guard let key = try? OpenSSHPublicKey(blob: fields.bytes), let serial = reader.uint64(),
            let kind = reader.uint32()
        else { throw .malformed }
        guard kind == Self.userType else { throw .notOfUser }
        guard let keyID = reader.string(), let principals = reader.string(), let after = reader.uint64(),
            let before = reader.uint64(), let critical = reader.string(), let extensions = reader.string(),
            reader.string() != nil, let signerBlob = reader.string()
        else { throw .malformed }
        self.signedBytes = Array(blob.dropLast(reader.remaining.count))
        guard let signature = reader.string(), reader.isAtEnd else { throw .malformed }
        var signerReader = SSHReader(signerBlob)
        if let signerName = signerReader.name(), Self.isCertificate(signerName) { throw .nestedSigner }
        guard let signer = try? OpenSSHPublicKey(blob: signerBlob) else { throw .malformed }
        self.key = key
        self.serial = serial
        self.keyIDBytes = keyID
        self.principals = try Self.strings(in: principals)
        (self.validAfter, self.validBefore) = (after, before)
        self.criticalOptions = try Self.pairs(in: critical)
        self.extensions = Set(try Self.pairs(in: extensions).keys)
        self.signer = signer
        self.signature = signature
    }

    /// For people: what the authority calls it.
    public var keyID: String { String(decoding: self.keyIDBytes, as: UTF8.self) }

    /// Whether the signer's signature over all of it is right. Worth the work only for a signer who is trusted.
    public var isSigned: Bool {
        PublicKeySignature.verify(self.signature, of: self.signedBytes, by: self.signer) != .invalid
    }

    /// The value of a critical option that holds one string; nil when it holds anything else.
    public func optionText(_ name: String) -> String? {
        guard let data = self.criticalOptions[name] else { return nil }
        var reader = SSHReader(data)
        guard let text = reader.string(), reader.isAtEnd else { return nil }
        return String(decoding: text, as: UTF8.self)
    }

    private static func fieldCount(of type: String) throws(Failure) -> Int {
        switch type {
        case "ssh-ed25519": 1
        case "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
            "sk-ssh-ed25519@openssh.com":
            2
        case "sk-ecdsa-sha2-nistp256@openssh.com": 3
        default: throw .malformed
        }
    }

    private static func strings(in bytes: [UInt8]) throws(Failure) -> [String] {
        var reader = SSHReader(bytes)
        var found: [String] = []
        while !reader.isAtEnd {
            guard found.count < Self.maximumEntries, let text = reader.string() else { throw .malformed }
            found.append(String(decoding: text, as: UTF8.self))
        }
        return found
    }

    /// Names, each once.
    private static func pairs(in bytes: [UInt8]) throws(Failure) -> [String: [UInt8]] {
        var reader = SSHReader(bytes)
        var found: [String: [UInt8]] = [:]
        while !reader.isAtEnd {
            guard found.count < Self.maximumEntries, let name = reader.string(), let data = reader.string(),
                found.updateValue(data, forKey: String(decoding: name, as: UTF8.self)) == nil
            else { throw .malformed }
        }
        return found
    }
}
