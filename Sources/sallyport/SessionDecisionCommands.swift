import AdminAPI
import ArgumentParser

struct SessionApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Let a command go on that a command rule holds.")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @OptionGroup var held: HeldCommandArguments

    func run() async throws { try await self.held.decide(approve: true, self.root, self.output) }
}

struct SessionDenyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deny", abstract: "Don't let a command go on that a command rule holds.")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @OptionGroup var held: HeldCommandArguments

    func run() async throws { try await self.held.decide(approve: false, self.root, self.output) }
}

struct HeldCommandArguments: ParsableArguments {
    @Argument(help: "Id of the session.") var id: String
    @Argument(help: "Number of the command, if several wait.") var number: UInt32?

    func decide(approve: Bool, _ root: Sallyport, _ output: OutputOptions) async throws {
        let held: HeldCommandInfo = try await root.client.send(
            .POST, AdminRoutes.sessionCommands.path(self.id),
            DecideCommandRequest(approve: approve, number: self.number))
        guard !output.json else { return try StandardOutput.json(held) }
        StandardOutput.line("\(approve ? "approved" : "denied"): \(Printable.line(held.command))")
    }
}
