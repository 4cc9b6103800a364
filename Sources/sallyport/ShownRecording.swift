import AdminAPI
import Playback
import RecordingFormat

/// What `recording show` prints. Names and commands are harmless text.
struct ShownRecording: Encodable {
    struct File: Encodable {
        /// Since the start.
        var microseconds: UInt64
        var channel: UInt32
        /// Where it went: `target` or `client`.
        var direction: String
        var bytes: UInt64
        /// Hex; nil if unknown.
        var sha256: String?
        var path: String

        private enum CodingKeys: String, CodingKey {
            case microseconds = "time_us"
            case channel, direction, bytes, sha256, path
        }
    }

    /// Something else that was done to files.
    struct Change: Encodable {
        var microseconds: UInt64
        var channel: UInt32
        /// sftp's status; 0 when it was done.
        var status: UInt32
        var text: String

        private enum CodingKeys: String, CodingKey {
            case microseconds = "time_us"
            case channel, status
            case text = "change"
        }
    }

    struct Command: Encodable {
        /// Since the start.
        var microseconds: UInt64
        var channel: UInt32
        var confidence: String
        var text: String

        private enum CodingKeys: String, CodingKey {
            case microseconds = "time_us"
            case channel, confidence, text
        }
    }

    /// Who can read a part of the recording.
    struct Track: Encodable {
        /// `main`, or `input`: what was typed, if that has readers of its own.
        var track: String
        /// Fingerprints of their keys.
        var readers: [String]
        /// It was opened for this listing.
        var isOpen: Bool

        var text: String { self.readers.joined(separator: ", ") + (self.isOpen ? "" : " (sealed here)") }

        private enum CodingKeys: String, CodingKey {
            case track, readers
            case isOpen = "open"
        }
    }

    /// Nil for a file.
    var recording: RecordingInfo?
    /// Nil until the recording was opened; the main one first.
    private(set) var tracks: [Track]?
    private(set) var forwards = ShownForwards()
    private(set) var files: [File] = []
    private(set) var changes: [Change] = []
    private(set) var commands: [Command] = []
    private var seen: [UInt32: ShownChannel] = [:]
    private var index = CommandIndex()

    /// More files than a person reads, and than a listing should keep in memory.
    private static let maximumFiles = 100_000
    private static let maximumChannels = 100_000

    /// In order of their numbers.
    var channels: [ShownChannel] { self.seen.values.sorted { $0.number < $1.number } }

    var isTypedForOthers: Bool { self.tracks?.contains { !$0.isOpen } == true }

    /// Who can read it.
    mutating func add(_ recording: LoadedRecording) {
        guard let header = recording.report.header else { return }
        func track(_ name: String, _ track: RecordingTrack, isOpen: Bool) -> Track {
            Track(track: name, readers: header.recipients(of: track).map(\.fingerprint), isOpen: isOpen)
        }
        self.tracks = [track("main", .main, isOpen: true)]
        guard header.hasInputTrack else { return }
        self.tracks?.append(track("input", .input, isOpen: recording.typedForOthers == nil))
    }

    mutating func add(_ event: RecordedEvent) {
        self.commands += self.index.append(event).map {
            Command(microseconds: $0.time, channel: $0.channel, confidence: $0.confidence.rawValue, text: $0.text)
        }
        if event.channel != 0, self.seen[event.channel] != nil || self.seen.count < Self.maximumChannels {
            self.seen[event.channel, default: ShownChannel(event.channel, opened: event.time)].add(event)
        }
        self.forwards.add(event)
        guard self.files.count + self.changes.count < Self.maximumFiles else { return }
        switch event.body {
        case .fileOperation(let operation):
            self.files.append(
                File(
                    microseconds: event.time, channel: event.channel,
                    direction: operation.direction == .toTarget ? "target" : "client", bytes: operation.size,
                    sha256: operation.sha256.isEmpty ? nil : HexText.encode(operation.sha256),
                    path: SafeText.line(operation.path, limit: 4096)))
        case .fileChange(let change):
            self.changes.append(
                Change(
                    microseconds: event.time, channel: event.channel, status: change.status, text: change.label))
        default: break
        }
    }

    private enum CodingKeys: String, CodingKey {
        case tracks, forwards, files, changes, commands, channels
    }

    /// The catalogue's fields stand beside these.
    func encode(to encoder: any Encoder) throws {
        try self.recording?.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(self.tracks, forKey: .tracks)
        try container.encode(self.forwards.list, forKey: .forwards)
        try container.encode(self.files, forKey: .files)
        try container.encode(self.changes, forKey: .changes)
        try container.encode(self.commands, forKey: .commands)
        try container.encode(self.channels, forKey: .channels)
    }
}

/// One channel in `recording show`.
struct ShownChannel: Encodable {
    let number: UInt32
    /// Microseconds since the start. `ended` is nil when the recording holds no close.
    let opened: UInt64
    private(set) var ended: UInt64?
    private(set) var request = "channel"
    /// Bytes that went to the target, and to the client, whether the recording holds them or not.
    private(set) var bytesIn: UInt64 = 0
    private(set) var bytesOut: UInt64 = 0
    /// Bytes of file content among them that it doesn't hold.
    private(set) var omitted: UInt64 = 0
    private(set) var exitStatus: UInt32?
    /// A protocol moves files that nothing follows: `rsync`, `git`.
    private(set) var unlisted: String?
    private var summary: ChannelSummary

    init(_ number: UInt32, opened: UInt64) {
        self.number = number
        self.opened = opened
        self.summary = ChannelSummary(number: number, opened: opened)
    }

    mutating func add(_ event: RecordedEvent) {
        self.summary.add(event)
        self.request = self.summary.purpose.label
        self.bytesIn = self.summary.inputBytes
        self.bytesOut = self.summary.outputBytes
        self.exitStatus = self.summary.exitStatus
        switch event.body {
        case .channelClosed: self.ended = event.time
        case .omitted(_, let bytes): self.omitted = self.omitted.addingReportingOverflow(bytes).partialValue
        case .request(.exec(let command)):
            let label = ProtocolCommand.label(command)
            self.unlisted = label == "scp" ? nil : label
        default: break
        }
    }

    /// What isn't known, or isn't kept: for people.
    var note: String {
        if let unlisted = self.unlisted { return "\(unlisted): files not listed" }
        return self.omitted > 0 ? "\(Display.size(self.omitted)) of file content not kept" : "-"
    }

    private enum CodingKeys: String, CodingKey {
        case number = "channel"
        case opened = "opened_us"
        case ended = "ended_us"
        case bytesIn = "bytes_in"
        case bytesOut = "bytes_out"
        case omitted = "omitted_bytes"
        case exitStatus = "exit_status"
        case unlisted = "unlisted_files_of"
        case request
    }
}
