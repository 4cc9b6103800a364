import RecordingFormat
import SSHTransport

/// What a target asks on one channel by itself, beside its program's end: noted, then passed on word for word and
/// answered as the client answers, in turn.
///
/// Its questions whether anybody is there end here: the gateway is.
struct TargetRequests {
    private let channel: UInt32
    private var waiting: [ChannelRequest] = []
    private var hasNotedKeepAlive = false

    init(channel: UInt32) { self.channel = channel }

    private static let keepAlive = Array("keepalive@openssh.com".utf8)

    /// First half: writes down. Of the questions whether anybody is there the first alone: some targets ask every few
    /// seconds.
    mutating func note(_ requests: [ChannelRequest], on tap: RecordingTap) throws(RecordingTap.Failure) {
        for request in requests {
            let isKeepAlive = request.name == Self.keepAlive
            if isKeepAlive {
                // Refused, as OpenSSH's client does: any answer is a sign of life.
                request.refuse()
                if self.hasNotedKeepAlive { continue }
                self.hasNotedKeepAlive = true
            } else {
                self.waiting.append(request)
            }
            try tap.note(
                .targetRequest(
                    name: request.name, wantsReply: request.wantsReply, payload: isKeepAlive ? [] : request.payload),
                channel: self.channel)
        }
    }

    /// Second half: sends on.
    mutating func forward(to client: ChannelEnd) {
        while let request = self.waiting.first {
            switch client.pass(request) {
            case .wouldBlock: return
            case .done: request.accept()
            case .failed: request.refuse()
            }
            self.waiting.removeFirst()
        }
    }
}
