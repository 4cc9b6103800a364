internal import CLibSSH
internal import CReadAhead
internal import CSSHPackets
import Glibc

/// One SSH connection: a libssh session with an event of its own, driven by the owner's `poll`.
///
/// Sessions must not share an event: the end of one would be reported as the failure of another.
/// Single-threaded, like everything in this library.
public class Leg {
    let session: ssh_session
    private let event: ssh_event
    private var isAttached = false
    private var quickAcknowledgements = 200
    private(set) var isGone = false
    private var aheadDescriptor: CInt = -1
    private var packets: OpaquePointer?
    private var ends: [UInt32: WeakEnd] = [:]

    /// Turns of one `step`: libssh receives 4 KiB at a time.
    private static let turnsPerStep = 64

    init() {
        guard let session = ssh_new(), let event = ssh_event_new() else { fatalError("out of memory") }
        self.session = session
        self.event = event
        ssh_set_blocking(session, 0)
        // Not retained: `deinit` frees the session, which calls the handler, before this object is gone.
        self.packets = sp_packets_begin(session, onPacket, Unmanaged.passUnretained(self).toOpaque())
        guard self.packets != nil else { fatalError("out of memory") }
    }

    deinit {
        sp_read_ahead_end(self.aheadDescriptor)
        if self.isAttached { ssh_event_remove_session(self.event, self.session) }
        ssh_event_free(self.event)
        ssh_free(self.session)
        sp_packets_end(self.packets)
    }

    /// After the first handshake call: libssh makes its poll handle there.
    func attach() {
        guard !self.isAttached else { return }
        self.isAttached = ssh_event_add_session(self.event, self.session) == SSH_OK
        self.aheadDescriptor = ssh_get_fd(self.session)
        sp_read_ahead(self.aheadDescriptor)
        if !self.isAttached { self.isGone = true }
    }

    /// The descriptor to poll, or -1 when libssh has closed it.
    public var descriptor: CInt { ssh_get_fd(self.session) }

    /// What to poll for.
    public var pollEvents: Int16 {
        let flags = ssh_get_poll_flags(self.session)
        var events: Int16 = 0
        if flags & SSH_READ_PENDING != 0 { events |= Int16(POLLIN) }
        if flags & SSH_WRITE_PENDING != 0 { events |= Int16(POLLOUT) }
        return events
    }

    /// Bytes wait inside libssh for the socket: writing more would only make it grow.
    public var isBackedUp: Bool { ssh_get_status(self.session) & SSH_WRITE_PENDING != 0 }

    /// Whether the connection is over. A failed write closes the descriptor inside libssh without any event, so this
    /// looks again each time.
    public var isOver: Bool {
        if !self.isGone, self.isAttached, ssh_get_fd(self.session) < 0 || ssh_is_connected(self.session) == 0 {
            self.isGone = true
        }
        return self.isGone
    }

    /// libssh's words for its last error.
    public var errorText: String {
        String(decoding: bytes(of: ssh_get_error(UnsafeMutableRawPointer(self.session))), as: UTF8.self)
    }

    /// Reads, decrypts, and dispatches what has arrived, and writes what can be written.
    public func step() {
        self.acknowledgeQuickly()
        for _ in 0..<Self.turnsPerStep {
            let result = ssh_event_dopoll(self.event, 0)
            if result == SSH_AGAIN { break }
            if result == SSH_ERROR {
                self.isGone = true
                break
            }
            if self.pollEvents & Int16(POLLIN) == 0 { break }
        }
        if ssh_get_status(self.session) & (SSH_CLOSED | SSH_CLOSED_ERROR) != 0 { self.isGone = true }
    }

