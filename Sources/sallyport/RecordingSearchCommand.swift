import AdminAPI
import ArgumentParser

struct RecordingSearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find ended recordings by what was run, moved or shown.",
        discussion: """
            A line is found when it holds all the words, each as the beginning of a word; newest recordings first.
            What was typed and never shown is not searched.

            Example:
              sallyport recording search "restart nginx"
              sallyport recording play ID --at 1:02.345
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: "Words to find.") var text: [String]
    @Option(help: "At most this many lines.") var limit = 100

    func validate() throws {
        guard (1...RecordingSearchQuery.maximumLimit).contains(self.limit) else {
            throw ValidationError("--limit must be from 1 to \(RecordingSearchQuery.maximumLimit)")
        }
    }

    func run() async throws {
        let words = self.text.joined(separator: " ")
        let query = [(name: "text", value: words), (name: "limit", value: String(self.limit))]
        let path = AdminRoutes.recordingSearch.path(query: query)
        let result: RecordingSearchResult = try await self.root.client.get(path)
        if self.output.json {
            try StandardOutput.json(result.hits.map(FoundLine.init))
        } else {
            var table = Table(
                .left("RECORDING"), .right("AT"), .left("STARTED"), .left("USER"), .left("ACCOUNT"), .left("TARGET"),
                .left("KIND"), .left("TEXT"))
            for hit in result.hits {
                table.add(
                    hit.recording, PlaybackTime(microseconds: hit.time).description, Display.time(hit.started),
                    hit.user, hit.account, hit.target, hit.kind, hit.snippet)
            }
            table.write(none: "nothing found")
            if !result.hits.isEmpty { StandardError.line("hint: sallyport recording play RECORDING --at AT") }
        }
        if result.unsearched > 0 {
            StandardError.line(
                "note: \(result.unsearched) ended recordings were not searched: not read yet, or the gateway can't")
        }
        if result.partlySearched > 0 {
            StandardError.line("note: of \(result.partlySearched) recordings only the beginning was searched")
        }
    }
}

/// A hit with the command that shows it.
private struct FoundLine: Encodable {
    let hit: RecordingHit

    init(_ hit: RecordingHit) { self.hit = hit }

    private enum CodingKeys: String, CodingKey {
        case at, play
    }

    func encode(to encoder: any Encoder) throws {
        try self.hit.encode(to: encoder)
        let at = PlaybackTime(microseconds: self.hit.time).description
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(at, forKey: .at)
        try container.encode(
            "sallyport recording play \(self.hit.recording) --at \(at) --channel \(self.hit.channel)", forKey: .play)
    }
}
