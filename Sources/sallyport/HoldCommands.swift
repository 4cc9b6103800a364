import AdminAPI
import ArgumentParser

/// What a legal hold is on.
struct HoldSubject: ParsableArguments {
    @Argument(help: "Id of a recording.") var recording: String?
    @Option(help: ArgumentHelp("All recordings of a user, and those to come.", valueName: "name")) var user: String?
    @Option(help: ArgumentHelp("All recordings of a target, and those to come.", valueName: "name")) var target: String?
    @Option(help: "Why; kept in the audit log.") var reason: String

    func validate() throws {
        guard [self.recording, self.user, self.target].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("name a recording, --user or --target")
        }
    }

    var request: LegalHoldRequest {
        let kind = self.recording != nil ? "recording" : self.user != nil ? "user" : "target"
        return LegalHoldRequest(
            kind: kind, subject: self.recording ?? self.user ?? self.target ?? "", reason: self.reason)
    }
}

struct RecordingHoldCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Put recordings under a legal hold: nothing deletes them until it is released.",
        discussion: """
            Examples:
              sallyport recording hold ID --reason "case 12/2027"
              sallyport recording hold --user alice --reason "case 12/2027"
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var subject: HoldSubject

    func run() async throws {
        let request = self.subject.request
        try await self.root.client.send(.POST, AdminRoutes.legalHolds.path(), request)
        StandardOutput.line(Printable.line("\(request.kind) \(request.subject) is under a legal hold"))
    }
}

struct RecordingReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Release recordings from a legal hold.",
        discussion: """
            Example:
              sallyport recording release --user alice --reason "case 12/2027 is closed"
            """)

    @ParentCommand var root: Sallyport
    @OptionGroup var subject: HoldSubject

    func run() async throws {
        let request = self.subject.request
        try await self.root.client.send(.POST, AdminRoutes.legalHoldRelease.path(), request)
        StandardOutput.line(Printable.line("\(request.kind) \(request.subject) was released from the legal hold"))
    }
}

struct RecordingHoldsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holds", abstract: "List the legal holds, oldest first.")

    @ParentCommand var root: Sallyport
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let holds: [LegalHoldInfo] = try await self.root.client.get(AdminRoutes.legalHolds.path())
        guard !self.output.json else { return try StandardOutput.json(holds) }
        var table = Table(.left("ON"), .left("PLACED"), .left("BY"), .left("REASON"))
        for hold in holds {
            table.add("\(hold.kind) \(hold.subject)", Display.time(hold.placed), hold.actor, hold.reason)
        }
        table.write(none: "no legal holds")
    }
}
