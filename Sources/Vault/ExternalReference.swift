import Platform

extension SecretBinding {
    /// Where another back end keeps the secret of an account on a target.
    public static func reference(target: String, account: String) -> SecretBinding {
        SecretBinding(parts: ["external-reference", target, account])
    }
}

extension Vault {
    /// Seals where a secret lies: no secret itself, but what leads to one.
    public func sealReference(_ text: String, for binding: SecretBinding) throws(VaultError) -> [UInt8] {
        try self.seal(SecretBytes(copying: text.utf8), for: binding)
    }

    /// Throws `sealed`.
    public func openReference(_ blob: [UInt8], for binding: SecretBinding) throws(VaultError) -> String {
        precondition(binding.parts.first == "external-reference", "a reference is no secret, others are")
        return try self.open(blob, for: binding).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}

extension AgentIdentity {
    /// Of a private key that another back end keeps. Throws with a hint for text that can't be used.
    public convenience init(privateKeyText text: SecretBytes) throws(VaultError) {
        let (key, comment) = try PrivateKeyText.read(text)
        self.init(key: key, comment: comment)
    }
}

extension UserCertificate {
    /// Reads an OpenSSH certificate line. Throws `unreadablePublicKey`.
    public init(line: String) throws(VaultError) {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count >= 2, words[0] == Self.type, let blob = Base64.decode(Array(words[1].utf8)) else {
            throw VaultError(.unreadablePublicKey, "this is no user certificate over an ed25519 key")
        }
        try self.init(blob: blob)
    }
}
