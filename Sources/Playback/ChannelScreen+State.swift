import RecordingFormat
import TerminalModel

/// A channel's screen as compressed bytes: what is kept of it at many moments.
struct PackedScreen: Hashable, Sendable {
    /// Of one, unpacked: a screen of the largest size, with a marked character in each cell of both buffers, and the
    /// longest command.
    private static let limit = 8 << 20

    let bytes: ArraySlice<UInt8>

    init(_ view: ChannelScreen) {
        var state = StateWriter()
        view.summary.write(to: &state)
        view.screen.write(to: &state)
        state.string(view.recentInput)
        state.flag(view.hasTitle)
        self.bytes = PackedBytes.pack(state.bytes)[...]
    }

    /// What ``bytes`` of another one were.
    init(bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// Nil if the bytes hold no such thing.
    var view: ChannelScreen? {
        guard let bytes = PackedBytes.unpack(self.bytes, limit: Self.limit) else { return nil }
        return ChannelScreen(state: bytes)
    }
}

extension ChannelScreen {
    /// Nil if the bytes are not the state of one.
    init?(state bytes: [UInt8]) {
        var state = StateReader(bytes[...])
        guard let summary = ChannelSummary(from: &state), let screen = TerminalScreen(from: &state),
            let input = state.string(), input.count <= 2 * Self.recentBytes, let hasTitle = state.flag(),
            state.isAtEnd
        else { return nil }
        self.init(channel: summary.number)
        self.summary = summary
        self.screen = screen
        self.recentInput = Array(input)
        self.hasTitle = hasTitle
    }
}

extension ChannelSummary {
    func write(to state: inout StateWriter) {
        state.number(self.number)
        self.purpose.write(to: &state)
        state.number(self.terminal?.columns ?? 0)
        state.number(self.terminal?.rows ?? 0)
        state.string(self.terminalType)
        state.number(self.opened)
        state.number(self.lastEvent)
        state.number(self.inputBytes & Self.countMask)
        state.number(self.outputBytes & Self.countMask)
        state.number(self.exitStatus.map { UInt64($0) + 1 } ?? 0)
    }

    /// Counts are kept below 2^62. No recording has as many bytes, but one may claim to.
    private static let countMask: UInt64 = (1 << 62) - 1

    init?(from state: inout StateReader) {
        guard let number = state.number().flatMap({ UInt32(exactly: $0) }), let purpose = ChannelPurpose(from: &state),
            let columns = state.number(in: 0..<TerminalSize.maximumColumns + 1),
            let rows = state.number(in: 0..<TerminalSize.maximumRows + 1), let terminalType = state.string(),
            let opened = state.number(), let lastEvent = state.number(), let inputBytes = state.number(),
            let outputBytes = state.number(), let exitStatus = state.number(in: 0..<1 << 33)
        else { return nil }
        self.init(number: number, opened: opened)
        self.purpose = purpose
        self.terminal = columns == 0 ? nil : TerminalSize(columns: columns, rows: rows)
        self.terminalType = Array(terminalType)
        self.lastEvent = lastEvent
        self.inputBytes = inputBytes
        self.outputBytes = outputBytes
        self.exitStatus = exitStatus == 0 ? nil : UInt32(clamping: exitStatus - 1)
    }
}

extension ChannelPurpose {
    fileprivate func write(to state: inout StateWriter) {
        switch self {
        case .unknown: state.raw([0])
        case .shell: state.raw([1])
        case .exec(let command):
            state.raw([2])
            state.string(command)
        case .subsystem(let name):
            state.raw([3])
            state.string(name)
        case .forward(let host, let port):
            state.raw([4])
            state.string(host)
            state.number(port)
        case .refused: state.raw([5])
        case .agent: state.raw([6])
        case .display: state.raw([7])
        }
    }

    fileprivate init?(from state: inout StateReader) {
        switch state.byte() {
        case 0: self = .unknown
        case 1: self = .shell
        case 2:
            guard let command = state.string() else { return nil }
            self = .exec(command: Array(command))
        case 3:
            guard let name = state.string() else { return nil }
            self = .subsystem(name: Array(name))
        case 4:
            guard let host = state.string(), let port = state.number().flatMap({ UInt32(exactly: $0) }) else {
                return nil
            }
            self = .forward(host: Array(host), port: port)
        case 5: self = .refused
        case 6: self = .agent
        case 7: self = .display
        default: return nil
        }
    }
}
