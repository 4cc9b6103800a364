internal import CLibSSH
import CPlatform
internal import CSSHPackets
import Glibc

/// The connection to the target, in which the gateway is the client.
public final class ClientLeg: Leg {
    private var isConnecting = true
    private let descriptorNumber: CInt

    /// - parameters:
    ///   - descriptor: the connected socket; the caller closes it after this object is gone.
    ///   - hostKeyTypes: the types of the pinned keys, so that the target presents one of them.
    public init(
        descriptor: CInt, host: [UInt8], account: [UInt8], hostKeyTypes: [[UInt8]], algorithms: TargetAlgorithmLists
    ) {
        self.descriptorNumber = descriptor
        super.init()
        var no: CInt = 0
        ssh_options_set(self.session, SSH_OPTIONS_PROCESS_CONFIG, &no)
        // The first two keep libssh from looking for a home directory.
        self.set(SSH_OPTIONS_SSH_DIR, "/nonexistent")
        self.set(SSH_OPTIONS_KNOWNHOSTS, "/dev/null")
        self.set(SSH_OPTIONS_HOST, String(decoding: host, as: UTF8.self))
        self.set(SSH_OPTIONS_USER, String(decoding: account, as: UTF8.self))
        self.set(SSH_OPTIONS_COMPRESSION, Algorithms.compression)
        self.offer(algorithms, hostKeyTypes: hostKeyTypes)
        var number = descriptor
        ssh_options_set(self.session, SSH_OPTIONS_FD, &number)
        guard self.unusable == nil else { return }
        _ = self.connect()
        self.attach()
    }

    /// For this session alone. libssh keeps its own default in place of a list of which it knows nothing, so such a
    /// list ends the connection before it begins.
    private func offer(_ algorithms: TargetAlgorithmLists, hostKeyTypes: [[UInt8]]) {
        for (option, names, what) in [
            (SSH_OPTIONS_KEY_EXCHANGE, algorithms.keyExchange, "key exchange"),
            (SSH_OPTIONS_CIPHERS_C_S, algorithms.ciphers, "cipher"),
            (SSH_OPTIONS_CIPHERS_S_C, algorithms.ciphers, "cipher"),
            (SSH_OPTIONS_HMAC_C_S, algorithms.macs, "MAC"), (SSH_OPTIONS_HMAC_S_C, algorithms.macs, "MAC"),
            (SSH_OPTIONS_HOSTKEYS, algorithms.hostKeys(forPinned: hostKeyTypes), "host key"),
            (SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, algorithms.userKeys, "user key"),
        ] {
            let isKnown = !names.isEmpty && ssh_options_set(self.session, option, names.joined(separator: ",")) == 0
            if !isKnown, self.unusable == nil {
                self.unusable = "the target's algorithms leave no \(what) algorithm that can be used with its pins"
            }
        }
        var bits = CInt(algorithms.minimumRSABits)
        ssh_options_set(self.session, SSH_OPTIONS_RSA_MIN_SIZE, &bits)
    }

    /// Why no connection can be made.
    private var unusable: String?

    /// Moves the connection on, up to the end of the first key exchange.
    public func connect() -> Progress {
        guard self.isConnecting else { return .done }
        if let unusable = self.unusable { return .failed(reason: unusable) }
        let result = ssh_connect(self.session)
        // libssh makes the descriptor blocking again.
        sp_set_nonblocking(self.descriptorNumber, 1)
        switch result {
        case SSH_OK:
            self.isConnecting = false
            return .done
        case SSH_AGAIN: return .wouldBlock
        default: return self.failure
        }
    }

    /// The key that the target presented and proved, as `type base64`. After ``connect()`` is done.
    public var hostKey: [UInt8]? {
        var key: ssh_key?
        guard ssh_get_server_publickey(self.session, &key) == SSH_OK else { return nil }
        defer { ssh_key_free(key) }
        guard let blob = base64(of: key) else { return nil }
        return bytes(of: ssh_key_type_to_char(ssh_key_type(key))) + [UInt8(ascii: " ")] + blob
    }

    // MARK: Authentication

    /// From now on ``authenticateThroughAgent()`` asks this socket. libssh closes the descriptor.
    public func useAgent(descriptor: CInt) { ssh_set_agent_socket(self.session, descriptor) }

    public func authenticateThroughAgent() -> Progress {
        self.authenticationProgress(ssh_userauth_agent(self.session, nil))
    }

    /// Asks without a credential, which makes the target say what it accepts, see ``offersPassword``. `done` means
    /// that it wants none.
    public func authenticateWithNothing() -> Progress {
        self.authenticationProgress(ssh_userauth_none(self.session, nil))
    }

    public func authenticate(password: UnsafePointer<CChar>) -> Progress {
        self.authenticationProgress(ssh_userauth_password(self.session, nil, password))
    }

    /// What the target said that it accepts, after a method that it refused.
    public var offersPassword: Bool { self.offers(SSH_AUTH_METHOD_PASSWORD) }
    public var offersKeyboardInteractive: Bool { self.offers(SSH_AUTH_METHOD_INTERACTIVE) }

    private func offers(_ method: UInt32) -> Bool {
        UInt32(bitPattern: ssh_userauth_list(self.session, nil)) & method != 0
    }

    /// The target has accepted what it was given, and wants another method besides (RFC 4252 section 5.1).
    public private(set) var isPartlyAuthenticated = false

    /// One question of a keyboard-interactive login (RFC 4256 section 3.2).
    public struct Prompt: Hashable, Sendable {
        /// What the target says of this round of questions.
        public var name: [UInt8]
        public var instruction: [UInt8]
        public var text: [UInt8]
        /// The answer may be shown while it is typed.
        public var echo: Bool

