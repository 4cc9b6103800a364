import AdminAPI
import ArgumentParser

struct AuditTailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "Show audit events as they happen, until Ctrl-C.",
        discussion: "Example: sallyport audit tail --json | jq .text")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Option(help: "Begin with this many of the newest events.") var lines = 10

    func validate() throws {
        guard (0...AuditQuery.maximumLimit).contains(self.lines) else {
            throw ValidationError("--lines must be from 0 to \(AuditQuery.maximumLimit)")
        }
    }

    func run() async throws {
        let newest: [AuditEventInfo] = try await self.root.client.get(
            AdminRoutes.audit.path(query: [(name: "limit", value: String(max(1, self.lines)))]))
        for event in newest.suffix(self.lines) {
            try self.show(event, time: event.time, code: event.code, actor: event.actor, text: event.text)
        }
        var pages = AuditPages(client: self.root.client, after: newest.last?.sequence ?? 0)
        while true {
            let page = try await pages.next()
            for case .row(let row) in page.lines {
                try self.show(
                    row, time: Timestamp(row.time), code: row.code, actor: row.actor, text: row.text)
            }
            if page.isLast { try await Task.sleep(for: .milliseconds(500)) }
        }
    }

    private func show(
        _ event: some Encodable, time: Timestamp?, code: String, actor: String, text: String
    ) throws {
        guard !self.output.json else { return try StandardOutput.json(event) }
        let time = time.map(Display.time) ?? "-"
        StandardOutput.line("\(time)  \(code)  \(Printable.line(actor))  \(Printable.line(text))")
    }
}