    /// Delayed acknowledgements double the time of a handshake. Linux takes the option back on its own, so it is set
    /// again for the first steps.
    private func acknowledgeQuickly() {
        guard self.quickAcknowledgements > 0 else { return }
        self.quickAcknowledgements -= 1
        var one: CInt = 1
        setsockopt(self.descriptor, CInt(IPPROTO_TCP), TCP_QUICKACK, &one, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Says goodbye by the protocol and frees the session's channels: nothing of this leg may be used afterwards.
    public func disconnect() {
        guard !self.isOver else { return }
        if self.isAttached { ssh_event_remove_session(self.event, self.session) }
        self.isAttached = false
        self.isGone = true
        self.hasFreedChannels = true
        ssh_disconnect(self.session)
    }

    /// `ssh_disconnect` has freed the channels.
    private(set) var hasFreedChannels = false

    // MARK: Packets of the connection protocol

    func register(_ end: ChannelEnd, as number: UInt32) { self.ends[number] = WeakEnd(end: end) }
    func forget(_ number: UInt32) { self.ends[number] = nil }

    func send(_ packet: PacketWriter) {
        _ = packet.bytes.withUnsafeBufferPointer { sp_packet_send(self.session, $0.baseAddress, $0.count) }
    }

    /// The peer wants to open a channel. To be kept: nothing may be sent from here.
    func received(_ open: OpenRequest) { preconditionFailure("each kind of leg has its own way") }

    /// The peer asks something that is about no channel. To be kept, likewise.
    func received(_ request: GlobalRequest) { preconditionFailure("likewise") }

    /// The peer has answered a global request. - returns: whether one waited for it.
    func received(globalAnswer: GlobalAnswer) -> Bool { false }

    /// A request on one of this leg's channels. To be kept, likewise.
    func received(_ request: ChannelRequest, on end: ChannelEnd) { preconditionFailure("likewise") }

    /// A request for authentication.
    /// - returns: false for what libssh shall handle.
    func received(authentication reader: inout PacketReader) -> Bool { false }

    /// Takes what libssh would cut down or drop.
    /// - returns: false for what libssh shall handle: all else, the malformed, and channels that aren't known here.
    fileprivate func received(type: UInt8, _ payload: UnsafeRawBufferPointer) -> Bool {
        var reader = PacketReader(payload)
        switch PacketType(rawValue: type) {
        case .channelOpen:
            guard let open = OpenRequest(&reader, of: self) else { return false }
            self.received(open)
            return true
        case .channelRequest:
            guard let number = reader.number(), let end = self.ends[number]?.end, let name = reader.string(),
                let wantsReply = reader.flag()
            else { return false }
            let request = ChannelRequest(name: name, wantsReply: wantsReply, payload: reader.rest(), from: end)
            self.received(request, on: end)
            return true
        case .channelSuccess, .channelFailure:
            guard let number = reader.number(), let end = self.ends[number]?.end else { return false }
            end.received(answer: type == PacketType.channelSuccess.rawValue)
            return true
        case .authenticationRequest: return self.received(authentication: &reader)
        case .channelOpenFailure:
            // libssh reads it too, and closes the channel, but keeps the peer's reason to itself.
            if let number = reader.number(), let reason = reader.number(), let text = reader.string() {
                self.ends[number]?.end?.received(OpenFailure(reason: reason, text: text))
            }
            return false
        case .globalRequest:
            guard let name = reader.string(), let wantsReply = reader.flag() else { return false }
            self.received(GlobalRequest(name: name, wantsReply: wantsReply, payload: reader.rest(), from: self))
            return true
        case .requestSuccess: return self.received(globalAnswer: .accepted(payload: reader.rest()))
        case .requestFailure: return self.received(globalAnswer: .refused)
        case .authenticationFailure, .publicKeyAcceptable, .channelOpenConfirmation, nil: return false
        }
    }

    func set(_ option: ssh_options_e, _ value: String) { ssh_options_set(self.session, option, value) }

    /// A channel that isn't open yet; see ``beginOpening(_:as:payload:)``.
    public func makeChannel() -> ChannelEnd? { ssh_channel_new(self.session).map { ChannelEnd($0, of: self) } }

    /// Begins to open a channel of any type (RFC 4254 section 5.1).
    /// - parameters:
    ///   - end: fresh from ``makeChannel()``.
    ///   - payload: what the type adds to the message, encoded.
    public func beginOpening(_ end: ChannelEnd, as type: [UInt8], payload: [UInt8] = []) {
        sp_channel_begin_opening(end.channel)
        end.register()
        var packet = PacketWriter(.channelOpen)
        packet.string(type)
        packet.number(sp_channel_local_number(end.channel))
        packet.number(UInt32(SP_CHANNEL_WINDOW))
        packet.number(UInt32(SP_CHANNEL_PACKET))
        packet.append(payload)
        self.send(packet)
    }

    /// Whether the peer has opened the channel.
    public func awaitOpening(_ end: ChannelEnd) -> Progress {
        // Of a channel that is being opened this asks for the state alone.
        self.progress(ssh_channel_open_session(end.channel))
    }

    func progress(_ result: CInt) -> Progress {
        switch result {
        case SSH_OK: .done
        case SSH_AGAIN: .wouldBlock
        default: self.failure
        }
    }

    /// libssh's words, as the reason of a failed step.
    var failure: Progress { .failed(reason: self.errorText) }
}

/// The owner of a channel's end is the relay.
private struct WeakEnd {
    weak var end: ChannelEnd?
}

private func onPacket(
    userData: UnsafeMutableRawPointer?, type: UInt8, payload: UnsafePointer<UInt8>?, length: Int
) -> CInt {
    guard let userData else { preconditionFailure("the handler's user data is the leg") }
    let leg = Unmanaged<Leg>.fromOpaque(userData).takeUnretainedValue()
    return leg.received(type: type, UnsafeRawBufferPointer(start: payload, count: payload == nil ? 0 : length)) ? 1 : 0
}
