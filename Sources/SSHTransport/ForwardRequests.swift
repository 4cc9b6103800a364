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

    /// - parameter payload: what the channel's type adds to the message; an `x11` one has an origin alone.
    init?(_ payload: [UInt8], hasHost: Bool = true) {
        let address = payload.withUnsafeBytes { bytes -> ForwardAddress? in
            var reader = PacketReader(bytes)
            let place = hasHost ? reader.string().flatMap { host in reader.number().map { (host, $0) } } : ([], 0)
            guard let (host, port) = place, let originHost = reader.string(), let originPort = reader.number(),
                reader.isAtEnd
            else { return nil }
            return ForwardAddress(host: host, port: port, originHost: originHost, originPort: originPort)
        }
        guard let address else { return nil }
        self = address
    }
}

extension OpenRequest {
    /// What kind of channel it is, of those that a gateway may serve.
    public enum Kind: Hashable, Sendable {
        case session
        /// The client's connection to an address that the target reaches.
        case directTCP(ForwardAddress)
        /// A connection to an address that the target listens at for the client.
        case forwardedTCP(ForwardAddress)
        /// A program's connection to the client's display; the address has an origin alone.
        case x11(ForwardAddress)
        /// A program's connection to the client's agent.
        case agent
        /// Of another type, or with a payload that isn't its type's.
        case other
    }

    public var kind: Kind {
        switch String(decoding: self.type, as: UTF8.self) {
        case "session" where self.payload.isEmpty: .session
        case "direct-tcpip": ForwardAddress(self.payload).map { .directTCP($0) } ?? .other
        case "forwarded-tcpip": ForwardAddress(self.payload).map { .forwardedTCP($0) } ?? .other
        case "x11": ForwardAddress(self.payload, hasHost: false).map { .x11($0) } ?? .other
        case "auth-agent@openssh.com" where self.payload.isEmpty: .agent
        default: .other
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
