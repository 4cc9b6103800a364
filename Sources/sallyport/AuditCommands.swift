import AdminAPI
import ArgumentParser

struct AuditCommand: NounCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "What happened, by whom, in order.",
        discussion: """
            Examples:
              sallyport audit list --limit 20
              sallyport audit verify
              sallyport audit export > audit.ndjson
            """,
        subcommands: [List.self, AuditTailCommand.self, AuditVerifyCommand.self, AuditExportCommand.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List audit events, oldest first.")

        @ParentCommand var root: Sallyport
        @OptionGroup var output: OutputOptions
        @Option(help: "At most this many, the newest ones.") var limit = 1000
        @Option(help: ArgumentHelp("Only events of this code, such as SP1001I.", valueName: "code"))
        var code: String?
        @Option(help: ArgumentHelp("Only events about this session.", valueName: "id")) var session: String?

        func validate() throws {
            guard (1...AuditQuery.maximumLimit).contains(self.limit) else {
                throw ValidationError("--limit must be from 1 to \(AuditQuery.maximumLimit)")
            }
        }

        func run() async throws {
            var query = [(name: "limit", value: String(self.limit))]
            if let code = self.code { query.append((name: "code", value: code)) }
            if let session = self.session { query.append((name: "session", value: session)) }
            let events: [AuditEventInfo] = try await self.root.client.get(AdminRoutes.audit.path(query: query))
            guard !self.output.json else { return try StandardOutput.json(events) }
            var table = Table(.left("TIME"), .left("CODE"), .left("ACTOR"), .left("EVENT"))
            for event in events {
                table.add(Display.time(event.time), event.code, event.actor, event.text)
            }
            table.write(none: "no events")
        }
    }
}
