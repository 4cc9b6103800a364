internal import CLibSSH
internal import CSSHPackets

/// Why a channel was not opened (RFC 4254 section 5.1).
public struct OpenFailure: Hashable, Sendable {
    /// ``OpenRequest/Reason``, or a code that this library doesn't know.
    public var reason: UInt32
    public var text: [UInt8]

    public init(reason: UInt32, text: [UInt8]) {
        self.reason = reason
        self.text = text
    }
}

/// A channel that the peer wants to open (RFC 4254 section 5.1), of whatever type. Refused if it is never answered.
public final class OpenRequest {
    public let type: [UInt8]
    /// What the type adds to the message, encoded: hosts and ports, or a path.
    public let payload: [UInt8]
    private let leg: Leg
    private let number: UInt32
    private let window: UInt32
    private let packet: UInt32
    private var isAnswered = false

    /// Reasons of a refusal (RFC 4254 section 5.1).
    public enum Reason: UInt32, Sendable {
        case prohibited = 1
        case connectFailed = 2
        case unknownType = 3
        case resourceShortage = 4
    }

    /// Peers whose packets can hold no more bytes than this are not served: libssh would send empty ones for ever.
    private static let shortestPacket = 64

    init?(_ reader: inout PacketReader, of leg: Leg) {
        guard let type = reader.string(), let number = reader.number(), let window = reader.number(),
            let packet = reader.number(), packet >= Self.shortestPacket
        else { return nil }
        self.type = type
        self.number = number
        self.window = window
        self.packet = packet
        self.payload = reader.rest()
        self.leg = leg
    }

    deinit { self.refuse() }

    /// Opens the channel. - returns: nil when libssh can't; the peer has its refusal then.
    public func accept() -> ChannelEnd? {
        guard !self.isAnswered, !self.leg.isOver, let channel = ssh_channel_new(self.leg.session) else {
            self.refuse(.resourceShortage)
            return nil
        }
        self.isAnswered = true
        sp_channel_opened_by_peer(channel, self.number, self.window, self.packet)
        let end = ChannelEnd(channel, of: self.leg)
        end.register()
        var confirmation = PacketWriter(.channelOpenConfirmation)
        confirmation.number(self.number)
        confirmation.number(sp_channel_local_number(channel))
        confirmation.number(UInt32(SP_CHANNEL_WINDOW))
        confirmation.number(UInt32(SP_CHANNEL_PACKET))
        self.leg.send(confirmation)
        return end
    }

    public func refuse(_ reason: Reason = .prohibited, text: [UInt8] = []) {
        self.refuse(OpenFailure(reason: reason.rawValue, text: text))
    }

    /// Refuses with the words of whoever refused it on the other side.
    public func refuse(_ reason: OpenFailure) {
        guard !self.isAnswered else { return }
        self.isAnswered = true
        guard !self.leg.isOver else { return }
        var failure = PacketWriter(.channelOpenFailure)
        failure.number(self.number)
        failure.number(reason.reason)
        failure.string(reason.text)
        failure.string([])
        self.leg.send(failure)
    }
}
