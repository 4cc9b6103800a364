import CPlatform
import Glibc

/// One end of a `SOCK_SEQPACKET` pair: whole messages, each with up to four descriptors.
///
/// A sequenced-packet socket keeps message edges itself, so a message is read whole or not at all.
public struct MessageSocket: Sendable {
    /// Most descriptors in one message.
    public static let maximumDescriptors = Int(SP_MAX_FDS)

    public let descriptor: SharedDescriptor

    public init(_ descriptor: SharedDescriptor) { self.descriptor = descriptor }

    /// A connected pair, both close-on-exec.
    public static func makePair() throws(SystemError) -> (MessageSocket, MessageSocket) {
        let (first, second) = try SharedDescriptor.makeSocketPair(type: SOCK_SEQPACKET)
        return (MessageSocket(first), MessageSocket(second))
    }

    public enum Sent: Sendable { case sent, wouldBlock, peerGone }

    /// Sends one message, and the descriptors with it (the receiver gets duplicates).
    /// - throws: the system's error, other than a full queue or a gone peer.
    public func send(
        _ message: [UInt8], descriptors: [CInt] = [], waiting: Bool = true
    ) throws(SystemError) -> Sent {
        let flags = waiting ? 0 : CInt(MSG_DONTWAIT)
        let sent = message.withUnsafeBytes {
            sp_send_message(self.descriptor.rawValue, $0.baseAddress, $0.count, descriptors, descriptors.count, flags)
        }
        if sent >= 0 { return .sent }
        switch errno {
        case EAGAIN: return .wouldBlock
        case EPIPE, ECONNRESET, ENOTCONN: return .peerGone
        default: throw SystemError(code: errno, attempt: "send to the other process")
        }
    }

    public enum Received: Sendable {
        case message([UInt8], [SharedDescriptor])
        case wouldBlock
        case peerGone
        /// The message was longer than the limit, or carried too many descriptors. It is gone.
        case tooLong
    }

    /// Receives one message of at most `limit` bytes.
    public func receive(limit: Int, waiting: Bool) throws(SystemError) -> Received {
        var raw: (CInt, CInt, CInt, CInt) = (-1, -1, -1, -1)
        var count = 0
        var truncated: CInt = 0
        var received = 0
        let flags = waiting ? 0 : CInt(MSG_DONTWAIT)
        let socket = self.descriptor.rawValue
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, initialized in
            received = withUnsafeMutableBytes(of: &raw) { fds in
                sp_receive_message(
                    socket, buffer.baseAddress, limit, fds.baseAddress?.assumingMemoryBound(to: CInt.self), &count,
                    &truncated, flags)
            }
            initialized = max(0, min(received, limit))
        }
        guard received >= 0 else {
            switch errno {
            case EAGAIN: return .wouldBlock
            case ECONNRESET, ENOTCONN: return .peerGone
            default: throw SystemError(code: errno, attempt: "receive from the other process")
            }
        }
        let descriptors = [raw.0, raw.1, raw.2, raw.3].prefix(count)
            .map { SharedDescriptor(OwnedDescriptor(takingOwnershipOf: $0)) }
        if truncated != 0 { return .tooLong }
        // No message of ours is empty, so an empty one means that the peer has closed.
        return received == 0 ? .peerGone : .message(bytes, descriptors)
    }
}

extension SharedDescriptor {
    /// A connected pair of Unix sockets of the given type, both close-on-exec.
    public static func makeSocketPair(
        type: __socket_type
    ) throws(SystemError) -> (SharedDescriptor, SharedDescriptor) {
        var pair: [CInt] = [-1, -1]
        let flags = CInt(bitPattern: type.rawValue | SOCK_CLOEXEC.rawValue)
        try SystemError.check(socketpair(AF_UNIX, flags, 0, &pair), "make a socket pair")
        return (
            SharedDescriptor(OwnedDescriptor(takingOwnershipOf: pair[0])),
            SharedDescriptor(OwnedDescriptor(takingOwnershipOf: pair[1]))
        )
    }
}
