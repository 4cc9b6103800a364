import ArgumentParser
import Playback
import RecordingFormat

/// What a recording can be exported as.
enum ExportFormat: String, ExpressibleByArgument, CaseIterable {
    case asciicastV2 = "asciicast-v2"
}

struct RecordingExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a recording in a format of other tools to standard output.",
        discussion: """
            Example:
              sallyport recording export ID --format asciicast-v2 > session.cast && asciinema play session.cast
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var argument: RecordingArgument
    @OptionGroup var decryption: DecryptionOptions
    @Option(help: "Format of the output.") var format: ExportFormat
    @Option(help: "Number of the channel (default: the first with a terminal).") var channel: UInt32?
    @Flag(help: "Add what was typed.") var input = false

    func run() async throws {
        let loader = RecordingLoader(root: self.root, argument: self.argument, decryption: self.decryption)
        var events: [RecordedEvent] = []
        let recording = try await loader.load(for: .export) { events += $0 }
        let timeline = Timeline(events)
        guard let channel = self.channel ?? timeline.principalChannel, timeline.channel(channel) != nil else {
            try recording.confirmVerified()
            throw CommandFailure(
                self.channel.map { "\(recording.name) has no channel \($0)" } ?? "\(recording.name) has no channels")
        }
        switch self.format {
        case .asciicastV2:
            var export = AsciicastV2(
                .init(
                    channel: channel, startedAt: Int64(recording.started / 1_000_000_000), title: recording.title,
                    includesInput: self.input))
            for event in timeline.events {
                StandardOutput.text(export.append(event))
            }
            StandardOutput.text(export.finish())
        }
        try recording.confirmVerified()
    }
}
