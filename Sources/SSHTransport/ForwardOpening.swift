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
        /// The client's connection to a Unix socket of the target's (OpenSSH's PROTOCOL, section 2.4), by its path.
        case directPath([UInt8])
        /// A connection to a Unix socket that the target listens at for the client.
        case forwardedPath([UInt8])
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
        case "direct-streamlocal@openssh.com": self.path(hasReservedNumber: true).map { .directPath($0) } ?? .other
        case "forwarded-streamlocal@openssh.com":
            self.path(hasReservedNumber: false).map { .forwardedPath($0) } ?? .other
        case "x11": ForwardAddress(self.payload, hasHost: false).map { .x11($0) } ?? .other
        case "auth-agent@openssh.com" where self.payload.isEmpty: .agent
        default: .other
        }
    }

    /// The path in front of a reserved string and, in some types, a reserved number.
    private func path(hasReservedNumber: Bool) -> [UInt8]? {
        self.payload.withUnsafeBytes { bytes in
            var reader = PacketReader(bytes)
            guard let path = reader.string(), reader.string() != nil, !hasReservedNumber || reader.number() != nil,
                reader.isAtEnd
            else { return nil }
            return path
        }
    }
}
