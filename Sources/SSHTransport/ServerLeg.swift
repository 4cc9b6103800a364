internal import CLibSSH
import CPlatform
internal import CSSHPackets

/// The connection to the admin's client, in which the gateway is the server. Queue mode: every request is handed over
/// by ``nextRequest()`` and answered whenever its answer is known.
public final class ServerLeg: Leg {
    private let keys: HostKeyRing
    private let sign: ExchangeSigner
    private var signer: OpaquePointer?
    private var isExchangingKeys = true

    /// - parameters:
    ///   - descriptor: the connected socket; libssh closes it.
    ///   - sign: signs each key exchange, also later ones.
    /// - returns: nil when libssh refuses the descriptor.
    public init?(descriptor: CInt, keys: HostKeyRing, sign: @escaping ExchangeSigner) {
        self.keys = keys
        self.sign = sign
        super.init()
        // Not retained: `deinit` takes it away.
        self.signer = sp_host_signer_begin(self.session, onExchange, Unmanaged.passUnretained(self).toOpaque())
        guard self.signer != nil else { fatalError("out of memory") }
        self.set(SSH_OPTIONS_COMPRESSION, Algorithms.compression)
        guard ssh_bind_accept_fd(keys.bind, self.session, descriptor) == SSH_OK else { return nil }
        sp_set_nonblocking(descriptor, 1)
        _ = ssh_handle_key_exchange(self.session)
        self.attach()
    }

    deinit { sp_host_signer_end(self.signer) }

    fileprivate func sign(_ hash: UnsafeRawBufferPointer, by algorithm: String) -> [UInt8]? {
        self.sign(algorithm, Array(hash))
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

private func onExchange(
    userData: UnsafeMutableRawPointer?, algorithm: UnsafePointer<CChar>?, hash: UnsafePointer<UInt8>?, length: Int,
    signature: UnsafeMutablePointer<UInt8>?
) -> Int {
    guard let userData, let algorithm, let hash, let signature else {
        preconditionFailure("the signer's user data is the leg, and libssh passes what it wants signed")
    }
    let leg = Unmanaged<ServerLeg>.fromOpaque(userData).takeUnretainedValue()
    let name = String(decoding: bytes(of: algorithm), as: UTF8.self)
    guard let blob = leg.sign(UnsafeRawBufferPointer(start: hash, count: length), by: name),
        blob.count <= Int(SP_HOST_SIGNATURE)
    else { return 0 }
    signature.update(from: blob, count: blob.count)
    return blob.count
}
