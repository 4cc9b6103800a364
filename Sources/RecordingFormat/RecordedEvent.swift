/// One thing that happened in a recorded session.
public struct RecordedEvent: Hashable, Sendable {
    /// Microseconds since the start of the session, on the monotonic clock. Never decreases within a file.
    public var time: UInt64
    /// Channel number within this recording, counted from 1 in order of opening; 0 is the connection as a whole.
    public var channel: UInt32
    public var body: EventBody

    public init(time: UInt64, channel: UInt32, body: EventBody) {
        self.time = time
        self.channel = channel
        self.body = body
    }
}

/// Which way bytes or an end-of-file travelled.
public enum Direction: UInt8, Hashable, Sendable {
    /// From the admin's client to the target.
    case toTarget = 0
    /// From the target to the admin's client.
    case toClient = 1
}

/// What an event says. Text from the network is kept as bytes: nothing here was ever decoded on its way in.
public enum EventBody: Hashable, Sendable {
    /// A channel opened on both sides. `type` is the SSH channel type, such as `session`.
    case channelOpened(type: [UInt8])
    /// A channel was refused, by policy or by the target (RFC 4254 section 5.1 reason code).
    case channelRefused(type: [UInt8], reason: UInt32, text: [UInt8])
    case channelClosed
    /// A channel request as the client sent it.
    case request(RecordedRequest)
    /// The target's (or the policy's) answer to the oldest unanswered request of the channel.
    case requestAnswered(accepted: Bool)
    case input([UInt8])
    case output([UInt8])
    case stderr([UInt8])
    case endOfFile(Direction)
    case exitStatus(UInt32)
    case exitSignal(name: [UInt8], coreDumped: Bool, message: [UInt8])
    /// A forwarded connection opened on this channel.
    case forwardOpened(host: [UInt8], port: UInt32, originHost: [UInt8], originPort: UInt32)
    /// A file moved by sftp or scp on this channel.
    case fileOperation(FileOperation)
    /// Input bytes that went on to the target while their content was held back from the recording.
    case withheld(bytes: UInt64)
    /// The content of earlier withheld bytes, once their echo was seen.
    case revealed([UInt8])
    /// Withheld bytes that will never be revealed, because the terminal did not echo them.
    case masked(bytes: UInt64)
    case control(ControlEvent)
    case marker(text: [UInt8])
    /// Bytes of file content that went on while the recording keeps none of them.
    case omitted(Direction, bytes: UInt64)
    /// A change to files that was asked for by sftp on this channel, and its answer.
    case fileChange(FileChange)
    /// A request of the target's, on the channel or, with channel 0, on the connection. `payload` is empty for one that
    /// did not go on to the client.
    case targetRequest(name: [UInt8], wantsReply: Bool, payload: [UInt8])
    /// An event kind of a later version, kept as it is.
    case unknown(kind: UInt8, payload: [UInt8])
}

/// A channel request of RFC 4254 section 6, or one of OpenSSH's.
public enum RecordedRequest: Hashable, Sendable {
    /// Sizes in characters and pixels; `modes` is the encoded terminal modes string of RFC 4254 section 8.
    case pty(
        terminal: [UInt8], columns: UInt32, rows: UInt32, widthPixels: UInt32, heightPixels: UInt32, modes: [UInt8])
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
    case other(name: [UInt8], payload: [UInt8])
}

public struct FileOperation: Hashable, Sendable {
    public var path: [UInt8]
    /// Size in bytes.
    public var size: UInt64
    public var sha256: [UInt8]
    public var direction: Direction

    public init(path: [UInt8], size: UInt64, sha256: [UInt8], direction: Direction) {
        self.path = path
        self.size = size
        self.sha256 = sha256
        self.direction = direction
    }
}

/// A change to a file or directory other than the transfer of its content.
public struct FileChange: Hashable, Sendable {
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        /// `detail`: the new path.
        case rename = 1
        case remove = 2
        case makeDirectory = 3
        case removeDirectory = 4
        /// `path`: the link. `detail`: what it points to.
        case symbolicLink = 5
        /// `path`: the new name. `detail`: the file that has it already.
        case hardLink = 6
        /// `detail`: the attributes as sftp encodes them (draft-ietf-secsh-filexfer-02 section 5).
        case attributes = 7
    }

    public var kind: Kind
    /// The server's status (draft-ietf-secsh-filexfer-02 section 7): 0 when it is done.
    public var status: UInt32
    public var path: [UInt8]
    public var detail: [UInt8]

    public init(kind: Kind, status: UInt32, path: [UInt8], detail: [UInt8] = []) {
        self.kind = kind
        self.status = status
        self.path = path
        self.detail = detail
    }
}

/// What people other than the admin did to the session.
public enum ControlEvent: Hashable, Sendable {
    case locked(by: [UInt8])
    case unlocked(by: [UInt8])
    case message(from: [UInt8], text: [UInt8])
    case watcherJoined(name: [UInt8])
    case watcherLeft(name: [UInt8])
    case killed(by: [UInt8], reason: [UInt8])
    /// Input that was dropped while the session was locked, in bytes.
    case inputDropped(bytes: UInt64)
    /// Of all input of the channel, the bytes from `offset` on, so many of them, were typed by somebody else than the admin.
    case inputBy(name: [UInt8], offset: UInt64, bytes: UInt64)
}
