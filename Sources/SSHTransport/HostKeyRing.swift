internal import CLibSSH
internal import CSSHPackets

/// Signs the hash of a key exchange (H of RFC 4253 section 8) with the host key of which libssh knows the public half.
/// Called in the middle of libssh's work, which waits: it must not touch the connection.
///
/// - `algorithm` is the SSH name of the signature algorithm.
/// - Returns a signature blob (RFC 4253 section 6.6), or nil, which ends the connection.
public typealias ExchangeSigner = (_ algorithm: String, _ hash: [UInt8]) -> [UInt8]?

/// The gateway's host keys as libssh needs them: what it offers, and the public halves. There are no private ones here.
public final class HostKeyRing {
    let bind: ssh_bind

    /// - parameter publicKeys: blobs (RFC 4253 section 6.6), one of each type at most.
    /// - returns: nil when libssh can't read one of them.
    public init?(publicKeys: [[UInt8]]) {
        guard let bind = ssh_bind_new() else { fatalError("out of memory") }
        self.bind = bind
        var no: CInt = 0
        ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no)
        for (option, value) in [
            (SSH_BIND_OPTIONS_KEY_EXCHANGE, Algorithms.keyExchange),
            (SSH_BIND_OPTIONS_CIPHERS_C_S, Algorithms.ciphers),
            (SSH_BIND_OPTIONS_CIPHERS_S_C, Algorithms.ciphers),
            (SSH_BIND_OPTIONS_HMAC_C_S, Algorithms.macs),
            (SSH_BIND_OPTIONS_HMAC_S_C, Algorithms.macs),
            (SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, Algorithms.hostKeys),
            (SSH_BIND_OPTIONS_PUBKEY_ACCEPTED_KEY_TYPES, Algorithms.userKeys),
            (SSH_BIND_OPTIONS_BANNER, Algorithms.softwareVersion),
        ] {
            ssh_bind_options_set(bind, option, value)
        }
        for blob in publicKeys {
            guard let key = sp_host_key_import(blob, blob.count) else { return nil }
            // The ring takes the key over on success.
            guard ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, UnsafeRawPointer(key)) == SSH_OK else {
                ssh_key_free(key)
                return nil
            }
        }
    }

    deinit { ssh_bind_free(self.bind) }
}
