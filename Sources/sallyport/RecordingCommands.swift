import AdminAPI
import ArgumentParser

struct RecordingCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "recording", abstract: "Recorded sessions: list, verify, play, export.",
        subcommands: [
            List.self, RecordingShowCommand.self, RecordingVerifyCommand.self, RecordingPlayCommand.self,
            RecordingSearchCommand.self, RecordingTranscriptCommand.self, RecordingExportCommand.self,
            RecordingIndexCommand.self, RecordingRetentionCommand.self, RecordingDeleteCommand.self,
            RecordingHoldCommand.self, RecordingReleaseCommand.self, RecordingHoldsCommand.self,
            RecordingKeyCommand.self,
        ])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List recordings, oldest first.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let recordings: [RecordingInfo] = try await self.root.client.get(AdminRoutes.recordings.path())
            guard !self.output.json else { return try StandardOutput.json(recordings) }
            var table = Table(
                .left("ID"), .left("STARTED"), .right("LENGTH"), .left("USER"), .left("ACCOUNT"), .left("TARGET"),
                .left("FROM"), .left("HOW"), .right("SIZE"))
            for recording in recordings {
                table.add(
                    recording.id, Display.time(recording.started),
                    recording.ended.map { Display.duration(from: recording.started, to: $0) } ?? "-",
                    recording.user, recording.account, recording.target, recording.from,
                    recording.deleted == nil ? recording.how ?? "live" : "deleted",
                    Display.size(recording.bytes))
            }
            table.write(none: "no recordings")
        }
    }
}
