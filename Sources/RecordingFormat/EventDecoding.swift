/// Turns the plaintext of a track's frames back into events. Holds the time that the next event counts from.
struct EventDecoder {
    private var time: UInt64 = 0

    /// At a key frame: the next event's time counts from the start.
    mutating func restart() { self.time = 0 }

    /// All events of one frame.
    /// - Throws: `malformed` if the plaintext is not a sequence of whole events.
    mutating func events(_ plaintext: [UInt8]) throws(RecordingError) -> [RecordedEvent] {
        var reader = ByteReader(plaintext)
        var events: [RecordedEvent] = []
        while reader.remaining > 0 {
            guard let delta = reader.varint(), let what = reader.varint(),
                let channel = UInt32(exactly: what >> EventKind.bits),
                let length = reader.varint(), length <= RecordingLimits.maximumEventPayload,
                let payload = reader.raw(Int(length)), !self.time.addingReportingOverflow(delta).overflow
            else { throw RecordingError(.malformed, "an event of this frame is not well formed") }
            self.time += delta
            let body = EventBody(kind: UInt8(what & (1 << EventKind.bits - 1)), payload: payload)
            events.append(RecordedEvent(time: self.time, channel: channel, body: body))
        }
        return events
    }
}

extension EventBody {
    /// A known kind whose payload lacks fields is kept as `unknown`: one bad event must not hide its neighbours.
    init(kind: UInt8, payload: ArraySlice<UInt8>) {
        self = Self.known(kind, payload) ?? .unknown(kind: kind, payload: Array(payload))
    }

    private static func known(_ kind: UInt8, _ payload: ArraySlice<UInt8>) -> EventBody? {
        var reader = ByteReader(payload)
        switch kind {
        case EventKind.channelOpened:
            return reader.string().map { .channelOpened(type: $0) }
        case EventKind.channelRefused:
            guard let type = reader.string(), let reason = reader.varint32(), let text = reader.string() else {
                return nil
            }
            return .channelRefused(type: type, reason: reason, text: text)
        case EventKind.channelClosed:
            return .channelClosed
        case EventKind.request:
            return RecordedRequest(&reader).map { .request($0) }
        case EventKind.requestAnswered:
            return reader.flag().map { .requestAnswered(accepted: $0) }
        case EventKind.input:
            return .input(Array(payload))
        case EventKind.output:
            return .output(Array(payload))
        case EventKind.stderr:
            return .stderr(Array(payload))
        case EventKind.endOfFile:
            return reader.direction().map { .endOfFile($0) }
        case EventKind.exitStatus:
            return reader.varint32().map { .exitStatus($0) }
        case EventKind.exitSignal:
            guard let name = reader.string(), let coreDumped = reader.flag(), let message = reader.string() else {
                return nil
            }
            return .exitSignal(name: name, coreDumped: coreDumped, message: message)
        case EventKind.forwardOpened:
            guard let host = reader.string(), let port = reader.varint32(),
                let originHost = reader.string(), let originPort = reader.varint32()
            else { return nil }
            return .forwardOpened(host: host, port: port, originHost: originHost, originPort: originPort)
        case EventKind.fileOperation:
            guard let direction = reader.direction(), let size = reader.varint(),
                let sha256 = reader.string(), let path = reader.string()
            else { return nil }
            return .fileOperation(FileOperation(path: path, size: size, sha256: sha256, direction: direction))
        case EventKind.withheld:
            return reader.varint().map { .withheld(bytes: $0) }
        case EventKind.revealed:
            return .revealed(Array(payload))
        case EventKind.masked:
            return reader.varint().map { .masked(bytes: $0) }
        case EventKind.control:
            return ControlEvent(&reader).map { .control($0) }
        case EventKind.marker:
            return .marker(text: Array(payload))
        case EventKind.omitted:
            guard let direction = reader.direction(), let count = reader.varint() else { return nil }
            return .omitted(direction, bytes: count)
        case EventKind.fileChange:
            guard let kind = reader.byte().flatMap(FileChange.Kind.init), let status = reader.varint32(),
                let path = reader.string(), let detail = reader.string()
            else { return nil }
            return .fileChange(FileChange(kind: kind, status: status, path: path, detail: detail))
        case EventKind.targetRequest:
            guard let name = reader.string(), let wantsReply = reader.flag(), let payload = reader.string() else {
                return nil
            }
            return .targetRequest(name: name, wantsReply: wantsReply, payload: payload)
        default:
            return nil
        }
    }
}

