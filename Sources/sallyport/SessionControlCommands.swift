import AdminAPI
import ArgumentParser

struct SessionLockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock",
        abstract: "Let nothing of the admin's through any more; what the target shows still goes to them.",
        discussion: """
            What is typed at a terminal is dropped, and shown as dropped in the recording. Transfers and forwarded \
            connections wait. Nothing new is started. Returns once it is in force.
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: "Id of the session.") var id: String
    @Option(help: ArgumentHelp("Why; shown to the admin and kept in the audit log.", valueName: "text"))
    var reason = "locked by an administrator"

    func run() async throws {
        let result: ControlledSession = try await self.root.client.send(
            .POST, AdminRoutes.sessionLock.path(self.id), LockSessionRequest(reason: self.reason))
        try self.output.print(result, changed: "locked", unchanged: "was locked before")
    }
}

struct SessionUnlockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "unlock", abstract: "Take a lock away.")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: "Id of the session.") var id: String

    func run() async throws {
        let result: ControlledSession = try await self.root.client.send(
            .POST, AdminRoutes.sessionUnlock.path(self.id), [String: String]())
        try self.output.print(result, changed: "unlocked", unchanged: "was not locked")
    }
}

struct SessionMessageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "message", abstract: "Show the admin a line on the session's terminals.")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions
    @Argument(help: "Id of the session.") var id: String
    @Argument(help: "One line.") var text: String
    @Flag(
        name: .customLong("require-ack"),
        help: "Let nothing of the admin's through until they have pressed Enter.")
    var mustAcknowledge = false

    func run() async throws {
        let result: ControlledSession = try await self.root.client.send(
            .POST, AdminRoutes.sessionMessage.path(self.id),
            MessageSessionRequest(text: self.text, mustAcknowledge: self.mustAcknowledge))
        try self.output.print(result, changed: "shown in", unchanged: "shown in")
    }
}

extension OutputOptions {
    fileprivate func print(_ result: ControlledSession, changed: String, unchanged: String) throws {
        guard !self.json else { return try StandardOutput.json(result) }
        StandardOutput.line("\(result.changed ? changed : unchanged): \(Printable.line(result.id))")
    }
}
