import Playback
import RecordingFormat
import SessionStore

/// The lines of one recording that can be searched for, within limits: commands, files that moved, what was shown.
///
/// What was typed is left out, since it may hold secrets that were never shown; and so is the content of files that
/// scp brought.
struct SearchableContent {
    /// Lines of one recording.
    static let maximumEntries = 20_000
    /// Of all lines together, in bytes of UTF-8.
    static let maximumText = 4 << 20
    /// Output that is read for it, in bytes: about a second of work.
    static let maximumOutput = 64 << 20
    /// Unicode scalars of one line.
    private static let maximumLine = 500
    private static let maximumCopies = 1024

    private(set) var entries: [SearchEntry] = []
    /// A limit was reached: the rest is left out.
    private(set) var isFull = false
    private var transcript = Transcript(.init(includesInput: false))
    private var commands = CommandIndex()
    private var textBytes = 0
    private var outputBytes = 0
    /// Channels of scp.
    private var copies: Set<UInt32> = []

    mutating func add(_ event: RecordedEvent) {
        guard !self.isFull else { return }
        for command in self.commands.append(event) {
            self.add(.command, command.channel, command.time, command.text)
        }
        switch event.body {
        case .fileOperation(let operation):
            self.add(.file, event.channel, event.time, SafeText.line(operation.path, limit: Self.maximumLine))
        case .request(.exec(let command)) where command.starts(with: "scp ".utf8):
            if self.copies.count < Self.maximumCopies { self.copies.insert(event.channel) }
        case .output(let bytes), .stderr(let bytes):
            guard !self.copies.contains(event.channel) else { return }
            self.outputBytes += bytes.count
            if self.outputBytes > Self.maximumOutput { self.isFull = true }
        case .channelClosed: self.copies.remove(event.channel)
        default: break
        }
        self.add(self.transcript.append(event))
    }

    /// What is still on the screens.
    mutating func finish() { self.add(self.transcript.finish()) }

    private mutating func add(_ lines: [TranscriptLine]) {
        for line in lines where line.kind == .shown || line.kind == .error {
            // Just before it left the screen.
            let time = line.time > 0 ? line.time - 1 : 0
            self.add(.output, line.channel, time, SafeText.line(line.text.utf8, limit: Self.maximumLine))
        }
    }

    private mutating func add(_ kind: SearchEntry.Kind, _ channel: UInt32, _ time: UInt64, _ text: String) {
        guard !text.allSatisfy({ $0 == " " }) else { return }
        guard self.entries.count < Self.maximumEntries, self.textBytes + text.utf8.count <= Self.maximumText else {
            self.isFull = true
            return
        }
        self.textBytes += text.utf8.count
        self.entries.append(SearchEntry(kind: kind, channel: channel, time: time, text: text))
    }
}
