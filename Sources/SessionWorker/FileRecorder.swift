import FileAudit
import RecordingFormat
import SSHTransport

/// Follows the files of one channel, and says which of its bytes the grant wants left out of the recording.
///
/// What a channel carries is decided by the first program that the client asks for: a later request, which servers
/// refuse, must not make a shell's bytes pass for file content. Only what surely is the content of a file that is
/// followed is left out, and only while the program runs that was asked for; of everything else each byte is recorded.
struct FileRecorder {
    /// A part of what arrived, in order.
    enum Part {
        /// For the recording. Valid as long as the bytes that were handed in.
        case recorded(UnsafeRawBufferPointer)
        /// So many bytes of content.
        case omitted(Int)
    }

    /// The grant's policy. Set before the first byte is noted.
    var omitsContent = false
    private var auditor: FileAuditor?
    private var hasProgram = false
    private var hasStarted = false
    /// The program is a file server and nothing else.
    private var isPlain = false
    private var hasTerminal = false

    /// Called as the request arrives: the program's first bytes may overtake the answer.
    mutating func received(_ request: ChannelRequest.Kind) {
        // A terminal changes bytes on their way.
        if case .pty = request { self.hasTerminal = true }
        guard request.isProgram, !self.hasProgram, !self.hasStarted else { return }
        self.hasProgram = true
        switch request {
        case .exec(let command):
            self.auditor = FileAuditor(command: command)
            self.isPlain = ChannelPermission.isCopy(command)
        case .subsystem(let name):
            self.auditor = FileAuditor(subsystem: name)
            self.isPlain = true
        default: break
        }
    }

    /// The target, or the gateway, has answered. A program that was asked for after a refused one, before the answer,
    /// is not followed. Of one whose outcome is untold everything is recorded: it may not be the one that runs.
    mutating func answered(_ request: ChannelRequest.Kind, _ outcome: RequestOutcome) {
        guard request.isProgram, !self.hasStarted else { return }
        self.hasStarted = outcome != .refused
        if outcome == .untold { self.isPlain = false }
        guard outcome == .refused else { return }
        self.hasProgram = false
        self.auditor = nil
    }

    /// The bytes that arrived in one direction.
    /// - returns: all of them, and what they say of files.
    mutating func heard(_ bytes: UnsafeRawBufferPointer, _ direction: Direction) -> (parts: [Part], events: [EventBody])
    {
        guard !bytes.isEmpty else { return ([], []) }
        var content: [Range<Int>] = []
        let events = self.auditor?.received(bytes, direction, content: &content) ?? []
        guard self.omitsContent, self.hasStarted, self.isPlain, !self.hasTerminal else {
            return ([.recorded(bytes)], events)
        }
        var parts: [Part] = []
        var start = 0
        func record(upTo end: Int) {
            if start < end { parts.append(.recorded(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))) }
        }
        for range in content where !range.isEmpty {
            record(upTo: range.lowerBound)
            parts.append(.omitted(range.count))
            start = range.upperBound
        }
        record(upTo: bytes.count)
        return (parts, events)
    }

    /// The channel, or its connection, has ended.
    func finish() -> [EventBody] { self.auditor?.finish() ?? [] }
}

extension ChannelRequest.Kind {
    fileprivate var isProgram: Bool {
        switch self {
        case .shell, .exec, .subsystem: true
        default: false
        }
    }
}
