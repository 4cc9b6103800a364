import RecordingFormat
import SSHTransport

extension ChannelRequest {
    /// The request as the recording keeps it.
    var recorded: RecordedRequest {
        switch self.kind {
        case .pty(let terminal, let columns, let rows, let width, let height, let modes):
            .pty(
                terminal: terminal, columns: columns, rows: rows, widthPixels: width, heightPixels: height,
                modes: modes)
        case .environment(let name, let value): .environment(name: name, value: value)
        case .shell: .shell
        case .exec(let command): .exec(command: command)
        case .subsystem(let name): .subsystem(name: name)
        case .windowChange(let columns, let rows, let width, let height):
            .windowChange(columns: columns, rows: rows, widthPixels: width, heightPixels: height)
        case .signal(let name): .signal(name: name)
        case .breakSignal(let milliseconds): .breakSignal(milliseconds: milliseconds)
        case .agentForwarding: .agentForwarding
        case .x11: .x11
        case .other, .malformed: .other(name: self.name, payload: self.payload)
        }
    }
}

extension ChannelRequest.Kind {
    /// Whether such a request goes on to the target at all.
    var isServed: Bool { self != .malformed }
}
