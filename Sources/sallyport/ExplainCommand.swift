import AdminAPI
import ArgumentParser

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say what the access policy decides, and by which rules.",
        discussion: "Example: sallyport explain alice root web1")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: "Name of the user.") var user: String
    @Argument(help: "Account on the target.") var account: String
    @Argument(help: "Name of the target.") var target: String

    func run() async throws {
        let request = ExplainRequest(user: self.user, account: self.account, target: self.target)
        let answer: Explanation = try await self.root.client.send(.POST, AdminRoutes.explain.path(), request)
        guard !self.output.json else { return try StandardOutput.json(answer) }
        var table = Table(.left("RULE"), .left("MATCHES"), .left("WHY"))
        for step in answer.trace {
            table.add(step.rule, step.matched ? "yes" : "no", step.reason)
        }
        table.write(none: "no rule speaks of it")
        let kinds = answer.allow.isEmpty ? "" : " (\(answer.allow.joined(separator: ", ")))"
        StandardOutput.line(
            Printable.line("\(answer.allowed ? "allowed" : "denied"): \(answer.reason)\(kinds)"))
        for place in answer.forwards { StandardOutput.line(Printable.line("forward: \(place)")) }
        if let content = answer.fileContent { StandardOutput.line(Printable.line("file content: \(content)")) }
        if let keystrokes = answer.keystrokes { StandardOutput.line(Printable.line("keystrokes: \(keystrokes)")) }
    }
}
