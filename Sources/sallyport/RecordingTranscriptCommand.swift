import ArgumentParser
import Playback

struct RecordingTranscriptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transcript", abstract: "Print what was shown and typed, as plain text.",
        discussion: """
            Example:
              sallyport recording transcript ID | less
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var argument: RecordingArgument
    @OptionGroup var decryption: DecryptionOptions
    @Option(help: "Only the channel of this number.") var channel: UInt32?
    @Flag(help: "Leave out what was typed.") var noInput = false

    func run() async throws {
        let loader = RecordingLoader(root: self.root, argument: self.argument, decryption: self.decryption)
        var transcript = Transcript(.init(includesInput: !self.noInput, channel: self.channel))
        let recording = try await loader.load(for: .transcript) { events in
            for event in events { Self.print(transcript.append(event)) }
        }
        Self.print(transcript.finish())
        if !self.noInput { recording.noteWhatIsSealed() }
        try recording.confirmVerified()
    }

    private static func print(_ lines: [TranscriptLine]) {
        guard !lines.isEmpty else { return }
        StandardOutput.text(lines.map { $0.plainText + "\n" }.joined())
    }
}
