internal import CLibSSH
internal import CSSHPackets

/// One authentication request of RFC 4252, or the answers to questions of RFC 4256.
public struct AuthenticationRequest {
    public enum Method: Hashable {
        case none
        /// The public key algorithm and the key's blob, or a whole certificate's; no signature was sent.
        case publicKeyOffer(algorithm: [UInt8], blob: [UInt8])
        /// The same with the signature's blob, which nobody has verified.
        case publicKeyProof(algorithm: [UInt8], blob: [UInt8], signature: [UInt8])
        case password([UInt8])
        case keyboardInteractive
        /// To what was asked with ``AuthenticationRequest/ask(instruction:prompts:)``. Has no login name.
        case answers([[UInt8]])
        case other
    }

    private let leg: Leg
    /// What libssh has read; nil for a packet that it has not seen.
    private let message: QueuedMessage?
    /// The login name, as the client sent it; empty for ``Method/answers(_:)``.
    public let login: [UInt8]
    public let method: Method

    /// Of the methods that libssh reads well enough.
    init(_ message: QueuedMessage) {
        self.leg = message.leg
        self.message = message
        let pointer = message.pointer
        self.login = bytes(of: ssh_message_auth_user(pointer))
        switch UInt32(bitPattern: ssh_message_subtype(pointer)) {
        case UInt32(SSH_AUTH_METHOD_NONE): self.method = .none
        case UInt32(SSH_AUTH_METHOD_PASSWORD): self.method = .password(bytes(of: ssh_message_auth_password(pointer)))
        case UInt32(SSH_AUTH_METHOD_INTERACTIVE):
            let session = message.leg.session
            self.method =
                ssh_message_auth_kbdint_is_response(pointer) == 0
                ? .keyboardInteractive
                : .answers(
                    (0..<max(0, ssh_userauth_kbdint_getnanswers(session))).map {
                        bytes(of: ssh_userauth_kbdint_getanswer(session, UInt32($0)))
                    })
        default: self.method = .other
        }
    }

    /// Of every other method: nil when libssh shall read it.
    init?(_ reader: inout PacketReader, of leg: Leg) {
        guard let login = reader.string(), let service = reader.string(), let name = reader.string() else { return nil }
        guard ![Array("none".utf8), Array("password".utf8), Array("keyboard-interactive".utf8)].contains(name) else {
            return nil
        }
        self.leg = leg
        self.message = nil
        self.login = login
        self.method =
            service == Array("ssh-connection".utf8) && name == Array("publickey".utf8)
            ? Self.publicKey(&reader) : .other
    }

    /// RFC 4252 section 7.
    private static func publicKey(_ reader: inout PacketReader) -> Method {
        guard let isSigned = reader.flag(), let algorithm = reader.string(), let blob = reader.string() else {
            return .other
        }
        guard isSigned else { return reader.isAtEnd ? .publicKeyOffer(algorithm: algorithm, blob: blob) : .other }
        guard let signature = reader.string(), reader.isAtEnd else { return .other }
        return .publicKeyProof(algorithm: algorithm, blob: blob, signature: signature)
    }

    /// Once, as every answer.
    private func answer(_ reply: () -> Void) {
        guard let message = self.message else { return reply() }
        message.answer { _ in reply() }
    }

    /// The user is authenticated.
    public func accept() { self.answer { _ = sp_auth_succeed(self.leg.session) } }

    /// The offered key would be accepted with a signature.
    public func askForProof() {
        guard case .publicKeyOffer(let algorithm, let blob) = self.method else { return }
        self.answer {
            var packet = PacketWriter(.publicKeyAcceptable)
            packet.string(algorithm)
            packet.string(blob)
            self.leg.send(packet)
        }
    }

    /// Refused.
    /// - parameters:
    ///   - methods: names of the methods that may be tried next.
    ///   - partially: the request was right, and more is needed.
    public func refuse(canContinue methods: [String], partially: Bool = false) {
        self.answer {
            var packet = PacketWriter(.authenticationFailure)
            packet.string(Array(methods.joined(separator: ",").utf8))
            packet.flag(partially)
            self.leg.send(packet)
        }
    }

    /// Asks the client (RFC 4256 section 3.2). Only for keyboard-interactive and answers to it. Bytes after a NUL
    /// are lost.
    public func ask(instruction: [UInt8], prompts: [(text: [UInt8], echo: Bool)]) {
        self.message?.answer { pointer in
            let texts = prompts.map { strdup(of: $0.text) }
            defer { for text in texts { text.deallocate() } }
            var pointers = texts.map { Optional(UnsafePointer($0)) }
            var echoes = prompts.map { CChar($0.echo ? 1 : 0) }
            withCString(instruction) {
                _ = ssh_message_auth_interactive_request(
                    pointer, "", $0, UInt32(prompts.count), &pointers, &echoes)
            }
        }
    }
}

/// The bytes as a C string of their own.
private func strdup(of bytes: [UInt8]) -> UnsafeMutablePointer<CChar> {
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
    for (index, byte) in bytes.enumerated() { copy[index] = CChar(bitPattern: byte) }
    copy[bytes.count] = 0
    return copy
}
