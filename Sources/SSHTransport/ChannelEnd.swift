internal import CLibSSH
internal import CSSHPackets

/// Which stream of a channel.
public enum ChannelStream: CInt, CaseIterable, Sendable {
    case data = 0
    case stderr = 1
}

/// How a program on the other side ended.
public enum ProgramEnding: Hashable, Sendable {
    case status(UInt32)
    /// Signal name without the `SIG` prefix.
    case signal(name: [UInt8], coreDumped: Bool, message: [UInt8], language: [UInt8])
}

/// One side of a relayed channel: what has arrived and waits to go on, and what was sent.
///
/// Callbacks only append here; nothing is written or freed inside them.
public final class ChannelEnd {
    let channel: ssh_channel
    private let leg: Leg
    private let table: UnsafeMutablePointer<ssh_channel_callbacks_struct>
    private var leftover = [0, 0]

    /// Arrived on the data stream and on stderr.
    public var data = StreamBuffer()
    public var stderr = StreamBuffer()
    public private(set) var hasReceivedEndOfFile = false
    public private(set) var hasReceivedClose = false
    public private(set) var ending: ProgramEnding?
    /// Why the peer has refused to open the channel.
    public private(set) var openFailure: OpenFailure?
    /// Requests of the target's, oldest first. The client's come through ``ServerLeg/nextRequest()``.
    private var requests: [ChannelRequest] = []
    /// Answers to requests that were passed to this side, oldest first.
    private var answers: [Bool] = []
    private var isAwaitingAnswer = false
    public private(set) var hasSentEndOfFile = false
    public private(set) var hasSentClose = false

    /// Bytes taken from libssh in a callback before the window is left to fill; the rest waits inside libssh, where
    /// the channel's window bounds it.
    private static let softLimit = 256 * 1024
    /// Most requests of the target's that wait.
    private static let requestLimit = 64
    /// Longest single write, in bytes.
    private static let writeLimit = 128 * 1024

    init(_ channel: ssh_channel, of leg: Leg) {
        self.channel = channel
        self.leg = leg
        self.table = .allocate(capacity: 1)
        self.table.initialize(to: ssh_channel_callbacks_struct())
        self.table.pointee.size = MemoryLayout<ssh_channel_callbacks_struct>.size
        // Not retained: `deinit` takes the table away from libssh before this object is gone.
        self.table.pointee.userdata = Unmanaged.passUnretained(self).toOpaque()
        self.table.pointee.channel_data_function = onData
        self.table.pointee.channel_eof_function = onEndOfFile
        self.table.pointee.channel_close_function = onClose
        ssh_set_channel_callbacks(channel, self.table)
    }

    deinit {
        if !self.leg.hasFreedChannels {
            // Callbacks outlive `ssh_channel_free` until the peer has closed, hence this order.
            ssh_remove_channel_callbacks(self.channel, self.table)
            ssh_channel_free(self.channel)
        }
        if let number = self.number { self.leg.forget(number) }
        self.table.deallocate()
    }

    /// Everything that arrived has gone on.
    public var isDrained: Bool { self.data.isEmpty && self.stderr.isEmpty && self.leftover == [0, 0] }

    /// Nothing is left inside libssh: what has arrived is in the buffers.
    public var isFetched: Bool { self.leftover == [0, 0] }

    /// A request or an answer waits to be looked at.
    public var hasNews: Bool { !self.requests.isEmpty || !self.answers.isEmpty }

    public func takeRequests() -> [ChannelRequest] {
        defer { self.requests.removeAll() }
        return self.requests
    }

    /// The channel's number on the gateway's side, by which the peer's packets name it; nil before it is opened.
    private(set) var number: UInt32?

    /// Once the channel has its number: packets for it arrive from now on.
    func register() {
        let number = sp_channel_local_number(self.channel)
        self.number = number
        self.leg.register(self, as: number)
    }

    // MARK: Arriving

