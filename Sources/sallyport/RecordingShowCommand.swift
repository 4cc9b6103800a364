import AdminAPI
import ArgumentParser
import Playback

struct RecordingShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract:
            "Show a recording: its channels, what it forwarded, the files that it moved, the commands that it ran.",
        discussion: """
            A command's source says how surely it is known: requested by the client, marked by the shell, echoed at
            what looks like a prompt, or sent to a shell without a terminal. A file whose hash is "partial" moved in
            part, or not in order. Of rsync and git the bytes are recorded, and the files are not listed.

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
            // Nothing but the catalogue's part is left.
            if shown.recording?.deleted != nil { return try self.show(shown, title: nil) }
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
        shown.add(loaded)
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
            if let deleted = recording.deleted {
                details.add("deleted", DeletedRecording.trace(deleted).replacing("deleted on ", with: ""))
            }
        } else {
            details.add("file", self.argument.recording.name)
            details.add("session", title ?? "-")
        }
        if let tracks = shown.tracks {
            details.add(tracks.count > 1 ? "all but what was typed" : "all", tracks[0].text)
            if tracks.count > 1 { details.add("what was typed", tracks[1].text) }
        }
        details.write()
        self.showChannels(shown)
        shown.forwards.show()
        self.showFiles(shown.files)
        self.showChanges(shown.changes)
        self.showCommands(shown.commands)
    }

    private func showChannels(_ shown: ShownRecording) {
        let channels = shown.channels
        guard !channels.isEmpty else { return }
        StandardOutput.line("")
        var table = Table(
            .right("CHANNEL"), .right("OPENED"), .right("ENDED"), .right("IN"), .right("OUT"), .right("EXIT"),
            .left("NOTE"), .left("REQUEST"))
        for channel in channels {
            table.add(
                "\(channel.number)", ClockText.clock(channel.opened), channel.ended.map(ClockText.clock) ?? "-",
                shown.isTypedForOthers ? "sealed" : Display.size(channel.bytesIn), Display.size(channel.bytesOut),
                channel.exitStatus.map { "\($0)" } ?? "-", channel.note, channel.request)
        }
        table.write(none: "")
    }

    private func showChanges(_ changes: [ShownRecording.Change]) {
        guard !changes.isEmpty else { return }
        StandardOutput.line("")
        var table = Table(.right("TIME"), .left("CHANGE"))
        for change in changes { table.add(ClockText.clock(change.microseconds), change.text) }
        table.write(none: "")
    }

    private func showFiles(_ files: [ShownRecording.File]) {
        guard !files.isEmpty else { return }
        StandardOutput.line("")
        var table = Table(.right("TIME"), .left("TO"), .right("SIZE"), .left("SHA-256"), .left("FILE"))
        for file in files {
            table.add(
                ClockText.clock(file.microseconds), file.direction, Display.size(file.bytes), file.sha256 ?? "partial",
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