extension RecordedRequest {
    fileprivate init?(_ reader: inout ByteReader) {
        guard let kind = reader.byte() else { return nil }
        switch kind {
        case RequestKind.pty:
            guard let terminal = reader.string(), let columns = reader.varint32(), let rows = reader.varint32(),
                let width = reader.varint32(), let height = reader.varint32(), let modes = reader.string()
            else { return nil }
            self = .pty(
                terminal: terminal, columns: columns, rows: rows, widthPixels: width, heightPixels: height,
                modes: modes)
        case RequestKind.environment:
            guard let name = reader.string(), let value = reader.string() else { return nil }
            self = .environment(name: name, value: value)
        case RequestKind.shell:
            self = .shell
        case RequestKind.exec:
            guard let command = reader.string() else { return nil }
            self = .exec(command: command)
        case RequestKind.subsystem:
            guard let name = reader.string() else { return nil }
            self = .subsystem(name: name)
        case RequestKind.windowChange:
            guard let columns = reader.varint32(), let rows = reader.varint32(), let width = reader.varint32(),
                let height = reader.varint32()
            else { return nil }
            self = .windowChange(columns: columns, rows: rows, widthPixels: width, heightPixels: height)
        case RequestKind.signal:
            guard let name = reader.string() else { return nil }
            self = .signal(name: name)
        case RequestKind.breakSignal:
            guard let milliseconds = reader.varint32() else { return nil }
            self = .breakSignal(milliseconds: milliseconds)
        case RequestKind.agentForwarding:
            self = .agentForwarding
        case RequestKind.x11:
            self = .x11
        case RequestKind.other:
            guard let name = reader.string(), let payload = reader.string() else { return nil }
            self = .other(name: name, payload: payload)
        default:
            return nil
        }
    }
}

extension ControlEvent {
    fileprivate init?(_ reader: inout ByteReader) {
        guard let kind = reader.byte() else { return nil }
        switch kind {
        case ControlKind.locked:
            guard let by = reader.string() else { return nil }
            self = .locked(by: by)
        case ControlKind.unlocked:
            guard let by = reader.string() else { return nil }
            self = .unlocked(by: by)
        case ControlKind.message:
            guard let from = reader.string(), let text = reader.string() else { return nil }
            self = .message(from: from, text: text)
        case ControlKind.watcherJoined:
            guard let name = reader.string() else { return nil }
            self = .watcherJoined(name: name)
        case ControlKind.watcherLeft:
            guard let name = reader.string() else { return nil }
            self = .watcherLeft(name: name)
        case ControlKind.killed:
            guard let by = reader.string(), let reason = reader.string() else { return nil }
            self = .killed(by: by, reason: reason)
        case ControlKind.inputDropped:
            guard let count = reader.varint() else { return nil }
            self = .inputDropped(bytes: count)
        case ControlKind.inputBy:
            guard let name = reader.string(), let offset = reader.varint(), let count = reader.varint() else {
                return nil
            }
            self = .inputBy(name: name, offset: offset, bytes: count)
        default:
            return nil
        }
    }
}

extension ByteReader {
    fileprivate mutating func flag() -> Bool? {
        switch self.byte() {
        case 0: false
        case 1: true
        default: nil
        }
    }

    fileprivate mutating func direction() -> Direction? { self.byte().flatMap(Direction.init) }
}
