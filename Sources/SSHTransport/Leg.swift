internal import CLibSSH
internal import CReadAhead
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

    /// Turns of one `step`: libssh receives 4 KiB at a time.
    private static let turnsPerStep = 64

    init() {
        guard let session = ssh_new(), let event = ssh_event_new() else { fatalError("out of memory") }
        self.session = session
        self.event = event
        ssh_set_blocking(session, 0)
    }

    deinit {
        sp_read_ahead_end(self.aheadDescriptor)
        if self.isAttached { ssh_event_remove_session(self.event, self.session) }
        ssh_event_free(self.event)
        ssh_free(self.session)
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

    func set(_ option: ssh_options_e, _ value: String) { ssh_options_set(self.session, option, value) }

    /// A channel that isn't open yet.
    public func makeChannel() -> ChannelEnd? { ssh_channel_new(self.session).map { ChannelEnd($0, of: self) } }

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
