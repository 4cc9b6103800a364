import Playback
import RecordingFormat

/// The forwarded connections of a recording, and the requests for some that were refused, as `recording show` lists
/// them.
struct ShownForwards {
    struct Forward: Encodable {
        /// Since the start.
        var microseconds: UInt64
        /// 0 for one that was refused before it had a channel.
        var channel: UInt32
        /// The protocol's name, such as `direct-tcpip`.
        var type: String
        /// The path, with port 0, for a Unix socket.
        var host: String
        var port: UInt32
        var from: String
        /// What the client sent, and what it got.
        var bytesIn: UInt64 = 0
        var bytesOut: UInt64 = 0
        /// Why it was refused; nil if it was opened.
        var refusal: String?
        /// What was found inside, such as another SSH connection.
        var remarks: [String] = []

        private enum CodingKeys: String, CodingKey {
            case microseconds = "time_us"
            case channel, type, host, port, from, refusal, remarks
            case bytesIn = "bytes_in"
            case bytesOut = "bytes_out"
        }
    }

    private(set) var list: [Forward] = []
    /// Channel number to position.
    private var positions: [UInt32: Int] = [:]

    /// More than a person reads, and than a listing should keep in memory.
    private static let limit = 100_000
    private static let types = [
        "direct-tcpip", "forwarded-tcpip", "direct-streamlocal@openssh.com", "forwarded-streamlocal@openssh.com", "x11",
        "auth-agent@openssh.com",
    ]

    mutating func add(_ event: RecordedEvent) {
        switch event.body {
        case .channelOpened(let type): self.begin(type, event)
        case .channelRefused(let type, _, let text):
            if event.channel == 0 || self.positions[event.channel] == nil { self.begin(type, event) }
            self.change(event) { $0.refusal = SafeText.line(text, limit: 1024) }
        case .forwardOpened(let host, let port, let originHost, let originPort):
            self.change(event) {
                $0.host = SafeText.line(host, limit: 1024)
                $0.port = port
                // Unix sockets have no place that they come from.
                $0.from =
                    originHost.isEmpty && originPort == 0
                    ? "" : "\(SafeText.line(originHost, limit: 1024)):\(originPort)"
            }
        case .input(let bytes): self.change(event) { $0.bytesIn += UInt64(bytes.count) }
        case .output(let bytes): self.change(event) { $0.bytesOut += UInt64(bytes.count) }
        case .marker(let text): self.change(event) { $0.remarks.append(SafeText.line(text, limit: 1024)) }
        default: break
        }
    }

    private mutating func begin(_ type: [UInt8], _ event: RecordedEvent) {
        let name = String(decoding: type, as: UTF8.self)
        self.positions[event.channel] = nil
        guard Self.types.contains(name), self.list.count < Self.limit else { return }
        self.positions[event.channel] = self.list.count
        self.list.append(
            Forward(microseconds: event.time, channel: event.channel, type: name, host: "", port: 0, from: ""))
    }

    private mutating func change(_ event: RecordedEvent, _ body: (inout Forward) -> Void) {
        guard let position = self.positions[event.channel] else { return }
        body(&self.list[position])
        // Nothing further belongs to a refusal without a channel.
        if event.channel == 0 { self.positions[0] = nil }
    }

    func show() {
        guard !self.list.isEmpty else { return }
        StandardOutput.line("")
        var table = Table(
            .right("TIME"), .left("FORWARD"), .left("TO"), .left("FROM"), .right("IN"), .right("OUT"), .left("REMARKS"))
        for forward in self.list {
            let remarks = forward.remarks + (forward.refusal.map { ["refused: \($0)"] } ?? [])
            table.add(
                ClockText.clock(forward.microseconds), forward.type,
                forward.host.isEmpty ? "-" : ForwardPlaceText.line(Array(forward.host.utf8), forward.port),
                forward.from.isEmpty ? "-" : forward.from, Display.size(forward.bytesIn),
                Display.size(forward.bytesOut), remarks.joined(separator: "; "))
        }
        table.write(none: "")
    }
}
