/// What the gateway offers and accepts: nothing with SHA-1, CBC, or DSA.
enum Algorithms {
    /// Group exchange is left out: it would read a moduli file at run time.
    static let keyExchange =
        "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"
        + "ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group18-sha512,diffie-hellman-group16-sha512"
    static let ciphers =
        "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,"
        + "aes256-ctr,aes192-ctr,aes128-ctr"
    /// Towards targets: the cheapest strong cipher first, as the gateway's choice decides there.
    static let targetCiphers =
        "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,"
        + "aes256-ctr,aes192-ctr,aes128-ctr"
    static let macs = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512"
    static let hostKeys = "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256"
    static let userKeys =
        "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"
        + "rsa-sha2-512,rsa-sha2-256"
    static let compression = "none"

    /// OpenSSH's client keeps its extensions to itself before a server of another name, among them the message that
    /// ends a program whose output nobody reads. The number tells nothing.
    static let softwareVersion = "OpenSSH_9.2"

    /// The signature algorithms to ask a target for, so that it presents a key of a pinned type.
    static func hostKeyAlgorithms(forPinned types: [[UInt8]]) -> String {
        var names: [String] = []
        for type in types.map({ String(decoding: $0, as: UTF8.self) }) {
            let algorithms = type == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type]
            for name in algorithms where !names.contains(name) { names.append(name) }
        }
        return names.joined(separator: ",")
    }
}
