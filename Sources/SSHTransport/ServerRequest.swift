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

    init?(_ message: QueuedMessage) {
        let type = UInt32(bitPattern: ssh_message_type(message.pointer))
        switch type {
        case SSH_REQUEST_SERVICE.rawValue: self = .service(ServiceRequest(message))
        case SSH_REQUEST_AUTH.rawValue: self = .authentication(AuthenticationRequest(message))
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
