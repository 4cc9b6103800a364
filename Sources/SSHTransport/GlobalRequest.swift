/// A request of RFC 4254 section 4, not about any one channel, as it came. Answers carry no name, so requests are to be
/// answered in the order in which they came; one that is dropped without an answer is refused.
public final class GlobalRequest {
    public enum Kind: Hashable, Sendable {
        /// Listen at this address for connections; port 0 lets the other side choose (RFC 4254 section 7.1).
        case forward(address: [UInt8], port: UInt32)
        case cancelForward(address: [UInt8], port: UInt32)
        /// Listen at a Unix socket with this path (OpenSSH's PROTOCOL, section 2.4).
        case forwardPath([UInt8])
        case cancelForwardPath([UInt8])
        /// Any other name, or a payload that isn't its name's.
        case other
    }

    public let kind: Kind
    public let name: [UInt8]
    public let wantsReply: Bool
    /// What follows the name and the wish for a reply.
    public let payload: [UInt8]
    private weak var leg: Leg?

    /// - parameter leg: where the answer goes; nil for a request that nobody waits for.
    init(name: [UInt8], wantsReply: Bool, payload: [UInt8], from leg: Leg?) {
        self.name = name
        self.wantsReply = wantsReply
        self.payload = payload
        self.leg = wantsReply ? leg : nil
        self.kind = payload.withUnsafeBytes { Kind(name: name, payload: $0) }
    }

    deinit { self.refuse() }

    /// - parameter payload: what the answer adds, encoded, such as the port that was chosen.
    public func accept(_ payload: [UInt8] = []) {
        var packet = PacketWriter(.requestSuccess)
        packet.append(payload)
        self.answer(packet)
    }

    public func refuse() { self.answer(PacketWriter(.requestFailure)) }

    private func answer(_ packet: PacketWriter) {
        guard let leg = self.leg else { return }
        self.leg = nil
        if !leg.isOver { leg.send(packet) }
    }
}

extension GlobalRequest.Kind {
    fileprivate init(name: [UInt8], payload: UnsafeRawBufferPointer) {
        var reader = PacketReader(payload)
        let kind: Self?
        switch String(decoding: name, as: UTF8.self) {
        case "tcpip-forward":
            kind = reader.string().flatMap { address in reader.number().map { .forward(address: address, port: $0) } }
        case "cancel-tcpip-forward":
            kind = reader.string().flatMap { address in
                reader.number().map { .cancelForward(address: address, port: $0) }
            }
        case "streamlocal-forward@openssh.com": kind = reader.string().map { .forwardPath($0) }
        case "cancel-streamlocal-forward@openssh.com": kind = reader.string().map { .cancelForwardPath($0) }
        default: kind = nil
        }
        self = reader.isAtEnd ? kind ?? .other : .other
    }
}

/// What came of a global request.
public enum GlobalAnswer: Hashable, Sendable {
    /// `payload` is what the answer adds, encoded.
    case accepted(payload: [UInt8])
    case refused

    /// The port that was chosen, in the answer to a forward that left the choice; nil if there is none.
    public var chosenPort: UInt32? {
        guard case .accepted(let payload) = self else { return nil }
        return payload.withUnsafeBytes { bytes in
            var reader = PacketReader(bytes)
            return reader.number()
        }
    }
}
