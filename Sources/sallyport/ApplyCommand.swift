import AdminAPI
import ArgumentParser
import Glibc
import Yams

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Bring users, groups, targets and grants to what a file says.",
        discussion: """
            The plan is shown first. Either all of it happens, or nothing. What the file doesn't speak of stays as it is; with \
            --prune, what its lists don't name is removed.

            Examples:
              sallyport export-config > access.yaml
              sallyport apply -f access.yaml --dry-run
              sallyport apply -f access.yaml --prune --yes
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Option(
        name: [.short, .long], help: ArgumentHelp("The document, in YAML; - for standard input.", valueName: "file"))
    var file: String
    @Flag(help: "Remove users, groups, targets and grants that the document's lists don't name.") var prune = false
    @Flag(help: "Don't ask.") var yes = false
    @Flag(help: "Show the plan and change nothing.") var dryRun = false

    func run() async throws {
        let file = try AccessFile(name: self.file == "-" ? "standard input" : self.file, text: try self.text())
        let planned = try await self.send(ApplyRequest(document: file.document, prune: self.prune, dryRun: true), file)
        if self.dryRun || planned.plan.isEmpty {
            return try self.report(planned, otherwise: "nothing to do")
        }
        if !self.output.json { self.show(planned) }
        guard try self.yes || self.confirm() else { throw CommandFailure("nothing was changed") }
        let done = try await self.send(
            ApplyRequest(document: file.document, prune: self.prune, dryRun: false, plan: planned.plan), file)
        guard !self.output.json else { return try StandardOutput.json(done) }
        try self.output.report("done", done.withdrawal)
    }

    private func text() throws -> String {
        let limit = AccessDocument.maximumBytes
        let bytes = try self.file == "-" ? Inputs.standardInput(limit: limit) : Inputs.file(self.file, limit: limit)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure("\(self.file) is not UTF-8", status: .usage)
        }
        return text
    }

    private func send(_ request: ApplyRequest, _ file: AccessFile) async throws -> ApplyResult {
        do {
            return try await self.root.client.send(.POST, AdminRoutes.accessDocument.path(), request)
        } catch let failure as CommandFailure {
            throw file.placed(failure)
        } catch let error as AdminError {
            throw file.placed(CommandFailure(error))
        }
    }

    private func report(_ result: ApplyResult, otherwise: String) throws {
        guard !self.output.json else { return try StandardOutput.json(result) }
        self.show(result)
        if result.plan.isEmpty { StandardOutput.line(otherwise) }
    }

    private func show(_ result: ApplyResult) {
        for step in result.plan { StandardOutput.line(Printable.line(step)) }
        for warning in result.warnings { StandardError.line("sallyport: warning: \(warning)") }
    }

    private func confirm() throws -> Bool {
        guard self.file != "-", isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure("there is no terminal to ask on", hint: "use --yes", status: .usage)
        }
        StandardError.write("apply this? [y/N] ")
        let answer = readLine()?.trimmed.lowercased()
        return answer == "y" || answer == "yes"
    }
}

struct ExportConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export-config", abstract: "Print users, groups, targets and grants as a document for apply.",
        discussion: "No secret is in it. Applying it to the same gateway changes nothing.")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let document: AccessDocument = try await self.root.client.get(AdminRoutes.accessDocument.path())
        guard !self.output.json else { return try StandardOutput.json(document) }
        let encoder = YAMLEncoder()
        encoder.options.sortKeys = true
        // Keys and lists of labels stay on their line.
        encoder.options.width = -1
        StandardOutput.text(try encoder.encode(document))
    }
}
