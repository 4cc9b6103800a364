import SSHTransport

/// What a forwarded connection is: who asked for it, and where it goes.
enum ForwardKind {
    /// The client's, to a place that the target reaches (`ssh -L`, `-D`, `-W`).
    case directTCP(ForwardAddress)
    /// The target's, accepted at an address where it listens for the client (`ssh -R`).
    case forwardedTCP(ForwardAddress)
    /// The target's, to the client's display.
    case x11(ForwardAddress)
    /// The target's, to the client's agent.
    case agent

    /// The channel type of the protocol.
    var type: String {
        switch self {
        case .directTCP: "direct-tcpip"
        case .forwardedTCP: "forwarded-tcpip"
        case .x11: "x11"
        case .agent: "auth-agent@openssh.com"
        }
    }

    /// The grant's word for it.
    var word: String {
        switch self {
        case .directTCP: "local-forward"
        case .forwardedTCP: "remote-forward"
        case .x11: "x11"
        case .agent: "agent"
        }
    }

    /// Where it goes, or was accepted; empty where the protocol doesn't say.
    var place: String {
        switch self {
        case .directTCP(let address), .forwardedTCP(let address): Self.place(address.host, address.port)
        case .x11, .agent: ""
        }
    }

    static func place(_ host: [UInt8], _ port: UInt32) -> String {
        let text = SafeLine.text(host)
        return host.contains(UInt8(ascii: ":")) ? "[\(text)]:\(port)" : "\(text):\(port)"
    }

    var address: ForwardAddress? {
        switch self {
        case .directTCP(let address), .forwardedTCP(let address), .x11(let address): address
        case .agent: nil
        }
    }

    var isOpenedByClient: Bool { if case .directTCP = self { true } else { false } }

    /// Bytes that may be a connection of any protocol, SSH among them.
    var isPlainTCP: Bool {
        switch self {
        case .directTCP, .forwardedTCP: true
        case .x11, .agent: false
        }
    }
}
