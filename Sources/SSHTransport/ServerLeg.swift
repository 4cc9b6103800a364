internal import CLibSSH
import CPlatform

/// The gateway's host keys, held for libssh.
public final class HostKeyRing {
    let bind: ssh_bind

    /// - parameter keys: private keys as text: OpenSSH's format or PEM, not encrypted.
    /// - returns: nil when libssh can't read one of them.
    public init?(keys: [[UInt8]]) {
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
        for text in keys {
            var key: ssh_key?
            let read = withCString(text) { ssh_pki_import_privkey_base64($0, nil, nil, nil, &key) }
            guard read == SSH_OK, let key else { return nil }
            // The ring takes the key over on success.
            guard ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, UnsafeRawPointer(key)) == SSH_OK else {
                ssh_key_free(key)
                return nil
            }
        }
    }

    deinit { ssh_bind_free(self.bind) }
}

/// The connection to the admin's client, in which the gateway is the server. Queue mode: every request is handed over
/// by ``nextRequest()`` and answered whenever its answer is known.
public final class ServerLeg: Leg {
    private let keys: HostKeyRing
    private var isExchangingKeys = true

    /// - parameter descriptor: the connected socket; libssh closes it.
    /// - returns: nil when libssh refuses the descriptor.
    public init?(descriptor: CInt, keys: HostKeyRing) {
        self.keys = keys
        super.init()
        self.set(SSH_OPTIONS_COMPRESSION, Algorithms.compression)
        guard ssh_bind_accept_fd(keys.bind, self.session, descriptor) == SSH_OK else { return nil }
        sp_set_nonblocking(descriptor, 1)
        _ = ssh_handle_key_exchange(self.session)
        self.attach()
    }

    /// Moves the first key exchange on.
    public func exchangeKeys() -> Progress {
        guard self.isExchangingKeys else { return .done }
        switch ssh_handle_key_exchange(self.session) {
        case SSH_OK:
            self.isExchangingKeys = false
            return .done
        case SSH_AGAIN: return .wouldBlock
        default: return self.failure
        }
    }

    /// Channels to open and requests on channels, in order of arrival.
    private var requests: [ServerRequest] = []

    override func received(_ open: OpenRequest) { self.requests.append(.open(open)) }
    override func received(_ request: ChannelRequest, on end: ChannelEnd) { self.requests.append(.channel(request)) }
    override func received(_ request: GlobalRequest) { self.requests.append(.global(request)) }

    /// Sends what means nothing (RFC 4253 section 11.2), so that a client which asks for a sign of life has one.
    public func sendSignOfLife() { _ = ssh_send_ignore(self.session, "") }

    /// Keeps what libssh would judge itself: it answers neither a bad signature nor a type of key that it doesn't
    /// know, and hides what a security key says of its touch.
    override func received(authentication reader: inout PacketReader) -> Bool {
        guard let request = AuthenticationRequest(&reader, of: self) else { return false }
        self.requests.append(.authentication(request))
        return true
    }

    /// The next request that waits for an answer, or nil.
    public func nextRequest() -> ServerRequest? {
        while let message = ssh_message_get(self.session) {
            if let request = ServerRequest(QueuedMessage(message, of: self)) { return request }
        }
        return self.requests.isEmpty ? nil : self.requests.removeFirst()
    }

    /// Shows text before authentication. Only after the client has asked for the authentication service.
    public func sendBanner(_ text: [UInt8]) {
        guard !text.isEmpty, let string = withCString(text, { ssh_string_from_char($0) }) else { return }
        ssh_send_issue_banner(self.session, string)
        ssh_string_free(string)
    }
}
