internal import CLibSSH

/// An `ssh_message` that is ours to answer. Freed with its last reference; refused if it was never answered.
final class QueuedMessage {
    let pointer: ssh_message
    let leg: Leg
    private var isAnswered = false

    init(_ pointer: ssh_message, of leg: Leg) {
        self.pointer = pointer
        self.leg = leg
    }

    deinit {
        if !self.isAnswered, !self.leg.hasFreedChannels { ssh_message_reply_default(self.pointer) }
        ssh_message_free(self.pointer)
    }

    /// Runs `reply` the first time only.
    func answer(_ reply: (ssh_message) -> Void) {
        guard !self.isAnswered else { return }
        self.isAnswered = true
        reply(self.pointer)
    }

    func refuse() { self.answer { ssh_message_reply_default($0) } }
}

/// What a client asks for, in order of arrival.
public enum ServerRequest {
    case service(ServiceRequest)
    case authentication(AuthenticationRequest)
    case open(OpenRequest)
    case channel(ChannelRequest)
    case global(GlobalRequest)

    /// - parameter signedRequest: the last login by public key with a signature, as it came.
    init?(_ message: QueuedMessage, signedRequest: [UInt8]) {
        let type = UInt32(bitPattern: ssh_message_type(message.pointer))
        switch type {
        case SSH_REQUEST_SERVICE.rawValue: self = .service(ServiceRequest(message))
        case SSH_REQUEST_AUTH.rawValue:
            self = .authentication(AuthenticationRequest(message, signedRequest: signedRequest))
        default:
            message.refuse()
            return nil
        }
    }
}

public struct ServiceRequest {
    private let message: QueuedMessage
    init(_ message: QueuedMessage) { self.message = message }
    public func accept() { self.message.answer { ssh_message_service_reply_success($0) } }
}

/// One authentication request of RFC 4252.
public struct AuthenticationRequest {
    public enum Method: Hashable {
        case none
        /// Base64 text of the key blob; no signature was sent.
        case publicKeyOffer([UInt8])
        /// The whole request as it came (RFC 4252 section 7), from its type to its signature, which libssh has verified.
        case publicKeyProof(request: [UInt8])
        case password([UInt8])
        case other
    }

    private let message: QueuedMessage
    /// The login name, as the client sent it.
    public let login: [UInt8]
    public let method: Method

    init(_ message: QueuedMessage, signedRequest: [UInt8]) {
        self.message = message
        let pointer = message.pointer
        self.login = bytes(of: ssh_message_auth_user(pointer))
        switch UInt32(bitPattern: ssh_message_subtype(pointer)) {
        case UInt32(SSH_AUTH_METHOD_NONE): self.method = .none
        case UInt32(SSH_AUTH_METHOD_PASSWORD): self.method = .password(bytes(of: ssh_message_auth_password(pointer)))
        case UInt32(SSH_AUTH_METHOD_PUBLICKEY):
            let state = ssh_message_auth_publickey_state(pointer)
            guard let key = base64(of: ssh_message_auth_pubkey(pointer)) else {
                self.method = .other
                return
            }
            if state == SSH_PUBLICKEY_STATE_VALID {
                self.method = .publicKeyProof(request: signedRequest)
            } else if state == SSH_PUBLICKEY_STATE_NONE {
                self.method = .publicKeyOffer(key)
            } else {
                self.method = .other
            }
        default: self.method = .other
        }
    }

    /// The user is authenticated.
    public func accept() { self.message.answer { ssh_message_auth_reply_success($0, 0) } }

    /// The offered key would be accepted with a signature.
    public func askForProof() { self.message.answer { ssh_message_auth_reply_pk_ok_simple($0) } }

    /// Refused; publickey and password may be tried.
    public func refuse() {
        self.message.answer {
            ssh_message_auth_set_methods($0, CInt(SSH_AUTH_METHOD_PUBLICKEY) | CInt(SSH_AUTH_METHOD_PASSWORD))
            ssh_message_reply_default($0)
        }
    }
}
