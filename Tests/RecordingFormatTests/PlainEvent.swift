import RecordingFormat

/// An event as the reference reader prints it: a flat dictionary of strings, numbers decimal, bytes hexadecimal.
func plain(_ event: RecordedEvent) -> [String: String] {
    ["time": String(event.time), "channel": String(event.channel)].merging(fields(of: event.body)) { $1 }
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

private func fields(of body: EventBody) -> [String: String] {
    switch body {
    case .channelOpened(let type): ["kind": "channel opened", "type": hex(type)]
    case .channelRefused(let type, let reason, let text):
        ["kind": "channel refused", "type": hex(type), "reason": String(reason), "text": hex(text)]
    case .channelClosed: ["kind": "channel closed"]
    case .request(let request): ["kind": "request"].merging(fields(of: request)) { $1 }
    case .requestAnswered(let accepted): ["kind": "request answered", "accepted": accepted ? "1" : "0"]
    case .input(let data): ["kind": "input", "data": hex(data)]
    case .output(let data): ["kind": "output", "data": hex(data)]
    case .stderr(let data): ["kind": "stderr", "data": hex(data)]
    case .endOfFile(let direction): ["kind": "end of file", "direction": String(direction.rawValue)]
    case .exitStatus(let status): ["kind": "exit status", "status": String(status)]
    case .exitSignal(let name, let coreDumped, let message):
        ["kind": "exit signal", "name": hex(name), "core dumped": coreDumped ? "1" : "0", "message": hex(message)]
    case .forwardOpened(let host, let port, let originHost, let originPort):
        [
            "kind": "forward opened", "host": hex(host), "port": String(port), "origin host": hex(originHost),
            "origin port": String(originPort),
        ]
    case .fileOperation(let file):
        [
            "kind": "file operation", "direction": String(file.direction.rawValue), "size": String(file.size),
            "sha256": hex(file.sha256), "path": hex(file.path),
        ]
    case .withheld(let count): ["kind": "withheld", "count": String(count)]
    case .revealed(let data): ["kind": "revealed", "data": hex(data)]
    case .masked(let count): ["kind": "masked", "count": String(count)]
    case .control(let control): ["kind": "control"].merging(fields(of: control)) { $1 }
    case .marker(let text): ["kind": "marker", "text": hex(text)]
    case .omitted(let direction, let count):
        ["kind": "omitted", "direction": String(direction.rawValue), "count": String(count)]
    case .fileChange(let change):
        [
            "kind": "file change", "change": String(change.kind.rawValue), "status": String(change.status),
            "path": hex(change.path), "detail": hex(change.detail),
        ]
    case .targetRequest(let name, let wantsReply, let payload):
        [
            "kind": "target request", "name": hex(name), "wants reply": wantsReply ? "1" : "0", "payload": hex(payload),
        ]
    case .unknown(let kind, let payload): ["kind": "unknown", "number": String(kind), "payload": hex(payload)]
    }
}

private func fields(of request: RecordedRequest) -> [String: String] {
    switch request {
    case .pty(let terminal, let columns, let rows, let width, let height, let modes):
        [
            "request": "pty", "terminal": hex(terminal), "columns": String(columns), "rows": String(rows),
            "pixel width": String(width), "pixel height": String(height), "modes": hex(modes),
        ]
    case .environment(let name, let value): ["request": "environment", "name": hex(name), "value": hex(value)]
    case .shell: ["request": "shell"]
    case .exec(let command): ["request": "exec", "command": hex(command)]
    case .subsystem(let name): ["request": "subsystem", "name": hex(name)]
    case .windowChange(let columns, let rows, let width, let height):
        [
            "request": "window change", "columns": String(columns), "rows": String(rows),
            "pixel width": String(width), "pixel height": String(height),
        ]
    case .signal(let name): ["request": "signal", "name": hex(name)]
    case .breakSignal(let milliseconds): ["request": "break", "milliseconds": String(milliseconds)]
    case .agentForwarding: ["request": "agent forwarding"]
    case .x11: ["request": "x11"]
    case .other(let name, let payload): ["request": "other", "name": hex(name), "payload": hex(payload)]
    }
}

private func fields(of control: ControlEvent) -> [String: String] {
    switch control {
    case .locked(let by): ["control": "locked", "by": hex(by)]
    case .unlocked(let by): ["control": "unlocked", "by": hex(by)]
    case .message(let from, let text): ["control": "message", "from": hex(from), "text": hex(text)]
    case .watcherJoined(let name): ["control": "watcher joined", "name": hex(name)]
    case .watcherLeft(let name): ["control": "watcher left", "name": hex(name)]
    case .killed(let by, let reason): ["control": "killed", "by": hex(by), "reason": hex(reason)]
    case .inputDropped(let count): ["control": "input dropped", "count": String(count)]
    case .inputBy(let name, let offset, let count):
        ["control": "input by", "name": hex(name), "offset": String(offset), "count": String(count)]
    }
}