    /// Fetches what a callback had to leave inside libssh. In one read, and only into an empty buffer: a partial read
    /// would make libssh grant the peer a whole new window each time.
    public func fetchLeftover() {
        if self.leftover[0] > 0, self.data.isEmpty { self.fetch(.data, into: &self.data) }
        if self.leftover[1] > 0, self.stderr.isEmpty { self.fetch(.stderr, into: &self.stderr) }
    }

    /// ``fetchLeftover()`` would find something.
    public var hasFetchableLeftover: Bool {
        (self.leftover[0] > 0 && self.data.isEmpty) || (self.leftover[1] > 0 && self.stderr.isEmpty)
    }

    /// Lets text of the peer's that came outside of the channel go on like what arrives on stderr.
    public func insert(_ text: [UInt8], on stream: ChannelStream) {
        text.withUnsafeBytes {
            switch stream {
            case .data: self.data.append($0)
            case .stderr: self.stderr.append($0)
            }
        }
    }

    /// Forgets what has arrived on stderr.
    public func discardStderr() { self.stderr.removeAll() }

    /// Forgets whatever has arrived and did not go on.
    public func discardAll() {
        self.data.removeAll()
        self.stderr.removeAll()
    }

    private func fetch(_ stream: ChannelStream, into buffer: inout StreamBuffer) {
        let wanted = self.leftover[Int(stream.rawValue)]
        self.leftover[Int(stream.rawValue)] = 0
        let channel = self.channel
        _ = buffer.append(upTo: wanted) { end in
            Int(ssh_channel_read_nonblocking(channel, end, UInt32(wanted), stream.rawValue))
        }
    }

