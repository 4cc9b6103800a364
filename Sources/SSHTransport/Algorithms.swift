/// What the gateway offers to clients: nothing with SHA-1, CBC, or DSA.
enum Algorithms {
    /// Group exchange is left out: it would read a moduli file at run time. So are the curves of NIST: who has no
    /// curve25519 has a group.
    static let keyExchange =
        "curve25519-sha256,curve25519-sha256@libssh.org,diffie-hellman-group18-sha512,diffie-hellman-group16-sha512"
    static let ciphers =
        "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,"
        + "aes256-ctr,aes192-ctr,aes128-ctr"
    /// The last two encrypt and authenticate apart. They stay for libssh2 before 1.11, and so for curl: it has neither
    /// the first two nor a cipher that needs none.
    static let macs = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512"
    static let hostKeys = "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256"
    static let userKeys =
        "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"
        + "rsa-sha2-512,rsa-sha2-256"
    static let compression = "none"

    /// OpenSSH's client keeps its extensions to itself before a server of another name, among them the message that
    /// ends a program whose output nobody reads. The number tells nothing.
    static let softwareVersion = "OpenSSH_9.2"
}

/// What the gateway offers to one target: each list in order of preference, which decides.
public struct TargetAlgorithmLists: Hashable, Sendable {
    public var keyExchange: [String]
    public var ciphers: [String]
    public var macs: [String]
    /// Signature algorithms of host keys.
    public var hostKeys: [String]
    /// Signature algorithms of the account's key.
    public var userKeys: [String]
    /// Shortest RSA host key, in bits.
    public var minimumRSABits: Int

    public init(
        keyExchange: [String], ciphers: [String], macs: [String], hostKeys: [String], userKeys: [String],
        minimumRSABits: Int
    ) {
        self.keyExchange = keyExchange
        self.ciphers = ciphers
        self.macs = macs
        self.hostKeys = hostKeys
        self.userKeys = userKeys
        self.minimumRSABits = minimumRSABits
    }

    /// The host key algorithms by which a target presents a key of one of these types; none when the lists lack them.
    func hostKeys(forPinned types: [[UInt8]]) -> [String] {
        let types = Set(types.map { String(decoding: $0, as: UTF8.self) })
        return self.hostKeys.filter { types.contains($0.hasPrefix("rsa-sha2-") ? "ssh-rsa" : $0) }
    }
}
