import AdminAPI
import ArgumentParser
import Playback
import RecordingFormat

struct RecordingShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a recording: who, when, what it forwarded, the files that it moved, the commands that it ran.",
        discussion: """
            A command's source says how surely it is known: requested by the client, marked by the shell, echoed at
            what looks like a prompt, or sent to a shell without a terminal. A file without a hash moved in part, or
            not in order.

            Example:
              sallyport recording show ID
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @OptionGroup var argument: RecordingArgument
    @OptionGroup var decryption: DecryptionOptions

    func run() async throws {
        var shown = ShownRecording()
        if case .id(let id) = self.argument.recording {
            shown.recording = try await self.root.client.get(AdminRoutes.recording.path(id))
        }
        let loader = RecordingLoader(root: self.root, argument: self.argument, decryption: self.decryption)
        let loaded: LoadedRecording
        do {
            loaded = try await loader.load(for: .transcript) { events in for event in events { shown.add(event) } }
        } catch let failure as CommandFailure where shown.recording != nil {
            // The catalogue's part is worth showing by itself.
            try self.show(shown, title: nil)
            throw failure
        }
        try self.show(shown, title: loaded.title)
        try loaded.confirmVerified()
    }

    private func show(_ shown: ShownRecording, title: String?) throws {
        guard !self.output.json else { return try StandardOutput.json(shown) }
        var details = Details()
        if let recording = shown.recording {
            details.add("id", recording.id)
            details.add("file", recording.path)
            details.add("user", recording.user)
            details.add("account", recording.account)
            details.add("target", recording.target)
            details.add("from", recording.from)
            details.add("started", Display.time(recording.started))
            details.add("ended", recording.ended.map(Display.time) ?? "-")
            details.add("how", recording.how ?? "live")
            details.add("size", Display.size(recording.bytes))
        } else {
            details.add("file", self.argument.recording.name)
            details.add("session", title ?? "-")
        }
        details.write()
        shown.forwards.show()
        self.showFiles(shown.files)
        self.showCommands(shown.commands)
    }

    private func showFiles(_ files: [ShownRecording.File]) {
        guard !files.isEmpty else { return }
        StandardOutput.line("")
        var table = Table(.right("TIME"), .left("TO"), .right("SIZE"), .left("SHA-256"), .left("FILE"))
        for file in files {
            table.add(
                ClockText.clock(file.microseconds), file.direction, Display.size(file.bytes), file.sha256 ?? "-",
                file.path)
        }
        table.write(none: "")
    }

    private func showCommands(_ commands: [ShownRecording.Command]) {
        guard !commands.isEmpty else { return }
        StandardOutput.line("")
        var table = Table(.right("TIME"), .left("SOURCE"), .left("COMMAND"))
        for command in commands {
            table.add(ClockText.clock(command.microseconds), command.confidence, command.text)
        }
        table.write(none: "")
    }
}

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

    /// Nil for a file.
    var recording: RecordingInfo?
    private(set) var forwards = ShownForwards()
    private(set) var files: [File] = []
    private(set) var commands: [Command] = []
    private var index = CommandIndex()

    /// More files than a person reads, and than a listing should keep in memory.
    private static let maximumFiles = 100_000

    mutating func add(_ event: RecordedEvent) {
        self.commands += self.index.append(event).map {
            Command(microseconds: $0.time, channel: $0.channel, confidence: $0.confidence.rawValue, text: $0.text)
        }
        self.forwards.add(event)
        guard case .fileOperation(let operation) = event.body, self.files.count < Self.maximumFiles else { return }
        self.files.append(
            File(
                microseconds: event.time, channel: event.channel,
                direction: operation.direction == .toTarget ? "target" : "client", bytes: operation.size,
                sha256: operation.sha256.isEmpty ? nil : Self.hex(operation.sha256),
                path: SafeText.line(operation.path, limit: 4096)))
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private enum CodingKeys: String, CodingKey {
        case forwards, files, commands
    }

    /// The catalogue's fields stand beside `forwards`, `files` and `commands`.
    func encode(to encoder: any Encoder) throws {
        try self.recording?.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.forwards.list, forKey: .forwards)
        try container.encode(self.files, forKey: .files)
        try container.encode(self.commands, forKey: .commands)
    }
}
