/// A request on an open channel (RFC 4254 section 6), as it came. To be answered when the other side has answered it;
/// one that is dropped without an answer is refused.
public struct ChannelRequest {
    /// What a known request says. The bytes to pass on are ``name`` and ``payload``.
    public enum Kind: Hashable, Sendable {
        /// `modes` is the encoded terminal modes string of RFC 4254 section 8.
        case pty(
            terminal: [UInt8], columns: UInt32, rows: UInt32, widthPixels: UInt32, heightPixels: UInt32,
            modes: [UInt8])
        case environment(name: [UInt8], value: [UInt8])
        case shell
        case exec(command: [UInt8])
        case subsystem(name: [UInt8])
        case windowChange(columns: UInt32, rows: UInt32, widthPixels: UInt32, heightPixels: UInt32)
        /// Signal name without the `SIG` prefix.
        case signal(name: [UInt8])
        /// Break length in milliseconds (RFC 4335).
        case breakSignal(milliseconds: UInt32)
        case agentForwarding
        case x11
        /// Any other name.
        case other
        /// A known name with a payload that isn't its own: nobody can say what the target would read in it.
        case malformed
    }

    public let kind: Kind
    public let name: [UInt8]
    /// What follows the name and the wish for a reply.
    public let payload: [UInt8]
    public let wantsReply: Bool
    private let answer: Answer

    /// - parameter end: where the answer goes; nil for a request that nobody waits for.
    init(name: [UInt8], wantsReply: Bool, payload: [UInt8], from end: ChannelEnd?) {
        self.name = name
        self.wantsReply = wantsReply
        self.payload = payload
        self.answer = Answer(to: wantsReply ? end : nil, from: end)
        self.kind = payload.withUnsafeBytes { Kind(name: name, payload: $0) }
    }

    /// Whether the request came on this channel.
    public func isFor(_ end: ChannelEnd) -> Bool { self.answer.origin == ObjectIdentifier(end) }

    public func accept() { self.answer.send(true) }
    public func refuse() { self.answer.send(false) }

    /// What the target says of its program's end, if it is that.
    var ending: ProgramEnding? {
        self.payload.withUnsafeBytes { bytes in
            var reader = PacketReader(bytes)
            if self.name == Array("exit-status".utf8) { return reader.number().map { .status($0) } }
            guard self.name == Array("exit-signal".utf8), let name = reader.string(), let core = reader.flag(),
                let message = reader.string(), let language = reader.string()
            else { return nil }
            return .signal(name: name, coreDumped: core, message: message, language: language)
        }
    }

    /// The answer that a request gets once.
    private final class Answer {
        private weak var end: ChannelEnd?
        let origin: ObjectIdentifier?
        init(to end: ChannelEnd?, from origin: ChannelEnd?) {
            self.end = end
            self.origin = origin.map { ObjectIdentifier($0) }
        }
        deinit { self.send(false) }

        func send(_ accepted: Bool) {
            self.end?.send(answer: accepted)
            self.end = nil
        }
    }
}

extension ChannelRequest.Kind {
    fileprivate init(name: [UInt8], payload: UnsafeRawBufferPointer) {
        var reader = PacketReader(payload)
        let kind: Self?
        switch String(decoding: name, as: UTF8.self) {
        case "pty-req":
            kind = reader.string().flatMap { terminal in
                guard let columns = reader.number(), let rows = reader.number(), let width = reader.number(),
                    let height = reader.number(), let modes = reader.string()
                else { return nil }
                return .pty(
                    terminal: terminal, columns: columns, rows: rows, widthPixels: width, heightPixels: height,
                    modes: modes)
            }
        case "env":
            kind = reader.string().flatMap { name in
                reader.string().map { .environment(name: name, value: $0) }
            }
        case "shell": kind = .shell
        case "exec": kind = reader.string().map { .exec(command: $0) }
        case "subsystem": kind = reader.string().map { .subsystem(name: $0) }
        case "window-change":
            kind = reader.number().flatMap { columns in
                guard let rows = reader.number(), let width = reader.number(), let height = reader.number() else {
                    return nil
                }
                return .windowChange(columns: columns, rows: rows, widthPixels: width, heightPixels: height)
            }
        case "signal": kind = reader.string().map { .signal(name: $0) }
        case "break": kind = reader.number().map { .breakSignal(milliseconds: $0) }
        case "auth-agent-req", "auth-agent-req@openssh.com": kind = .agentForwarding
        case "x11-req":
            _ = reader.rest()
            kind = .x11
        default:
            _ = reader.rest()
            kind = .other
        }
        self = reader.isAtEnd ? kind ?? .malformed : .malformed
    }
}
