import AdminAPI
import ArgumentParser

struct AuditExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the audit log with its signatures, one JSON object a line.",
        discussion: """
            What is written proves itself: sallyport audit verify FILE --public-key recording_signing.pub checks it
            anywhere, without the gateway. docs/audit-events.md describes the lines.

            Examples:
              sallyport audit export > audit.ndjson
              sallyport audit export --after 12000 >> audit.ndjson
            """)

    @ParentCommand var root: Sallyport
    @Option(help: ArgumentHelp("Only rows after this position.", valueName: "row")) var after: UInt64 = 0

    func run() async throws {
        var pages = AuditPages(client: self.root.client, after: self.after)
        var batch: [UInt8] = []
        try await pages.lines { line in
            batch += try AdminJSON.encode(line) + [UInt8(ascii: "\n")]
            guard batch.count >= Self.batchBytes else { return }
            StandardOutput.write(batch)
            batch.removeAll(keepingCapacity: true)
        }
        StandardOutput.write(batch)
    }

    private static let batchBytes = 64 * 1024
}
