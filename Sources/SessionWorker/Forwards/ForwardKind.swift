import SSHTransport

/// What a forwarded connection is: who asked for it, and where it goes.
enum ForwardKind {
    /// The client's, to a place that the target reaches (`ssh -L`, `-D`, `-W`).
    case directTCP(ForwardAddress)
    /// The target's, accepted at an address where it listens for the client (`ssh -R`).
    case forwardedTCP(ForwardAddress)
    /// The client's, to a Unix socket of the target's (`ssh -L PORT:/PATH`).
    case directPath([UInt8])
    /// The target's, accepted at a Unix socket where it listens for the client (`ssh -R /PATH:…`).
    case forwardedPath([UInt8])
    /// The target's, to the client's display.
    case x11(ForwardAddress)
    /// The target's, to the client's agent.
    case agent

    /// The channel type of the protocol.
    var type: String {
        switch self {
        case .directTCP: "direct-tcpip"
        case .forwardedTCP: "forwarded-tcpip"
        case .directPath: "direct-streamlocal@openssh.com"
        case .forwardedPath: "forwarded-streamlocal@openssh.com"
        case .x11: "x11"
        case .agent: "auth-agent@openssh.com"
        }
    }

    /// The grant's word for it.
    var word: String {
        switch self {
        case .directTCP, .directPath: "local-forward"
        case .forwardedTCP, .forwardedPath: "remote-forward"
        case .x11: "x11"
        case .agent: "agent"
        }
    }

    /// Where it goes, or was accepted; empty where the protocol doesn't say.
    var place: String {
        switch self {
        case .directTCP(let address), .forwardedTCP(let address): Self.place(address.host, address.port)
        case .directPath(let path), .forwardedPath(let path): SafeLine.text(path)
        case .x11, .agent: ""
        }
    }

    static func place(_ host: [UInt8], _ port: UInt32) -> String {
        let text = SafeLine.text(host)
        return host.contains(UInt8(ascii: ":")) ? "[\(text)]:\(port)" : "\(text):\(port)"
    }

    /// As the recording keeps it: the path of a Unix socket stands for the host, with port 0.
    var address: ForwardAddress? {
        switch self {
        case .directTCP(let address), .forwardedTCP(let address), .x11(let address): address
        case .directPath(let path), .forwardedPath(let path):
            ForwardAddress(host: path, port: 0, originHost: [], originPort: 0)
        case .agent: nil
        }
    }

    var isOpenedByClient: Bool {
        switch self {
        case .directTCP, .directPath: true
        case .forwardedTCP, .forwardedPath, .x11, .agent: false
        }
    }

    /// Bytes that may be a connection of any protocol, SSH among them.
    var isPlainStream: Bool {
        switch self {
        case .directTCP, .forwardedTCP, .directPath, .forwardedPath: true
        case .x11, .agent: false
        }
    }
}
