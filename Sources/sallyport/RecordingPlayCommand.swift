import ArgumentParser
import Glibc
import TerminalPlayer

struct RecordingPlayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "play", abstract: "Play a recording on this terminal.",
        discussion: """
            Keys: space pause, left and right 5 s, up and down speed, . step, [ ] previous and next command or
            marker, / find text in the output and n the next place, i limit pauses, k what was typed, c next channel,
            ? title, q quit. A recording larger than this terminal is cropped, as the status line then says: Shift and an
            arrow, or H J K L, move the view, v lets it follow the cursor.

            Example:
              sallyport recording play ID --idle-limit 2
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var argument: RecordingArgument
    @OptionGroup var decryption: DecryptionOptions
    @Option(
        name: [.customLong("at"), .customLong("start")],
        help: ArgumentHelp("Begin here, in seconds or as MINUTES:SECONDS.", valueName: "time"))
    var start = PlaybackTime(microseconds: 0)
    @Option(help: "Number of the channel to show first.") var channel: UInt32?
    @Option(help: ArgumentHelp("Shorten longer pauses to this.", valueName: "seconds")) var idleLimit: UInt32?
    @Flag(name: .customLong("no-index"), help: "Don't use the recording's index: scan the recording.")
    var ignoresIndex = false
    @Flag(help: "Use an index too that the gateway didn't sign, such as one made by sallyport recording index.")
    var unsignedIndex = false

    func validate() throws {
        if self.ignoresIndex, self.unsignedIndex { throw ValidationError("--no-index excludes --unsigned-index") }
    }

    func run() async throws {
        try TerminalView.requireTerminal(hint: "use sallyport recording transcript to read it")
        let loader = RecordingLoader(root: self.root, argument: self.argument, decryption: self.decryption)
        let recording = try await loader.opened(
            for: .replay, index: self.ignoresIndex ? .none : self.unsignedIndex ? .any : .trusted)
        let ending = try TerminalView.showing {
            try TerminalPlayer.run(
                recording.reel, title: recording.title,
                options: .init(
                    start: self.start.microseconds, channel: self.channel,
                    idleLimit: self.idleLimit.map { UInt64($0) * 1_000_000 }))
        }
        let verified = try recording.verified()
        verified.noteWhatIsSealed()
        try verified.confirmVerified()
        TerminalView.end(with: ending)
    }
}

/// What full-screen views have in common.
enum TerminalView {
    /// Throws before anything is opened, and audited, for a view that could not be shown.
    static func requireTerminal(hint: String) throws {
        guard StandardOutput.isTerminal else {
            throw CommandFailure("\(TerminalPlayerError.outputIsNotATerminal)", hint: hint)
        }
    }

    static func showing(_ view: () throws -> ViewEnding) throws -> ViewEnding {
        do {
            return try view()
        } catch let error as TerminalPlayerError {
            throw CommandFailure("\(error)")
        }
    }

    /// Ends the process by the signal that ended the view, if one did.
    static func end(with ending: ViewEnding) {
        guard case .signal(let number) = ending else { return }
        signal(number, SIG_DFL)
        // Threads of the concurrency runtime block signals, and a blocked one would wait for ever.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, number)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        raise(number)
    }
}
