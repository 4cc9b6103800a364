/// A public key of a user, of a target or of the gateway.
public struct PublicKeyInfo: Codable, Hashable, Sendable {
    /// SSH name of the key type, such as `ssh-ed25519`.
    public var type: String
    /// `SHA256:…` as OpenSSH prints it.
    public var fingerprint: String
    /// The key as an OpenSSH line, `type base64 [comment]`.
    public var line: String

    public init(type: String, fingerprint: String, line: String) {
        self.type = type
        self.fingerprint = fingerprint
        self.line = line
    }
}
