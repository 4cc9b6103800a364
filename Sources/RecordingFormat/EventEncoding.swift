/// Kind numbers of docs/recording-format.md section 5.1.
enum EventKind {
    /// Kinds are below 2 to this power: they share a number with the channel.
    static let bits = 6

    /// Whether events of this kind tell of what was typed, and stand in the input track if there is one.
    static func isInput(_ kind: UInt8) -> Bool {
        switch kind {
        case Self.input, Self.withheld, Self.revealed, Self.masked: true
        default: false
        }
    }

    static let channelOpened: UInt8 = 1
    static let channelRefused: UInt8 = 2
    static let channelClosed: UInt8 = 3
    static let request: UInt8 = 4
    static let requestAnswered: UInt8 = 5
    static let input: UInt8 = 6
    static let output: UInt8 = 7
    static let stderr: UInt8 = 8
    static let endOfFile: UInt8 = 9
    static let exitStatus: UInt8 = 10
    static let exitSignal: UInt8 = 11
    static let forwardOpened: UInt8 = 12
    static let fileOperation: UInt8 = 13
    static let withheld: UInt8 = 14
    static let revealed: UInt8 = 15
    static let masked: UInt8 = 16
    static let control: UInt8 = 17
    static let marker: UInt8 = 18
    static let omitted: UInt8 = 19
    static let fileChange: UInt8 = 20
    static let targetRequest: UInt8 = 21
}

extension EventBody {
    /// Kind number and payload, as they stand in a frame.
    var encoded: (kind: UInt8, payload: [UInt8]) {
        var out = ByteWriter()
        let kind: UInt8
        switch self {
        case .channelOpened(let type):
            kind = EventKind.channelOpened
            out.string(type)
        case .channelRefused(let type, let reason, let text):
            kind = EventKind.channelRefused
            out.string(type)
            out.varint(reason)
            out.string(text)
        case .channelClosed:
            kind = EventKind.channelClosed
        case .request(let request):
            kind = EventKind.request
            request.encode(into: &out)
        case .requestAnswered(let accepted):
            kind = EventKind.requestAnswered
            out.fixed(UInt8(accepted ? 1 : 0))
        case .input(let bytes):
            return (EventKind.input, bytes)
        case .output(let bytes):
            return (EventKind.output, bytes)
        case .stderr(let bytes):
            return (EventKind.stderr, bytes)
        case .endOfFile(let direction):
            kind = EventKind.endOfFile
            out.fixed(direction.rawValue)
        case .exitStatus(let status):
            kind = EventKind.exitStatus
            out.varint(status)
        case .exitSignal(let name, let coreDumped, let message):
            kind = EventKind.exitSignal
            out.string(name)
            out.fixed(UInt8(coreDumped ? 1 : 0))
            out.string(message)
        case .forwardOpened(let host, let port, let originHost, let originPort):
            kind = EventKind.forwardOpened
            out.string(host)
            out.varint(port)
            out.string(originHost)
            out.varint(originPort)
        case .fileOperation(let operation):
            kind = EventKind.fileOperation
            out.fixed(operation.direction.rawValue)
            out.varint(operation.size)
            out.string(operation.sha256)
            out.string(operation.path)
        case .withheld(let count):
            kind = EventKind.withheld
            out.varint(count)
        case .revealed(let bytes):
            return (EventKind.revealed, bytes)
        case .masked(let count):
            kind = EventKind.masked
            out.varint(count)
        case .control(let control):
            kind = EventKind.control
            control.encode(into: &out)
        case .marker(let text):
            return (EventKind.marker, text)
        case .omitted(let direction, let count):
            kind = EventKind.omitted
            out.fixed(direction.rawValue)
            out.varint(count)
        case .fileChange(let change):
            kind = EventKind.fileChange
            out.fixed(change.kind.rawValue)
            out.varint(change.status)
            out.string(change.path)
            out.string(change.detail)
        case .targetRequest(let name, let wantsReply, let payload):
            kind = EventKind.targetRequest
            out.string(name)
            out.fixed(UInt8(wantsReply ? 1 : 0))
            out.string(payload)
        case .unknown(let number, let payload):
            return (number, payload)
        }
        return (kind, out.bytes)
    }
}

/// Request numbers of section 5.2.
enum RequestKind {
    static let pty: UInt8 = 1
    static let environment: UInt8 = 2
    static let shell: UInt8 = 3
    static let exec: UInt8 = 4
    static let subsystem: UInt8 = 5
    static let windowChange: UInt8 = 6
    static let signal: UInt8 = 7
    static let breakSignal: UInt8 = 8
    static let agentForwarding: UInt8 = 9
    static let x11: UInt8 = 10
    static let other: UInt8 = 255
}

extension RecordedRequest {
    fileprivate func encode(into out: inout ByteWriter) {
        switch self {
        case .pty(let terminal, let columns, let rows, let widthPixels, let heightPixels, let modes):
            out.fixed(RequestKind.pty)
            out.string(terminal)
            for number in [columns, rows, widthPixels, heightPixels] { out.varint(number) }
            out.string(modes)
        case .environment(let name, let value):
            out.fixed(RequestKind.environment)
            out.string(name)
            out.string(value)
        case .shell:
            out.fixed(RequestKind.shell)
        case .exec(let command):
            out.fixed(RequestKind.exec)
            out.string(command)
        case .subsystem(let name):
            out.fixed(RequestKind.subsystem)
            out.string(name)
        case .windowChange(let columns, let rows, let widthPixels, let heightPixels):
            out.fixed(RequestKind.windowChange)
            for number in [columns, rows, widthPixels, heightPixels] { out.varint(number) }
        case .signal(let name):
            out.fixed(RequestKind.signal)
            out.string(name)
        case .breakSignal(let milliseconds):
            out.fixed(RequestKind.breakSignal)
            out.varint(milliseconds)
        case .agentForwarding:
            out.fixed(RequestKind.agentForwarding)
        case .x11:
            out.fixed(RequestKind.x11)
        case .other(let name, let payload):
            out.fixed(RequestKind.other)
            out.string(name)
            out.string(payload)
        }
    }
}

/// Control numbers of section 5.3.
enum ControlKind {
    static let locked: UInt8 = 1
    static let unlocked: UInt8 = 2
    static let message: UInt8 = 3
    static let watcherJoined: UInt8 = 4
    static let watcherLeft: UInt8 = 5
    static let killed: UInt8 = 6
    static let inputDropped: UInt8 = 7
    static let inputBy: UInt8 = 8
}

extension ControlEvent {
    fileprivate func encode(into out: inout ByteWriter) {
        switch self {
        case .locked(let by):
            out.fixed(ControlKind.locked)
            out.string(by)
        case .unlocked(let by):
            out.fixed(ControlKind.unlocked)
            out.string(by)
        case .message(let from, let text):
            out.fixed(ControlKind.message)
            out.string(from)
            out.string(text)
        case .watcherJoined(let name):
            out.fixed(ControlKind.watcherJoined)
            out.string(name)
        case .watcherLeft(let name):
            out.fixed(ControlKind.watcherLeft)
            out.string(name)
        case .killed(let by, let reason):
            out.fixed(ControlKind.killed)
            out.string(by)
            out.string(reason)
        case .inputDropped(let count):
            out.fixed(ControlKind.inputDropped)
            out.varint(count)
        case .inputBy(let name, let offset, let count):
            out.fixed(ControlKind.inputBy)
            out.string(name)
            out.varint(offset)
            out.varint(count)
        }
    }
}
