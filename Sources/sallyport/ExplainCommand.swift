import AdminAPI
import ArgumentParser
import Glibc

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say what the access policy decides, and by which rules.",
        discussion: """
            Ends with 0 when it is allowed, and 3 when it is denied.

            Examples:
              sallyport explain alice root web1
              sallyport explain alice root web1 --from 192.0.2.7 --at 2027-03-28T01:30:00Z --channel sftp
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: "Name of the user.") var user: String
    @Argument(help: "Account on the target.") var account: String
    @Argument(help: "Name of the target.") var target: String
    @Option(
        help: ArgumentHelp("As if from here; else what grants say of addresses is passed over.", valueName: "address"))
    var from: String?
    @Option(help: ArgumentHelp("As if at this time, UTC, such as 2027-03-28T01:30:00Z; else now.", valueName: "time"))
    var at: Moment?
    @Option(help: ArgumentHelp("Through this kind of channel; else any.", valueName: "kind")) var channel: String?

    func run() async throws {
        let request = ExplainRequest(
            user: self.user, account: self.account, target: self.target, from: self.from, at: self.at?.time,
            channel: self.channel)
        let answer: Explanation = try await self.root.client.send(.POST, AdminRoutes.explain.path(), request)
        if self.output.json { try StandardOutput.json(answer) } else { self.show(answer) }
        guard answer.allowed else { Glibc.exit(ExitStatus.denied.rawValue) }
    }

    private func show(_ answer: Explanation) {
        var table = Table(.left("RULE"), .left("MATCHES"), .left("WHY"))
        for step in answer.trace {
            table.add(step.rule, step.matched ? "yes" : "no", step.reason)
        }
        table.write(none: "no rule speaks of it")
        let kinds = answer.allow.isEmpty ? "" : " (\(answer.allow.joined(separator: ", ")))"
        StandardOutput.line(
            Printable.line(answer.allowed ? "\(answer.reason)\(kinds)" : "denied: \(answer.reason) [\(answer.verdict)]")
        )
        for place in answer.forwards { StandardOutput.line(Printable.line("forward: \(place)")) }
        if let content = answer.fileContent { StandardOutput.line(Printable.line("file content: \(content)")) }
        if let keystrokes = answer.keystrokes { StandardOutput.line(Printable.line("keystrokes: \(keystrokes)")) }
        for limit in answer.limits { StandardOutput.line(Printable.line("limit: \(limit)")) }
        if let end = answer.ends { StandardOutput.line("ends: \(Display.time(end))") }
    }
}
