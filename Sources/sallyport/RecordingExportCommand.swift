import ArgumentParser
import Glibc
import Playback

struct RecordingExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a recording in a format of other tools.",
        discussion: """
            Formats:
              asciicast-v2, asciicast-v3  asciinema 2, asciinema 3 and later
              script                      util-linux; --output BASE makes BASE.typescript and BASE.timing
              ttyrec                      ttyplay
              ndjson                      every event as a JSON object on a line
              html                        one file that plays it in a browser, offline

            Examples:
              sallyport recording export ID --format asciicast-v2 > session.cast && asciinema play session.cast
              sallyport recording export ID --format html --output session.html
              sallyport recording export ID --format script --output session &&
                  scriptreplay --log-timing session.timing --log-out session.typescript
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var argument: RecordingArgument
    @OptionGroup var decryption: DecryptionOptions
    @Option(help: "Format of the output.") var format: ExportFormat
    @Option(help: "Number of the channel (default: the first with a terminal; ndjson: all).") var channel: UInt32?
    @Flag(help: "Add what was typed, where it is left out otherwise.") var input = false
    @Option(help: ArgumentHelp("Write to this file (default: standard output).", valueName: "file"))
    var output: String?

    func validate() throws {
        guard self.output != "" else { throw ValidationError("--output needs a file") }
        guard self.format != .script || self.output != nil else {
            throw ValidationError("--format script makes several files: give --output BASE")
        }
        guard !self.input || self.format.takesInput else {
            throw ValidationError("--format \(self.format.rawValue) has no switch for what was typed")
        }
    }

    func run() async throws {
        guard self.output != nil || self.format.isHarmless || !StandardOutput.isTerminal else {
            throw CommandFailure(
                "\(self.format.rawValue) is what programs sent to a terminal, and standard output is one",
                hint: "give --output FILE, or play it with sallyport recording play", status: .usage)
        }
        try self.requireRereadable()
        let loader = RecordingLoader(root: self.root, argument: self.argument, decryption: self.decryption)
        let opened = try await loader.open(for: .export)
        // Read twice, so that it need not be in memory: once to know what there is, once to write it.
        var overview = RecordingOverview()
        let scanned = try await opened.read { for event in $0 { overview.append(event) } }
        if self.input, let readers = scanned.typedForOthers {
            throw CommandFailure(
                "what was typed is sealed to \(readers.joined(separator: ", "))",
                hint: "add --identity FILE of one of them, or leave out --input", status: .denied)
        }
        let channel = try self.chosenChannel(of: scanned, overview)
        var writer = self.format.writer(for: scanned, channel: channel, includesInput: self.input)
        let files = try self.files()
        func write(_ pieces: [[UInt8]]) throws { for (file, bytes) in zip(files, pieces) { try file.write(bytes) } }
        try write(writer.begin())
        let recording = try await opened.read { for event in $0 { try write(writer.add(event)) } }
        try write(writer.end(recording))
        for file in files { try file.finish() }
        recording.noteWhatIsSealed()
        try recording.confirmVerified()
    }

    /// Nil for all.
    private func chosenChannel(of recording: LoadedRecording, _ overview: RecordingOverview) throws -> UInt32? {
        if self.channel == nil, self.format == .ndjson { return nil }
        let channel = self.channel ?? overview.principalChannel
        if let channel, overview.channel(channel) != nil { return channel }
        try recording.confirmVerified()
        throw CommandFailure(
            self.channel.map { "\(recording.name) has no channel \($0)" } ?? "\(recording.name) has no channels")
    }

    private func files() throws -> [ExportFile] {
        guard let output = self.output else { return [.standardOutput] }
        guard self.format == .script else { return [try .create(output)] }
        let endings = ["typescript", "timing"] + (self.input ? ["input"] : [])
        return try endings.map { try .create("\(output).\($0)") }
    }

    private func requireRereadable() throws {
        guard case .file(let path) = self.argument.recording else { return }
        var status = stat()
        // A file that isn't there is the loader's to report.
        guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return }
        throw CommandFailure("\(path) is not a regular file, and an export reads it twice", status: .usage)
    }
}
