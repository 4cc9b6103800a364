internal import CLibSSH

/// A request on an open channel (RFC 4254 section 6), to be answered when the target has answered it.
public struct ChannelRequest {
    public enum Kind: Hashable, Sendable {
        case pty(terminal: [UInt8], columns: UInt32, rows: UInt32, widthPixels: UInt32, heightPixels: UInt32)
        case environment(name: [UInt8], value: [UInt8])
        case shell
        case exec(command: [UInt8])
        case subsystem(name: [UInt8])
        case windowChange(columns: UInt32, rows: UInt32, widthPixels: UInt32, heightPixels: UInt32)
        case x11
        /// libssh has lost the name.
        case unknown
    }

    private let message: QueuedMessage
    private let channel: ssh_channel?
    public let kind: Kind

    init(_ message: QueuedMessage) {
        self.message = message
        let pointer = message.pointer
        self.channel = ssh_message_channel_request_channel(pointer)
        func size(_ value: CInt) -> UInt32 { UInt32(bitPattern: value) }
        switch UInt32(bitPattern: ssh_message_subtype(pointer)) {
        case SSH_CHANNEL_REQUEST_PTY.rawValue:
            self.kind = .pty(
                terminal: bytes(of: ssh_message_channel_request_pty_term(pointer)),
                columns: size(ssh_message_channel_request_pty_width(pointer)),
                rows: size(ssh_message_channel_request_pty_height(pointer)),
                widthPixels: size(ssh_message_channel_request_pty_pxwidth(pointer)),
                heightPixels: size(ssh_message_channel_request_pty_pxheight(pointer)))
        case SSH_CHANNEL_REQUEST_WINDOW_CHANGE.rawValue:
            self.kind = .windowChange(
                columns: size(ssh_message_channel_request_pty_width(pointer)),
                rows: size(ssh_message_channel_request_pty_height(pointer)),
                widthPixels: size(ssh_message_channel_request_pty_pxwidth(pointer)),
                heightPixels: size(ssh_message_channel_request_pty_pxheight(pointer)))
        case SSH_CHANNEL_REQUEST_ENV.rawValue:
            self.kind = .environment(
                name: bytes(of: ssh_message_channel_request_env_name(pointer)),
                value: bytes(of: ssh_message_channel_request_env_value(pointer)))
        case SSH_CHANNEL_REQUEST_SHELL.rawValue: self.kind = .shell
        case SSH_CHANNEL_REQUEST_EXEC.rawValue:
            self.kind = .exec(command: bytes(of: ssh_message_channel_request_command(pointer)))
        case SSH_CHANNEL_REQUEST_SUBSYSTEM.rawValue:
            self.kind = .subsystem(name: bytes(of: ssh_message_channel_request_subsystem(pointer)))
        case SSH_CHANNEL_REQUEST_X11.rawValue: self.kind = .x11
        default: self.kind = .unknown
        }
    }

    /// Whether the request is for this channel.
    public func isFor(_ end: ChannelEnd) -> Bool { self.channel == end.channel }

    public func accept() { self.message.answer { ssh_message_channel_request_reply_success($0) } }
    public func refuse() { self.message.refuse() }
}
