internal import CLibSSH

/// The addresses of a forwarded connection, as the peer sent them (RFC 4254 section 7.2).
public struct ForwardAddress: Hashable, Sendable {
    /// Where the connection goes, or for one that was listened for, where it was accepted.
    public var host: [UInt8]
    public var port: UInt32
    /// Where it came from.
    public var originHost: [UInt8]
    public var originPort: UInt32

    public init(host: [UInt8], port: UInt32, originHost: [UInt8], originPort: UInt32) {
        self.host = host
        self.port = port
        self.originHost = originHost
        self.originPort = originPort
    }

    init(_ message: QueuedMessage) {
        let pointer = message.pointer
        self.host = bytes(of: ssh_message_channel_request_open_destination(pointer))
        self.port = UInt32(bitPattern: ssh_message_channel_request_open_destination_port(pointer))
        self.originHost = bytes(of: ssh_message_channel_request_open_originator(pointer))
        self.originPort = UInt32(bitPattern: ssh_message_channel_request_open_originator_port(pointer))
    }
}

/// A channel that the target opens by itself.
public enum TargetRequest {
    /// A connection to an address that it listens at for the client.
    case forwardedTCP(OpenRequest, ForwardAddress)
    /// A program's connection to the client's display; the address has an origin alone.
    case x11(OpenRequest, ForwardAddress)
    /// A program's connection to the client's agent.
    case agent(OpenRequest)
    /// Of a kind that no gateway serves.
    case other(OpenRequest)

    init?(_ message: QueuedMessage) {
        guard UInt32(bitPattern: ssh_message_type(message.pointer)) == SSH_REQUEST_CHANNEL_OPEN.rawValue else {
            message.refuse()
            return nil
        }
        switch UInt32(bitPattern: ssh_message_subtype(message.pointer)) {
        case SSH_CHANNEL_FORWARDED_TCPIP.rawValue:
            self = .forwardedTCP(OpenRequest(message), ForwardAddress(message))
        case SSH_CHANNEL_X11.rawValue: self = .x11(OpenRequest(message), ForwardAddress(message))
        case SSH_CHANNEL_AUTH_AGENT.rawValue: self = .agent(OpenRequest(message))
        default: self = .other(OpenRequest(message))
        }
    }
}

/// A request of RFC 4254 section 4, not about any one channel.
public struct GlobalRequest {
    public enum Kind: Hashable, Sendable {
        /// Listen at this address for connections; port 0 lets the other side choose.
        case forward(address: [UInt8], port: UInt32)
        case cancelForward(address: [UInt8], port: UInt32)
        case other
    }

    private let message: QueuedMessage
    public let kind: Kind

    init(_ message: QueuedMessage) {
        self.message = message
        let pointer = message.pointer
        let address = bytes(of: ssh_message_global_request_address(pointer))
        let port = UInt32(bitPattern: ssh_message_global_request_port(pointer))
        switch UInt32(bitPattern: ssh_message_subtype(pointer)) {
        case SSH_GLOBAL_REQUEST_TCPIP_FORWARD.rawValue: self.kind = .forward(address: address, port: port)
        case SSH_GLOBAL_REQUEST_CANCEL_TCPIP_FORWARD.rawValue:
            self.kind = .cancelForward(address: address, port: port)
        default: self.kind = .other
        }
    }

    /// - parameter boundPort: told to a client that let the other side choose.
    public func accept(boundPort: UInt16) {
        self.message.answer { ssh_message_global_request_reply_success($0, boundPort) }
    }

    public func refuse() { self.message.refuse() }
}
