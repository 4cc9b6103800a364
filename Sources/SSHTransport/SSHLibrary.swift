internal import CLibSSH
internal import CSSHPackets

/// How far a non-blocking step came.
public enum Progress: Hashable, Sendable {
    /// Call again when the connection has moved.
    case wouldBlock
    case done
    /// Refused by the peer, or the connection is gone. `reason` is libssh's words.
    case failed(reason: String)
}

public enum SSHLibrary {
    /// What to say when ``prepare()`` returns false.
    public static let mismatch = "this program was linked with another libssh than 0.10.6: build it again"

    /// Opens whatever libssh and libcrypto ever load, so that nothing needs the file system afterwards.
    /// Call once, before the process confines itself.
    /// - returns: false when this is not the libssh that this library knows: nothing may be used then.
    public static func prepare() -> Bool {
        ssh_init()
        // libcrypto fetches its implementations lazily; a throw-away session makes it fetch the common ones now.
        if let session = ssh_new() { ssh_free(session) }
        return sp_packets_check() == 1
    }
}

/// Bytes of a C string that libssh owns; empty for none.
func bytes(of pointer: UnsafePointer<CChar>?) -> [UInt8] {
    guard let pointer else { return [] }
    var length = 0
    while pointer[length] != 0 { length += 1 }
    return UnsafeRawBufferPointer(start: pointer, count: length).map { $0 }
}

/// Calls `body` with the bytes as a C string. Bytes after a NUL are lost: libssh's interface takes C strings.
func withCString<Result>(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    (bytes + [0]).withUnsafeBufferPointer { buffer in
        buffer.withMemoryRebound(to: CChar.self) { characters in
            guard let start = characters.baseAddress else {
                preconditionFailure("the buffer holds at least the closing NUL")
            }
            return body(start)
        }
    }
}

/// The base64 text of a public key's blob, or of a whole certificate.
func base64(of key: ssh_key?) -> [UInt8]? {
    var text: UnsafeMutablePointer<CChar>?
    guard let key, ssh_pki_export_pubkey_base64(key, &text) == SSH_OK, let text else { return nil }
    defer { ssh_string_free_char(text) }
    return bytes(of: text)
}