        public init(name: [UInt8], instruction: [UInt8], text: [UInt8], echo: Bool) {
            self.name = name
            self.instruction = instruction
            self.text = text
            self.echo = echo
        }
    }

    /// The question of the target that waits for ``answer(_:)``.
    public private(set) var question: Prompt?
    private var questionIndex: UInt32 = 0

    /// Moves a keyboard-interactive login on. `wouldBlock` also while a ``question`` waits. Rounds without a question
    /// are answered, as they only tell something.
    public func authenticateInteractively() -> Progress {
        while self.question == nil {
            // Sends the answers of the last round, too.
            let result = ssh_userauth_kbdint(self.session, nil, nil)
            guard result == SSH_AUTH_INFO.rawValue else { return self.authenticationProgress(result) }
            self.rounds += 1
            guard self.rounds < Self.maximumRounds else { return .failed(reason: "the target asks without end") }
            self.ask(0)
        }
        return .wouldBlock
    }

    /// Answers the ``question``; the next one of the same round takes its place.
    public func answer(_ words: UnsafePointer<CChar>) {
        ssh_userauth_kbdint_setanswer(self.session, self.questionIndex, words)
        self.ask(self.questionIndex + 1)
    }

    private func ask(_ index: UInt32) {
        self.questionIndex = index
        guard index < UInt32(max(0, ssh_userauth_kbdint_getnprompts(self.session))) else {
            self.question = nil
            return
        }
        var echo: CChar = 1
        let text = bytes(of: ssh_userauth_kbdint_getprompt(self.session, index, &echo))
        self.question = Prompt(
            name: bytes(of: ssh_userauth_kbdint_getname(self.session)),
            instruction: bytes(of: ssh_userauth_kbdint_getinstruction(self.session)), text: text, echo: echo != 0)
    }

    /// Most rounds of questions in one login.
    private static let maximumRounds = 16
    private var rounds = 0

    private func authenticationProgress(_ result: CInt) -> Progress {
        self.wantsMore = false
        return switch result {
        case SSH_AUTH_SUCCESS.rawValue: .done
        case SSH_AUTH_AGAIN.rawValue: .wouldBlock
        case SSH_AUTH_PARTIAL.rawValue: self.wantingMore
        case SSH_AUTH_DENIED.rawValue: .failed(reason: "the target refused the credential")
        default: self.failure
        }
    }

    /// The last credential was right, and the target wants another one (RFC 4252 section 5.1).
    public private(set) var wantsMore = false

    private var wantingMore: Progress {
        self.wantsMore = true
        return .failed(reason: "the target wants more than this credential")
    }

    private var hasGivenBanner = false

    /// What the target showed before authentication (RFC 4252 section 5.4), the first time; empty for nothing.
    public func takeBanner() -> [UInt8] {
        guard !self.hasGivenBanner else { return [] }
        self.hasGivenBanner = true
        guard let text = ssh_get_issue_banner(self.session) else { return [] }
        defer { ssh_string_free_char(text) }
        return bytes(of: text)
    }

    // MARK: Channels

    /// Channels that the target wants to open, oldest first.
    private var opens: [OpenRequest] = []

    override func received(_ open: OpenRequest) { self.opens.append(open) }

    override func received(_ request: ChannelRequest, on end: ChannelEnd) {
        if let ending = request.ending { end.received(ending) } else { end.received(request) }
    }

    /// The next channel that the target wants to open by itself, or nil.
    public func nextOpen() -> OpenRequest? {
        while let message = ssh_message_get(self.session) { QueuedMessage(message, of: self).refuse() }
        return self.opens.isEmpty ? nil : self.opens.removeFirst()
    }

    /// Refuses channels that the target wants to open before anything was asked of it.
    public func refuseOpens() { while let open = self.nextOpen() { open.refuse() } }

    // MARK: Global requests

    /// The target's, oldest first.
    private var globalRequests: [GlobalRequest] = []
    private var isAwaitingGlobalAnswer = false
    private var globalAnswer: GlobalAnswer?

    /// Most global requests of the target's that wait. One too many is dropped, and so refused.
    private static let globalRequestLimit = 64

    override func received(_ request: GlobalRequest) {
        if self.globalRequests.count < Self.globalRequestLimit { self.globalRequests.append(request) }
    }

    override func received(globalAnswer: GlobalAnswer) -> Bool {
        guard self.isAwaitingGlobalAnswer, self.globalAnswer == nil else { return false }
        self.globalAnswer = globalAnswer
        return true
    }

    /// What the target asks that is about no channel, such as its announcement of host keys (hostkeys-00@openssh.com).
    public func takeGlobalRequests() -> [GlobalRequest] {
        defer { self.globalRequests.removeAll() }
        return self.globalRequests
    }

    /// Passes a global request of the client's on, word for word: call again, with the same request, until there is an
    /// answer. One at a time: answers carry no name. The target is asked for an answer even if the client wants none.
    public func pass(_ request: GlobalRequest) -> GlobalAnswer? {
        if !self.isAwaitingGlobalAnswer {
            guard !self.isOver else { return .refused }
            self.isAwaitingGlobalAnswer = true
            var packet = PacketWriter(.globalRequest)
            packet.string(request.name)
            packet.flag(true)
            packet.append(request.payload)
            self.send(packet)
        }
        guard let answer = self.globalAnswer ?? (self.isOver ? .refused : nil) else { return nil }
        self.isAwaitingGlobalAnswer = false
        self.globalAnswer = nil
        return answer
    }
}
