import RecordingFormat

/// A JSON object as it is put together, one member after the other.
struct EventObject {
    private var members: [String] = []

    init() {}

    /// - parameter event: the value of `event`.
    init(_ event: String) { self.add("event", text: event) }

    /// The object and a line feed.
    var line: String { self.json + "\n" }

    private var json: String { "{\(self.members.joined(separator: ","))}" }

    private mutating func add(_ name: String, json: String) {
        self.members.append("\(JSONText.quoted(name)):\(json)")
    }

    mutating func add(_ name: String, number: UInt64) { self.add(name, json: "\(number)") }
    mutating func add(_ name: String, boolean: Bool) { self.add(name, json: "\(boolean)") }
    mutating func add(_ name: String, text: String) { self.add(name, json: JSONText.quoted(text)) }
    mutating func add(_ name: String, object: EventObject) { self.add(name, json: object.json) }
    mutating func add(_ name: String, seconds: UInt64) { self.add(name, json: ClockText.seconds(seconds)) }

    /// As text, in which what isn't UTF-8 is U+FFFD, and exactly in base 64 as `NAME_base64`.
    mutating func add(_ name: String, bytes: [UInt8]) {
        self.add(name, text: String(decoding: bytes, as: UTF8.self))
        self.add(name + "_base64", json: "\"\(Base64Text.encode(bytes))\"")
    }

    private mutating func add(hex name: String, _ bytes: [UInt8]) {
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        self.add(name, text: digits.joined())
    }

    /// The event's name as `event`, and its fields.
    mutating func add(_ body: EventBody) {
        switch body {
        case .channelOpened(let type):
            self.begin("channel_opened", "type", type)
        case .channelRefused(let type, let reason, let text):
            self.begin("channel_refused", "type", type)
            self.add("reason", number: UInt64(reason))
            self.add("text", bytes: text)
        case .channelClosed: self.begin("channel_closed")
        case .request(let request): self.add(request)
        case .requestAnswered(let accepted):
            self.begin("request_answered")
            self.add("accepted", boolean: accepted)
        case .input(let bytes): self.begin("input", "data", bytes)
        case .output(let bytes): self.begin("output", "data", bytes)
        case .stderr(let bytes): self.begin("stderr", "data", bytes)
        case .endOfFile(let direction):
            self.begin("end_of_file")
            self.add(direction)
        case .exitStatus(let status): self.begin("exit_status", "status", UInt64(status))
        case .exitSignal(let name, let coreDumped, let message):
            self.begin("exit_signal", "signal", name)
            self.add("core_dumped", boolean: coreDumped)
            self.add("message", bytes: message)
        case .forwardOpened(let host, let port, let originHost, let originPort):
            self.begin("forward_opened", "host", host)
            self.add("port", number: UInt64(port))
            self.add("origin_host", bytes: originHost)
            self.add("origin_port", number: UInt64(originPort))
        case .fileOperation(let operation):
            self.begin("file_operation", "path", operation.path)
            self.add("size", number: operation.size)
            self.add(hex: "sha256", operation.sha256)
            self.add(operation.direction)
        case .withheld(let bytes): self.begin("withheld", "bytes", bytes)
        case .revealed(let bytes): self.begin("revealed", "data", bytes)
        case .masked(let bytes): self.begin("masked", "bytes", bytes)
        case .control(let control): self.add(control)
        case .omitted(let direction, let bytes):
            self.begin("omitted", "bytes", bytes)
            self.add(direction)
        case .fileChange(let change):
            self.begin("file_change", "path", change.path)
            self.add("change", text: change.label)
            self.add("kind", number: UInt64(change.kind.rawValue))
            self.add("status", number: UInt64(change.status))
            self.add("detail", bytes: change.detail)
        case .marker(let text): self.begin("marker", "text", text)
        case .targetRequest(let name, let wantsReply, let payload):
            self.begin("target_request", "name", name)
            self.add("wants_reply", boolean: wantsReply)
            self.add("payload", bytes: payload)
        case .unknown(let kind, let payload):
            self.begin("unknown", "kind", UInt64(kind))
            self.add("payload", bytes: payload)
        }
    }

    private mutating func add(_ request: RecordedRequest) {
        switch request {
        case .pty(let terminal, let columns, let rows, let widthPixels, let heightPixels, let modes):
            self.begin("pty", "terminal", terminal)
            self.add(columns, rows, widthPixels, heightPixels)
            self.add("modes", bytes: modes)
        case .environment(let name, let value):
            self.begin("environment", "name", name)
            self.add("value", bytes: value)
        case .shell: self.begin("shell")
        case .exec(let command): self.begin("exec", "command", command)
        case .subsystem(let name): self.begin("subsystem", "name", name)
        case .windowChange(let columns, let rows, let widthPixels, let heightPixels):
            self.begin("window_change")
            self.add(columns, rows, widthPixels, heightPixels)
        case .signal(let name): self.begin("signal", "signal", name)
        case .breakSignal(let milliseconds): self.begin("break", "milliseconds", UInt64(milliseconds))
        case .agentForwarding: self.begin("agent_forwarding")
        case .x11: self.begin("x11")
        case .other(let name, let payload):
            self.begin("other_request", "name", name)
            self.add("payload", bytes: payload)
        }
    }

    private mutating func add(_ control: ControlEvent) {
        switch control {
        case .locked(let name): self.begin("locked", "by", name)
        case .unlocked(let name): self.begin("unlocked", "by", name)
        case .message(let name, let text):
            self.begin("message", "by", name)
            self.add("text", bytes: text)
        case .watcherJoined(let name): self.begin("watcher_joined", "by", name)
        case .watcherLeft(let name): self.begin("watcher_left", "by", name)
        case .killed(let name, let reason):
            self.begin("killed", "by", name)
            self.add("reason", bytes: reason)
        case .inputDropped(let bytes): self.begin("input_dropped", "bytes", bytes)
        case .inputBy(let name, let offset, let bytes):
            self.begin("input_by", "by", name)
            self.add("offset", number: offset)
            self.add("bytes", number: bytes)
        }
    }

    private mutating func add(_ columns: UInt32, _ rows: UInt32, _ widthPixels: UInt32, _ heightPixels: UInt32) {
        self.add("columns", number: UInt64(columns))
        self.add("rows", number: UInt64(rows))
        self.add("width_pixels", number: UInt64(widthPixels))
        self.add("height_pixels", number: UInt64(heightPixels))
    }

    private mutating func add(_ direction: Direction) {
        switch direction {
        case .toTarget: self.add("direction", text: "to_target")
        case .toClient: self.add("direction", text: "to_client")
        }
    }

    private mutating func begin(_ event: String) { self.add("event", text: event) }

    private mutating func begin(_ event: String, _ name: String, _ bytes: [UInt8]) {
        self.begin(event)
        self.add(name, bytes: bytes)
    }

    private mutating func begin(_ event: String, _ name: String, _ number: UInt64) {
        self.begin(event)
        self.add(name, number: number)
    }
}