    fileprivate func received(_ bytes: UnsafeRawBufferPointer, on stream: ChannelStream) -> CInt {
        switch stream {
        case .data: return self.take(bytes, into: &self.data, index: 0)
        case .stderr: return self.take(bytes, into: &self.stderr, index: 1)
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer, into buffer: inout StreamBuffer, index: Int) -> CInt {
        guard buffer.count < Self.softLimit, self.leftover[index] == 0 || buffer.isEmpty else {
            self.leftover[index] = bytes.count
            return 0
        }
        buffer.append(bytes)
        self.leftover[index] = 0
        return CInt(bytes.count)
    }

    fileprivate func receivedEndOfFile() { self.hasReceivedEndOfFile = true }
    fileprivate func receivedClose() {
        self.hasReceivedEndOfFile = true
        self.hasReceivedClose = true
    }
    func received(_ ending: ProgramEnding) { self.ending = ending }
    func received(_ failure: OpenFailure) { self.openFailure = failure }
    /// One too many is dropped, and so refused.
    func received(_ request: ChannelRequest) {
        if self.requests.count < Self.requestLimit { self.requests.append(request) }
    }
    /// One that nobody asked for is dropped.
    func received(answer: Bool) {
        guard self.isAwaitingAnswer, self.answers.isEmpty else { return }
        self.answers.append(answer)
    }

    // MARK: Sending

    /// Sends recorded bytes of `buffer` as far as the peer's window and the socket allow.
    /// - returns: how many.
    public func send(_ buffer: inout StreamBuffer, on stream: ChannelStream) -> Int {
        var total = 0
        while true {
            let sendable = buffer.sendable
            guard sendable.count > 0, !self.hasSentClose, !self.leg.isBackedUp else { break }
            let length = min(sendable.count, Int(ssh_channel_window_size(self.channel)), Self.writeLimit)
            guard length > 0 else { break }
            // Less than asked for, or 0, while keys are being exchanged anew: the rest is kept.
            let sent =
                stream == .data
                ? ssh_channel_write(self.channel, sendable.baseAddress, UInt32(length))
                : ssh_channel_write_stderr(self.channel, sendable.baseAddress, UInt32(length))
            guard sent > 0 else { break }
            buffer.consume(Int(sent))
            total += Int(sent)
        }
        return total
    }

    /// A line of the gateway's own, as far as the window allows.
    public func sendNotice(_ text: [UInt8], on stream: ChannelStream) {
        guard !self.hasSentClose, !self.leg.isOver else { return }
        _ = text.withUnsafeBytes {
            stream == .data
                ? ssh_channel_write(self.channel, $0.baseAddress, UInt32($0.count))
                : ssh_channel_write_stderr(self.channel, $0.baseAddress, UInt32($0.count))
        }
    }

    public func sendEndOfFile() {
        guard !self.hasSentEndOfFile, !self.hasSentClose else { return }
        self.hasSentEndOfFile = true
        ssh_channel_send_eof(self.channel)
    }

    public func sendClose() {
        guard !self.hasSentClose else { return }
        self.hasSentClose = true
        ssh_channel_close(self.channel)
    }

    /// Passes a request of the other side on, word for word, and waits for its answer, if it wants one: call again,
    /// with the same request, until it is not `wouldBlock`. Whether a program or a terminal is there has to be known,
    /// so for these an answer is asked for in any case.
    public func pass(_ request: ChannelRequest) -> Progress {
        if !self.isAwaitingAnswer {
            let wantsReply = request.wantsReply || request.kind.changesChannel
            self.sendRequest(request.name, wantsReply: wantsReply, request.payload)
            guard wantsReply else { return .done }
            self.isAwaitingAnswer = true
        }
        if !self.answers.isEmpty {
            self.isAwaitingAnswer = false
            return self.answers.removeFirst() ? .done : .failed(reason: "refused")
        }
        guard !self.hasReceivedClose, !self.hasSentClose, !self.leg.isOver else {
            self.isAwaitingAnswer = false
            return .failed(reason: "the channel is closed")
        }
        return .wouldBlock
    }

    /// Tells the client how the program ended (RFC 4254 section 6.10). Before the channel's close.
    public func send(_ ending: ProgramEnding) {
        var payload = PacketWriter()
        switch ending {
        case .status(let status):
            payload.number(status)
            self.sendRequest(Array("exit-status".utf8), wantsReply: false, payload.bytes)
        case .signal(let name, let coreDumped, let message, let language):
            payload.string(name)
            payload.flag(coreDumped)
            payload.string(message)
            payload.string(language)
            self.sendRequest(Array("exit-signal".utf8), wantsReply: false, payload.bytes)
        }
    }

    private func sendRequest(_ name: [UInt8], wantsReply: Bool, _ payload: [UInt8]) {
        var packet = PacketWriter(.channelRequest)
        packet.number(sp_channel_remote_number(self.channel))
        packet.string(name)
        packet.flag(wantsReply)
        packet.append(payload)
        self.send(packet)
    }

    /// Answers the peer's oldest unanswered request.
    func send(answer: Bool) {
        var packet = PacketWriter(answer ? .channelSuccess : .channelFailure)
        packet.number(sp_channel_remote_number(self.channel))
        self.send(packet)
    }

    private func send(_ packet: PacketWriter) {
        guard !self.hasSentClose, !self.leg.hasFreedChannels, !self.leg.isOver else { return }
        self.leg.send(packet)
    }
}

// MARK: Thunks: unwrap and forward, nothing else

private func end(_ userData: UnsafeMutableRawPointer?) -> ChannelEnd {
    guard let userData else { preconditionFailure("libssh hands back the pointer that the table holds") }
    return Unmanaged<ChannelEnd>.fromOpaque(userData).takeUnretainedValue()
}

private func onData(
    _: ssh_session?, _: ssh_channel?, data: UnsafeMutableRawPointer?, length: UInt32, isStderr: CInt,
    userData: UnsafeMutableRawPointer?
) -> CInt {
    end(userData).received(
        UnsafeRawBufferPointer(start: data, count: Int(length)), on: isStderr == 0 ? .data : .stderr)
}

private func onEndOfFile(_: ssh_session?, _: ssh_channel?, userData: UnsafeMutableRawPointer?) {
    end(userData).receivedEndOfFile()
}

private func onClose(_: ssh_session?, _: ssh_channel?, userData: UnsafeMutableRawPointer?) {
    end(userData).receivedClose()
}
